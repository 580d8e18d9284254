"""Resuming a run: the conversations that a further start skips, and the replies that the others need not ask for."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.runners.fork_point import ForkPoint
from fellowship.runners.known_replies import Attempts, AttemptsByPlace, KnownReplies
from fellowship.storage.journal import item_digest
from fellowship.storage.records import ConversationState


def conversation_id(position: int) -> str:
    """The id of the conversation about the item at this position: c00000 for position 0."""
    return f"c{position:05d}"


def is_pending(before: ConversationState | None, *, retry_failed: bool) -> bool:
    """Whether a conversation is to run: not if it finished; after a failure by content only with `retry_failed`."""
    if before is None or before.status == "started":
        return True
    return before.status == "failed" and (before.fault != "content" or retry_failed)


def ended_positions(
    states: Mapping[str, ConversationState],
    items: Iterable[Item],
    folder: Path | None,
    *,
    retry_failed: bool,
    accept_changes: bool,
) -> Iterator[int]:
    """The positions of the items whose conversations a start of the run in `folder` skips; `states` are by id.

    A recorded conversation about another item is a ConfigurationError, and pending in a start that accepts changes;
    acceptance by an earlier start does not count.
    """
    for position, item in enumerate(items if states else ()):
        id = conversation_id(position)
        before = states.get(id)
        if before is not None and before.digest != item_digest(item):
            if accept_changes:
                continue
            raise ConfigurationError(
                f"conversation {id} of the run in {folder} is about another item than the prompts have at this place "
                "now; accept the change with --accept-changes, or give the new prompts another folder with --out"
            )
        if not is_pending(before, retry_failed=retry_failed):
            yield position


def plan_conversation(
    own: Attempts,
    *,
    ask_changed: bool = False,
    reused: AttemptsByPlace | None = None,
    fork: ForkPoint | None = None,
) -> KnownReplies:
    """The known replies of a conversation; all other asks go to a model. docs/decisions/0010 lists the cases.

    own     attempts in the run's own journal; their replies are read again. Where the request has changed, the ask
            diverges, or is asked anew with `ask_changed`
    reused  attempts of another run: each answers the ask at its place if the request is unchanged
    fork    in a fork, the attempts of the original in place of `reused`: those before the fork answer in any case, no
            others where all asks are live. Its edits replace replies
    """
    if fork is None:
        return KnownReplies(own, reused or {}, ask_changed=ask_changed)
    elsewhere = {place: found for place, found in fork.attempts.items() if not fork.all_live or place in fork.kept}
    return KnownReplies(own, elsewhere, fork.kept, fork.edits, ask_changed=ask_changed)
