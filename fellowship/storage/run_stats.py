"""Statistics of a recorded run: times, counts by status, reasons of failures, usage by agent and model.

Counted by SQLite, so that a run of a hundred thousand conversations is not read into memory.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from fellowship.protocols.completions import Usage
from fellowship.storage import queries
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.spending import spending_of

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
NAMED = re.compile(r"\bc\d{5,}(/[\w./-]+)?")
NUMBER = re.compile(r"\d[\d,.]*")


@dataclass(frozen=True, slots=True)
class RunStats:
    """Progress of a run: `n_total` conversations are `n_finished`, `n_failed` or open; times are None before any reply.

    `n_asks` includes `n_reused` replies of another run. The tokens are those of all asks without the `n_unknown_usage`,
    for which none were reported that can be true.

    `n_left_out` conversations are about items that are not in the input of the last start: they are in no count but
    those of calls and tokens, which were paid. Runs from before `n_items` was recorded count the conversations that
    were begun.
    """

    scenario: str
    simulated: bool
    n_total: int
    n_finished: int
    n_failed: int
    n_asks: int
    prompt_tokens: int
    completion_tokens: int
    n_unknown_usage: int
    begun_at: datetime | None
    written_at: datetime | None
    n_reused: int = 0
    n_left_out: int = 0

    @property
    def n_made(self) -> int:
        """Asks that were sent to a model by this run."""
        return self.n_asks - self.n_reused

    @property
    def n_open(self) -> int:
        """Conversations that have not ended."""
        return self.n_total - self.n_finished - self.n_failed


@dataclass(frozen=True, slots=True)
class AgentUse:
    """The asks of one agent to one model, `n_reused` of another run; `n_unreadable` replies had no usable meaning."""

    agent: str
    model: str
    n_asks: int
    prompt_tokens: int
    completion_tokens: int
    n_unreadable: int
    n_reused: int = 0


class Amounts(NamedTuple):
    """Tokens of requests, and US dollars at the prices given: 0 for a model without a price."""

    prompt: float
    completion: float
    cost: float


NOTHING = Amounts(0, 0, 0)


@dataclass(frozen=True, slots=True)
class AgentUsage:
    """The asks of one agent to one model in one conversation, with the tokens and time of all their attempts.

    amounts    of all attempts
    repeated   the part of attempts after the first of an ask: repairs
    paid       US dollars as recorded with each reply; at the prices given, where no cost was recorded; without replies
               that another run has paid for
    n_unknown  attempts of unknown usage, which `amounts` and `paid` lack
    n_reused   asks of which another run has all replies
    """

    conversation: str
    agent: str
    model: str
    n_asks: int
    n_attempts: int
    latency_s: float = 0.0
    amounts: Amounts = NOTHING
    repeated: Amounts = NOTHING
    paid: float = 0.0
    n_unknown: int = 0
    n_reused: int = 0


class RequestUsage(NamedTuple):
    """The tokens of one request, an attempt of an ask."""

    conversation: str
    agent: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int


@dataclass(frozen=True, slots=True)
class FailureReason:
    """A reason for which `n` conversations failed, without the parts that vary; `first` is the id of the first."""

    fault: str
    reason: str
    n: int
    first: str


def run_stats(run: RecordedRun) -> RunStats:
    """The statistics of a run. StoreError if it cannot be read."""
    settings, counts = run.settings(), run.counts()
    begun, n_left_out = sum(counts.values()), run.n_left_out
    n_total = max(begun, int(settings.get("n_items", 0))) if run.n_input is None else run.n_input
    ended = counts.get("finished", 0), counts.get("failed", 0)
    ((begun_at, written_at),) = run.rows(queries.TIMES)
    times = _time(begun_at), _time(written_at)
    usage = *run.totals(), run.n_unknown_usage()
    ((n_reused,),) = run.rows(queries.N_REUSED)
    name = settings.get("scenario", "?")
    own = {"n_reused": n_reused, "n_left_out": n_left_out}
    return RunStats(name, "simulated" in settings, n_total, *ended, *usage, *times, **own)


def total_cost_of(run: RecordedRun) -> Decimal | None:
    """The exact US dollars that the run's own replies cost; None where the price or the usage of one was not known."""
    total = Decimal(0)
    for each, n in run.rows(queries.COSTS):
        if each is None:
            return None
        total += n * Decimal(each)
    return total


def unanswered_of(run: RecordedRun) -> tuple[int, Decimal]:
    """Requests without an answer, in starts with limits, and the most US dollars that they may have cost."""
    spending = spending_of(run.connection)
    return spending.n_unanswered, spending.unanswered


def agent_uses(run: RecordedRun) -> list[AgentUse]:
    """Asks and tokens by agent and model."""
    return [AgentUse(*row) for row in run.rows(queries.USES)]


def agent_usage(
    run: RecordedRun,
    cost: Callable[[str, Usage], Decimal | None] | None = None,
    *,
    in_use: Mapping[int, int] | None = None,
) -> Iterator[AgentUsage]:
    """The usage of every agent in every conversation; `cost` is the price of one request, None where it is unknown.

    `in_use`: only these attempts, as `attempts_in_use` gives them; None: all.
    """

    def priced(model: str, *tokens: int) -> float | None:
        found = None if cost is None else cost(model, Usage(*tokens))
        return None if found is None else float(found)

    run.connection.create_function("priced", 4, priced, deterministic=True)
    if in_use is not None:
        run.connection.create_function("used_as", 1, lambda row: in_use.get(row, 0), deterministic=True)
    query = queries.USAGE if in_use is None else queries.USAGE_IN_USE
    for name, agent, model, n_asks, n_attempts, latency_s, *rest in run.rows(query):
        prompt, completion, dollars, *repeated, paid, n_unknown, n_made = rest
        amounts, of_repairs = Amounts(prompt, completion, dollars), Amounts(*repeated)
        counts = n_unknown, n_asks - n_made
        yield AgentUsage(name, agent, model, n_asks, n_attempts, latency_s, amounts, of_repairs, paid, *counts)


def request_usage(
    run: RecordedRun, models: Collection[str], *, in_use: Mapping[int, int] | None = None
) -> Iterator[RequestUsage]:
    """The tokens of each request to these models, as far as they are known; `in_use` as for `agent_usage`."""
    for row, *tokens in run.rows(queries.REQUESTS):
        used = RequestUsage(*tokens)
        if used.model in models and (in_use is None or row in in_use):
            yield used


def mean_open(run: RecordedRun) -> float:
    """How many asks were open at once while any was, on average; 0 without asks that took time."""
    total = busy = 0.0
    until = float("-inf")
    for begun, answered in run.rows(queries.OPEN_TIMES):
        total += answered - begun
        busy += max(0.0, answered - max(begun, until))
        until = max(until, answered)
    return total / busy if busy else 0.0


def failure_reasons(run: RecordedRun) -> list[FailureReason]:
    """Why conversations failed, the commonest reason first; the counts sum to the failures."""
    return group_failures(run.failures())


def group_failures(failures: Iterable[tuple[str, str, str]]) -> list[FailureReason]:
    """Fault, error and id of failed conversations, by reason.

    >>> group_failures([("content", "score 11 of 10", "c00000"), ("content", "score 12 of 10", "c00004")])
    [FailureReason(fault='content', reason='score … of …', n=2, first='c00000')]
    """
    first: dict[tuple[str, str], str] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for fault, error, id in failures:
        kind = fault, failure_reason(error)
        counts[kind] += 1
        first.setdefault(kind, id)
    return [FailureReason(*kind, n, first[kind]) for kind, n in counts.most_common()]


def failure_reason(error: str) -> str:
    """The first line of an error, without what is quoted in it, its numbers and the names of conversations."""
    line = next((line.strip() for line in error.splitlines() if line.strip()), "no reason was recorded")
    for varying in (QUOTED, NAMED, NUMBER):
        line = varying.sub("…", line)
    return line


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
