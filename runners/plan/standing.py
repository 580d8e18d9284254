"""What a run's folder holds already: which prompts are done, and what was used for them and for those under way."""

from collections.abc import Iterator
from dataclasses import dataclass

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.runners import config as configuration
from fellowship.runners.call import Call
from fellowship.runners.overrides import current
from fellowship.runners.session import conversation_id, is_pending
from fellowship.storage.journal import Begun, digest
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.spent import Spent, mean_open, spent

BEGUN = "SELECT id, status, fault, tries, digest FROM conversations"


@dataclass(frozen=True, slots=True)
class Standing:
    """`done` are the positions that are not carried out again; `mean_open` is how many asks were open at once."""

    done: frozenset[int] = frozenset()
    shares_done: tuple[Spent, ...] = ()
    shares_open: tuple[Spent, ...] = ()
    mean_open: float = 0.0

    @property
    def conversations(self) -> list[str]:
        """The ids of those that are done."""
        return [conversation_id(position) for position in sorted(self.done)]

    def pending(self, call: Call) -> Iterator[tuple[int, Item]]:
        """The items that are still to be carried out, with their positions."""
        return ((position, item) for position, item in enumerate(call.items) if position not in self.done)


def standing(call: Call) -> Standing:
    """How the called run stands; ConfigurationError where it could not be continued."""
    if call.folder is None or not (call.folder / JOURNAL).is_file():
        return Standing()
    with RecordedRun.open(call.folder) as run:
        if not run.totals()[0]:
            return Standing()
        configuration.refuse_changes(run.settings().get("config", "{}"), call.config, call.folder)
        begun = {id: Begun(*row) for id, *row in run.connection.execute(BEGUN)}
        done = frozenset(_done(call, begun))
        names = {conversation_id(position) for position in done}
        shares = list(spent(run))
        return Standing(
            done=done,
            shares_done=tuple(each for each in shares if each.conversation in names),
            shares_open=tuple(each for each in shares if each.conversation not in names),
            mean_open=mean_open(run),
        )


def _done(call: Call, begun: dict[str, Begun]) -> Iterator[int]:
    retry_failed = current().retry_failed or call.options["retry_failed"]
    for position, item in enumerate(call.items):
        before = begun.get(conversation_id(position))
        if before is not None and before.digest != digest(item):
            msg = (
                f"conversation {conversation_id(position)} of the run in {call.folder} is about another item than "
                "the prompts have at this place now; give the new prompts another folder with --out"
            )
            raise ConfigurationError(msg)
        if not is_pending(before, retry_failed=retry_failed):
            yield position
