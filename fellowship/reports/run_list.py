"""The runs below a folder, newest first, and one run's account: as objects and as lines that fit a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from fellowship.formatting.terminal_text import first_line, fit, pad, sanitized, wrap
from fellowship.formatting.units import count_noun, format_dollars, format_tokens, short_number
from fellowship.protocols.errors import StoreError
from fellowship.reports.conversation_report import settings_lines
from fellowship.reports.tables import column_widths_of, mark_simulated, text_row
from fellowship.runners.run_folder import running_process
from fellowship.storage.fork_record import fork_origin_of
from fellowship.storage.recorded_run import JOURNAL, RecordedRun, left_out_of_input
from fellowship.storage.run_stats import (
    AgentUse,
    RunStats,
    agent_uses,
    failure_reasons,
    run_stats,
    total_cost_of,
    unanswered_of,
)

RUN_LIST_WIDTH = 80
RUN_LIST_HEADINGS = ("scenario", "done", "failed", "open", "calls", "tokens", "begun", "written")
LEAST_SCENARIO = 8
UNREADABLE_RUN = "cannot be read: "
HALF_A_YEAR = timedelta(days=182)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run below a folder: its account, or the `problem` with its journal; `held_by` is the process that runs it.

    `fork_of` is RUN/CONV@N, the message from which the run is a fork.
    """

    folder: Path
    account: RunStats | None
    held_by: str | None = None
    problem: str | None = None
    fork_of: str | None = None


def find_runs(folder: Path) -> list[FoundRun]:
    """Every run below the folder, the one written last first; what cannot be read comes last. No link is followed."""
    return sorted((_found(journal.parent) for journal in sorted(folder.rglob(JOURNAL))), key=_written_at, reverse=True)


def found_run_object(run: FoundRun) -> dict[str, Any]:
    """A run of the list as an object."""
    account = asdict(run.account) | {"n_open": run.account.n_open} if run.account else {}
    origin = {"fork_of": run.fork_of} if run.fork_of else {}
    found = {"kind": "run", "folder": str(run.folder), "held_by": run.held_by, "problem": run.problem}
    return {**found, **origin, **account}


def found_run_lines(runs: Sequence[FoundRun], below: Path, *, width: int = RUN_LIST_WIDTH) -> Iterator[str]:
    """The runs as a table of at most `width` cells. Names that leave no room for the rest get lines of their own."""
    names = [_run_name(run, below) for run in runs]
    cells = [RUN_LIST_HEADINGS, *map(_run_cells, runs)]
    widths = column_widths_of(cells)
    named, numbers = max(map(cell_len, ("run", *names))), sum(2 + each for each in widths[1:])
    beside = named + 2 + min(widths[0], LEAST_SCENARIO) + numbers <= width
    indent = named if beside else 0
    widths[0] = min(widths[0], width - indent - 2 - numbers)
    for name, row, run in zip(("run", *names), cells, (None, *runs), strict=True):
        if not beside and run is not None:
            yield _end_of_name(name, width)
        if run is not None and run.problem is not None:
            yield fit(f"{pad(name if beside else '', indent)}  {run.problem}", width)
            continue
        yield text_row((name if beside else "", *row), (indent, *widths), n_left=2)
        if run is not None and run.fork_of is not None:
            yield f"  {_end_of_name(f'fork of {sanitized(run.fork_of)}', width - 2)}"
        if run is not None and run.account is not None and run.account.n_left_out:
            yield fit(f"  {left_out_of_input(run.account.n_left_out)}", width)


def run_objects(recorded: RecordedRun) -> Iterator[dict[str, Any]]:
    """One run's account: the run, its failures by reason, calls by agent and model."""
    assert recorded.folder is not None
    fork_of = fork_origin_of(recorded.config())
    held = FoundRun(recorded.folder, run_stats(recorded), running_process(recorded.folder), fork_of=fork_of)
    paid = total_cost_of(recorded)
    cost = None if paid is None else float(paid)
    n_unanswered, most = unanswered_of(recorded)
    may_cost = {"n_unanswered": n_unanswered, "unanswered_usd_at_most": float(most)}
    yield {**found_run_object(held), "cost_usd": cost, **may_cost, "config": recorded.config()}
    yield from ({"kind": "failures", **asdict(reason)} for reason in failure_reasons(recorded))
    yield from ({"kind": "asks", **asdict(use)} for use in agent_uses(recorded))


def run_lines(recorded: RecordedRun, *, width: int = RUN_LIST_WIDTH) -> Iterator[str]:
    """One run's account, for reading."""
    assert recorded.folder is not None
    stats, asked = run_stats(recorded), agent_uses(recorded)
    yield mark_simulated(f"run {sanitized(str(recorded.folder))}", stats.simulated)
    yield ""
    settings = settings_lines({"scenario": stats.scenario, "config": recorded.config()})
    paid, holder = total_cost_of(recorded), running_process(recorded.folder)
    tokens = format_tokens(stats.prompt_tokens, stats.completion_tokens, n_unknown=stats.n_unknown_usage)
    by_status = f"{stats.n_finished:,} finished, {stats.n_failed:,} failed, {stats.n_open:,} open"
    reused = f" and {count_noun(stats.n_reused, 'reply', 'replies')} of another run" if stats.n_reused else ""
    facts = {name: value for name, value in settings.items() if value is not None} | {
        "conversations": f"{stats.n_total:,}: {by_status}",
        "calls": f"{stats.n_made:,}{reused}, {tokens}",
        "cost": _unknown_cost(stats) if paid is None else format_dollars(paid),
        **_unanswered_facts(recorded),
        "unreadable": f"{count_noun(sum(use.n_unreadable for use in asked), 'reply', 'replies')} of {stats.n_asks:,}",
        "begun": _day_and_time(stats.begun_at),
        "last written": _day_and_time(stats.written_at),
        "in use by": f"process {holder}" if holder else "no process",
    }
    longest = max(map(cell_len, facts))
    for name, value in facts.items():
        yield fit(f"{pad(name, longest)}  {value}", width).rstrip()
    if left_out := recorded.left_out_text():
        yield from ("", *wrap(f"{left_out}; calls and cost include them", width))
    yield from _failure_lines(recorded, width)
    yield from _use_lines(asked, width)


def _unanswered_facts(recorded: RecordedRun) -> dict[str, str]:
    n, most = unanswered_of(recorded)
    return (
        {"unanswered": f"up to {count_noun(n, 'call')}, which may cost up to {format_dollars(most)} more"} if n else {}
    )


def _unknown_cost(stats: RunStats) -> str:
    if not stats.n_unknown_usage:
        return "unknown: a model has no price"
    calls = count_noun(stats.n_unknown_usage, "call")
    return f"unknown: the server reported no usable token counts for {calls} of {stats.n_asks:,}"


def _found(folder: Path) -> FoundRun:
    try:
        with RecordedRun.open(folder) as run:
            return FoundRun(folder, run_stats(run), running_process(folder), fork_of=fork_origin_of(run.config()))
    except (StoreError, ValueError, OSError) as error:
        why = first_line(str(error)).rpartition(UNREADABLE_RUN)[2]
        return FoundRun(folder, None, problem=f"{UNREADABLE_RUN}{why}")


def _written_at(run: FoundRun) -> tuple[bool, datetime, str]:
    return run.account is not None, (run.account and run.account.written_at) or NEVER, str(run.folder)


def _run_name(run: FoundRun, below: Path) -> str:
    mark = "[SIM] " if run.account and run.account.simulated else ""
    return f"{mark}{sanitized(str(run.folder if run.folder == below else run.folder.relative_to(below)))}"


def _run_cells(run: FoundRun) -> tuple[str, ...]:
    stats = run.account
    if stats is None:
        return ("",) * len(RUN_LIST_HEADINGS)
    return (
        first_line(stats.scenario),
        f"{stats.n_finished:,}/{stats.n_total:,}",
        f"{stats.n_failed:,}",
        f"{stats.n_open:,}",
        f"{stats.n_made:,}",
        short_number(stats.prompt_tokens + stats.completion_tokens),
        _briefly(stats.begun_at),
        f"pid {run.held_by}" if run.held_by else _briefly(stats.written_at),
    )


def _end_of_name(name: str, width: int) -> str:
    """The end of a name that is too long: that is where the runs of one folder differ."""
    if cell_len(name) <= width:
        return name
    while name and cell_len(name) > width - 1:
        name = name[1:]
    return f"…{name}"


def _briefly(at: datetime | None) -> str:
    """In eleven letters: day and time, or the year of what is long ago."""
    if at is None:
        return "never"
    recent = abs(datetime.now(UTC) - at) < HALF_A_YEAR
    return at.astimezone().strftime("%m-%d %H:%M" if recent else "%Y-%m-%d")


def _day_and_time(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else "never"


def _failure_lines(recorded: RecordedRun, width: int) -> Iterator[str]:
    failures = failure_reasons(recorded)
    if not failures:
        return
    yield from ("", "failures, without the varying parts of messages")
    widest = max(len(f"{each.n:,}") for each in failures)
    for each in failures:
        lines = wrap(f"{each.fault}: {first_line(each.reason)} (first: {first_line(each.first)})", width - widest - 4)
        for number, line in enumerate(lines):
            yield f"  {'' if number else f'{each.n:,}':>{widest}}  {line}"


def _use_lines(asked: Sequence[AgentUse], width: int) -> Iterator[str]:
    if not asked:
        return
    rows: list[tuple[str, ...]] = [("agent", "model", "calls", "unreadable", "tokens in", "out")]
    for use in asked:
        numbers = (use.n_asks - use.n_reused, use.n_unreadable, use.prompt_tokens, use.completion_tokens)
        rows.append((first_line(use.agent), first_line(use.model), *(f"{n:,}" for n in numbers)))
    widths = column_widths_of(rows)
    widths[1] = max(8, min(widths[1], width - sum(widths) + widths[1] - 2 * 5))
    yield ""
    yield from (text_row(row, widths, n_left=2) for row in rows)
