"""Lays out the progress of a run as lines: a dashboard for a terminal, a plain line. All figures come from `Metrics`.

No line of the dashboard wraps. On a narrow terminal columns are omitted, the least important first.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from rich.cells import cell_len
from rich.text import Text

from fellowship.formatting import units
from fellowship.formatting.terminal_text import single_line
from fellowship.telemetry.metrics import Metrics, ProviderMetrics

MAX_PROVIDER_ROWS = 8
MAX_WAIT_LINES = 3
RESERVED_LINES = 12
WIDE_TERMINAL = 120
MAX_NAME_LENGTH = 24
LIMIT_LABELS = {
    "requests per minute": "rpm",
    "requests per day": "rpd",
    "tokens per minute": "tpm",
    "input tokens per minute": "itpm",
    "output tokens per minute": "otpm",
}
DashboardPart: TypeAlias = tuple[str, str]
"""A text and its style."""
HEADINGS = ("provider", "open", "waiting", "used of limit", "p50", "p95", "429", "failed", "retried")
OMITTED_FIRST = ("waiting", "retried", "failed", "p50", "429", "used of limit", "p95")


def dashboard_lines(metrics: Metrics, width: int, height: int = 24) -> Text:
    """The progress of the run, in fewer than `height` lines of less than `width` cells."""
    most = max(1, min(MAX_PROVIDER_ROWS, height - RESERVED_LINES - 1))
    lines = [*_run_lines(metrics, width), *_providers(metrics, width, most), *_problems(metrics, width)]
    return Text("\n", no_wrap=True).join(lines[: max(1, height - 1)])


def summary_lines(metrics: Metrics, width: int) -> Text:
    """The state of the run at its end, in one line."""
    done = f"{_head(metrics)}: {_done_of_total(metrics)}"
    parts = [(done, ""), (f"in {units.format_duration(metrics.elapsed_s)}", "")]
    parts += [*_failed(metrics), (_spend(metrics), ""), *_unreadable_parts(metrics)]
    return _fitted(parts, width, gap=", ")


def plain_line(metrics: Metrics) -> str:
    """The progress of the run in one line of plain text."""
    parts = [_done_of_total(metrics), *(text for text, _ in _failed(metrics)), f"{metrics.per_minute:,.1f} a minute"]
    text = ", ".join([*parts, *_eta(metrics), _spend(metrics) + _projected(metrics)])
    return single_line("; ".join([f"{_head(metrics)}: {text}", *metrics.waits_for]))


def _run_lines(metrics: Metrics, width: int) -> Iterator[Text]:
    folder = [(single_line(str(metrics.folder)), "dim")] if metrics.folder is not None else []
    yield _fitted([(_head(metrics), "bold"), *folder], width)
    share = metrics.n_done / metrics.total if metrics.total else 1.0
    figures: list[DashboardPart] = [(f"{_done_of_total(metrics)}  {int(100 * share)} %", ""), *_failed(metrics)]
    taken = sum(cell_len(text) + 2 for text, _ in figures)
    size = max(0, min(60, width - 2 - taken))
    n = int(share * size)
    yield _fitted([("━" * n + "─" * (size - n), "green"), *figures], width, gap="  ")
    pace, in_progress = f"{metrics.per_minute:,.1f} conversations/min", f"{metrics.n_in_progress:,} in progress"
    yield _fitted([(pace, ""), *((eta, "bold") for eta in _eta(metrics)), (in_progress, "")], width)
    asked = f"calls {metrics.n_asked:,}, requests {metrics.n_requests:,}"
    prompt, completion = units.short_number(metrics.prompt_tokens), units.short_number(metrics.completion_tokens)
    unknown = f", {metrics.n_unknown_usage:,} calls of unknown usage" if metrics.n_unknown_usage else ""
    tokens = f"tokens {prompt} in, {completion} out{unknown}"
    yield _fitted([(_spend(metrics) + _projected(metrics), ""), (tokens, ""), (asked, "")], width)


def _head(metrics: Metrics) -> str:
    return ("[SIM] " if metrics.simulated else "") + single_line(metrics.label)


def _done_of_total(metrics: Metrics) -> str:
    return f"{metrics.n_done:,}/{metrics.total:,}"


def _failed(metrics: Metrics) -> list[DashboardPart]:
    return [(f"{metrics.n_failed:,} failed", "red")] if metrics.n_failed else []


def _eta(metrics: Metrics) -> list[str]:
    return [f"ETA {units.format_duration_interval(*metrics.eta)}"] if metrics.eta is not None else []


def _spend(metrics: Metrics) -> str:
    if metrics.spend_usd is None:
        return "spend unknown"
    dates = {
        use.pricing.price.as_of
        for use in metrics.usage_by_model.values()
        if use.pricing.is_listed and use.pricing.price
    }
    listed = f" at listed prices of {max(dates)}" if dates else ""
    return f"spend {units.format_dollars(metrics.spend_usd)}{listed}"


def _projected(metrics: Metrics) -> str:
    projected = metrics.projected_usd
    return f", about {units.format_dollars(projected)} in total" if projected else ""


def _unreadable_parts(metrics: Metrics) -> list[DashboardPart]:
    text = f"{metrics.n_unreadable:,} unreadable replies, {metrics.n_repaired:,} repaired"
    return [(text, "yellow")] if metrics.n_unreadable else []


def _problems(metrics: Metrics, width: int) -> Iterator[Text]:
    waits = metrics.waits_for
    problems = [*_unreadable_parts(metrics), *((single_line(wait), "cyan") for wait in waits[:MAX_WAIT_LINES])]
    if len(waits) > MAX_WAIT_LINES:
        problems.append((f"and {len(waits) - MAX_WAIT_LINES} more queues", "cyan"))
    if metrics.last_error is not None:
        problems.append((f"last error: {single_line(metrics.last_error)}", "red"))
    return (_fitted([problem], width) for problem in problems)


def _providers(metrics: Metrics, width: int, most: int) -> Iterator[Text]:
    """The busiest providers, sorted by name so that rows keep their places."""
    found = metrics.providers()
    shown = sorted(found[:most], key=lambda each: each.name)
    rows = [_provider_row(each, wide=width >= WIDE_TERMINAL) for each in shown]
    for number, row in enumerate(_aligned_rows([HEADINGS, *rows], width)):
        yield _fitted([(row, "dim" if number == 0 else "")], width)
    if len(found) > most:
        yield _fitted([(f"and {len(found) - most} more", "dim")], width)


def _provider_row(each: ProviderMetrics, *, wide: bool) -> tuple[str, ...]:
    limit = "" if each.max_open is None else f"/{each.max_open:,}"
    return (
        single_line(each.name)[:MAX_NAME_LENGTH],
        f"{each.in_flight:,}{limit}",
        f"{each.waiting:,}",
        _uses(each.uses, wide=wide),
        units.format_latency(each.p50_s),
        units.format_latency(each.p95_s),
        f"{each.rejected:,}",
        f"{each.failed:,}",
        f"{each.retried:,}",
    )


def _uses(uses: dict[str, tuple[int, int]], *, wide: bool) -> str:
    """Used and allowed, of the limit with the highest utilisation; on a wide terminal of every limit."""
    fullest = sorted(uses.items(), key=lambda use: -use[1][0] / use[1][1])
    shown = [
        f"{units.short_number(used)}/{units.short_number(limit)} {LIMIT_LABELS.get(name, name)}"
        for name, (used, limit) in fullest
    ]
    return ", ".join(shown if wide else shown[:1]) or "-"


def _aligned_rows(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[str]:
    """Rows with the first column left-aligned, the others right; columns that do not fit are omitted."""
    widths = {head: max(cell_len(row[place]) for row in rows) for place, head in enumerate(HEADINGS)}
    kept = list(HEADINGS)
    for head in OMITTED_FIRST:
        if sum(widths[each] + 2 for each in kept) <= width:
            break
        kept.remove(head)
    for row in rows:
        cells = [(text, head) for text, head in zip(row, HEADINGS, strict=True) if head in kept]
        (name, space), *others = [(text, " " * (widths[head] - cell_len(text))) for text, head in cells]
        yield "  ".join([name + space, *(space + text for text, space in others)])


def _fitted(parts: Sequence[DashboardPart], width: int, *, gap: str = "   ") -> Text:
    """A line of as many leading parts as fit; the first one is truncated if necessary."""
    line = Text(no_wrap=True)
    for number, (text, style) in enumerate(parts):
        piece = (gap if number else "") + text
        if number and line.cell_len + cell_len(piece) >= width:
            break
        line.append(piece, style=style)
    line.truncate(max(1, width - 1), overflow="ellipsis")
    return line
