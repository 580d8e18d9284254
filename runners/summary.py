"""RunSummary: the counts of a run, an iteration over its conversations, and their outcomes as rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from fellowship.formatting.units import count_noun
from fellowship.protocols.content import Verdict, fields_of
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.process_value import ProcessValue
from fellowship.storage.recorded_run import RecordedRun, left_out_of_input
from fellowship.storage.records import RecordedConversation


@dataclass(frozen=True, slots=True, repr=False)
class RunSummary:
    """`n_asked` counts the requests of this start; replies that the journal held already are not counted.

    `n_failed` are conversations without a usable outcome: a provider's error, an unreadable reply, a failed verdict.
    `n_undecided` of them failed because the votes that failed in a jury or a debate could have decided.
    `n_open` were not reached, or not finished, when the run was stopped.
    `n_left_out` further ones are recorded, about items that are not in the input of this start.
    `n_unknown_usage` replies, of all starts, have no token counts that can be true: what they cost is unknown.
    """

    scenario: str
    n_conversations: int
    n_finished: int
    n_failed: int
    n_asked: int
    simulated: bool
    recorded: RecordedRun
    n_undecided: int = 0
    n_unknown_usage: int = 0
    n_left_out: int = 0

    @property
    def folder(self) -> Path | None:
        """The run's folder; None for a run in memory."""
        return self.recorded.folder

    @property
    def n_open(self) -> int:
        """Conversations that have not ended."""
        return self.n_conversations - self.n_finished - self.n_failed

    def __len__(self) -> int:
        return self.n_conversations

    def __iter__(self) -> Iterator[RecordedConversation]:
        """The conversations, in the order of the input."""
        return takewhile(lambda each: each.position < self.n_conversations, self.recorded)

    def rows(self) -> list[dict[str, Any]]:
        """One flat record per conversation: id, status, error, label, author and fields of the outcome."""
        return [row_of(conversation) for conversation in self]

    def frame(self) -> Any:
        """The rows as a pandas DataFrame; needs the extra `pandas`."""
        try:
            import pandas
        except ImportError as error:
            raise ConfigurationError("frame() needs an extra: pip install 'llm-fellowship[pandas]'") from error

        return pandas.DataFrame(self.rows())

    def __repr__(self) -> str:
        """What a notebook shows: one line."""
        return f"<RunSummary {self}>"

    def __str__(self) -> str:
        counts = f"{self.n_conversations:,} conversations, {self.n_finished:,} finished, {self.n_failed:,} failed"
        counts += f" ({self.n_undecided:,} where failed votes could decide)" if self.n_undecided else ""
        still_open = f", {self.n_open:,} open" if self.n_open else ""
        mark = "[SIM] " if self.simulated else ""
        place = f" · {self.folder}" if self.folder else ""
        n_unknown = self.n_unknown_usage
        usage = f" · usage unknown for {count_noun(n_unknown, 'reply', 'replies')}" if n_unknown else ""
        left_out = f" · {left_out_of_input(self.n_left_out)}" if self.n_left_out else ""
        return f"{mark}{self.scenario}: {counts}{still_open} · {self.n_asked:,} asked now{usage}{left_out}{place}"


def summarize(recorded: RecordedRun, total: int, n_asked: int) -> RunSummary:
    """The summary of a run of `total` conversations, of which this start made `n_asked` requests."""
    counts = recorded.counts(first=total)
    return RunSummary(
        scenario=recorded.settings().get("scenario", "run"),
        n_conversations=total,
        n_finished=counts.get("finished", 0),
        n_failed=counts.get("failed", 0),
        n_asked=n_asked,
        simulated=recorded.simulated,
        recorded=recorded,
        n_undecided=recorded.n_undecided(first=total) if counts.get("failed") else 0,
        n_unknown_usage=recorded.n_unknown_usage(),
        n_left_out=recorded.n_left_out,
    )


def row_of(conversation: RecordedConversation) -> dict[str, Any]:
    """One conversation as a flat record: its own fields, then those of its outcome."""
    row: dict[str, Any] = {
        "conversation": conversation.id,
        "item": conversation.item.id,
        "status": conversation.status,
        "fault": conversation.fault,
        "error": conversation.error,
        "label": conversation.item.label,
    }
    if (outcome := conversation.outcome) is not None:
        row["author"] = outcome.source
        row |= {name: value for name, value in fields_of(outcome.content).items() if name not in row}
    elif conversation.status == "failed" and conversation.item.candidates:
        row["decision"] = Verdict.failure(conversation.error or "failed").decision
    return row


_collected: ProcessValue[list[RunSummary] | None] = ProcessValue("fellowship_summaries", None)


@contextmanager
def collecting_summaries(*, everywhere: bool = False) -> Iterator[list[RunSummary]]:
    """A list that receives the summary of every run of this context, or `everywhere` in the process, in order."""
    summaries: list[RunSummary] = []
    with _collected.set_everywhere(summaries) if everywhere else _collected.set_here(summaries):
        yield summaries


def collect_summary(summary: RunSummary) -> RunSummary:
    """Append the summary to the list of `collecting_summaries`, if one is active, and return it."""
    if (summaries := _collected.get()) is not None:
        summaries.append(summary)
    return summary
