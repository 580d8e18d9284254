"""What a further start of a run, a run that reuses another, and a fork need not do again.

Conversations that have ended are skipped; the others get the replies that are known already.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.protocols.completions import AskKey
from fellowship.protocols.errors import ConfigurationError, StoreError
from fellowship.protocols.interfaces import Role
from fellowship.protocols.items import Item
from fellowship.runners.agent_binding import AnyAgent
from fellowship.runners.known_replies import AskPlace, Attempts, AttemptsByPlace, KnownReplies
from fellowship.runners.run_signature import RunOptions
from fellowship.storage.journal import item_digest
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.records import ConversationState

UNSEEN = ("label", "votes", "models", "id")
"""The fields of an item that are in no request."""


def conversation_id(position: int) -> str:
    """The id of the conversation about the item at this position: c00000 for position 0."""
    return f"c{position:05d}"


def is_pending(before: ConversationState | None, *, retry_failed: bool) -> bool:
    """Whether a conversation is to run: not if it finished; after a failure by content only with `retry_failed`."""
    if before is None or before.status == "started":
        return True
    return before.status == "failed" and (before.fault != "content" or retry_failed)


class LeftToDo(Enum):
    """What a start of a run may ask: every call of its conversations, some calls, or nothing."""

    ALL = "all"
    SOME = "some"
    NOTHING = "nothing"


def left_to_do(folder: Path | None, total: int, options: RunOptions) -> LeftToDo:
    """What the run in `folder`, of `total` conversations, has left; the folder is only read."""
    has_replies = options.reuse is not None
    if folder is not None and not options.fresh:
        with suppress(StoreError), RecordedRun.open(folder) as recorded:  # it is reported where the journal is opened
            states = recorded.states()
            pending = (
                is_pending(states.get(conversation_id(n)), retry_failed=options.retry_failed) for n in range(total)
            )
            if not options.accept_changes and not any(pending):
                return LeftToDo.NOTHING
            has_replies = has_replies or recorded.totals()[0] > 0
    return LeftToDo.SOME if has_replies else LeftToDo.ALL


def ended_positions(
    states: Mapping[str, ConversationState],
    items: Iterable[Item],
    folder: Path | None,
    options: RunOptions,
    advice: str = "",
) -> Iterator[int]:
    """The positions of the items whose conversations a start of the run in `folder` skips; `states` are by id.

    A recorded conversation about another item is a ConfigurationError, and pending where this start accepts changes.
    `advice` is the end of that error.
    """
    for position, item in enumerate(items if states else ()):
        id = conversation_id(position)
        before = states.get(id)
        if before is not None and before.digest != item_digest(item):
            if options.accept_changes:
                continue
            raise ConfigurationError(
                f"conversation {id} of the run in {folder} {_item_change(folder, id, item)}{advice}"
            )
        if not is_pending(before, retry_failed=options.retry_failed):
            yield position


def _item_change(folder: Path | None, id: str, item: Item) -> str:
    """How the item differs from the recorded one, and what to do; `folder` may be the path of the journal in it."""
    if folder is not None:
        with RecordedRun.open(folder if folder.is_dir() else folder.parent) as recorded:
            before = recorded.conversation(id).item
        changed = [name for name in UNSEEN if getattr(before, name) != getattr(item, name)]
        if changed and before == item.model_copy(update={name: getattr(before, name) for name in changed}):
            return (
                f"differs from the prompts at this place only in {' and '.join(changed)}, which no agent sees; accept "
                "the change with --accept-changes, which records it and asks nothing again for this conversation"
            )
    return (
        "is about another item than the prompts have at this place now; keep the replies in another folder with --out "
        "NEW --reuse RUN (for a script with several runs, the folder that holds them), or accept the change with "
        "--accept-changes, which asks again from there on"
    )


class ReusableReplies:
    """The replies of a recorded run for the conversations of a run over `items`.

    Every recorded conversation is the source of at most one conversation about the same item: in the order of the
    items, that of the same id if it is free, else the first free one. The assignment depends on the items only, and
    more of them at the end do not change it; so all starts of a run use the same one, whatever has finished.
    With `by_id`, where the recorded run is an earlier state of this one, every conversation has its own.
    """

    def __init__(self, recorded: RecordedRun, items: Iterable[Item], *, by_id: bool = False) -> None:
        self._recorded = recorded
        self._sources: dict[str, str] = {}  # ids, so that memory does not follow the size of the items
        if by_id:
            self._sources = {id: id for id in recorded.states()}
            return
        by_digest = recorded.by_digest()
        for position, item in enumerate(items):
            if free := by_digest.get(item_digest(item)):
                id = conversation_id(position)
                self._sources[id] = free.pop(free.index(id) if id in free else 0)

    def has(self, conversation: str) -> bool:
        """Whether there is a recorded conversation about the same item."""
        return conversation in self._sources

    @property
    def n_sources(self) -> int:
        """The number of conversations about an item that the recorded run has, too."""
        return len(self._sources)

    def of(self, conversation: str) -> AttemptsByPlace:
        """The attempts of the conversation's source; empty without a source."""
        source = self._sources.get(conversation)
        return {} if source is None else attempts_by_place(self._recorded, source)


def attempts_by_place(recorded: RecordedRun, conversation: str) -> AttemptsByPlace:
    """The attempts of a recorded conversation, for conversations with another id."""
    return {key[1:]: attempts for key, attempts in recorded.attempts(conversation).items()}


@dataclass(frozen=True, slots=True)
class ForkPoint:
    """A fork of one conversation; `attempts` are those of the original.

    kept      asks before the fork: same agents, recorded replies
    edits     texts that replace replies
    changed   maps an agent, or a part of one, to the agent from the fork on
    all_live  whether all asks from the fork on are sent, also those with unchanged requests
    base      the fork point of the original, if that is itself a fork
    """

    kept: frozenset[AskPlace]
    attempts: AttemptsByPlace
    edits: Mapping[AskPlace, str]
    changed: Callable[[AnyAgent], AnyAgent]
    seed: int
    all_live: bool
    base: "ForkPoint | None" = None

    def agent_for(self, agent: Role[Any], key: AskKey) -> Role[Any]:
        """The agent that answers an ask: the original one before the fork, the changed one from it on."""
        if key[1:] in self.kept:
            return agent if self.base is None else self.base.agent_for(agent, key)
        return self.changed(agent) if isinstance(agent, Agent) else agent


def plan_conversation(
    own: Attempts, *, ask_changed: bool = False, reused: AttemptsByPlace | None = None, fork: ForkPoint | None = None
) -> KnownReplies:
    """The known replies of a conversation; all other asks go to a model. docs/decisions/0010 lists the cases.

    own     attempts in the run's own journal; their replies are read again. Where the request has changed, the ask
            diverges, or is asked again with `ask_changed`
    reused  attempts of another run: each answers the ask at its place if the request is unchanged
    fork    in a fork, the attempts of the original in place of `reused`: those before the fork answer in any case, no
            others where all asks are live. Its edits replace replies
    """
    if fork is None:
        return KnownReplies(own, reused or {}, ask_changed=ask_changed)
    elsewhere = {place: found for place, found in fork.attempts.items() if not fork.all_live or place in fork.kept}
    return KnownReplies(own, elsewhere, fork.kept, fork.edits, ask_changed=ask_changed)
