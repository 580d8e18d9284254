"""The tables of `fellowship reproduce`: published figures beside recomputed ones, with explanations of differences."""

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fellowship.formatting.terminal_text import sanitized
from fellowship.formatting.units import count_noun
from fellowship.reports.tables import TABLE_WIDTH
from fellowship.statistics.estimate import Bounds, Estimate
from fellowship.studies.reproduction.differences import EXPLAINED
from fellowship.studies.reproduction.figures import Figure

MAX_EXPLAINED_FIGURES = 12
MAX_ODD_ROWS = 12
FIGURE_FIELDS = (
    "dataset", "method", "models", "metric", "published", "ours", "match", "n", "n_failed", "low", "high", "changes",
    "exact", "n_items", "bounds_low", "bounds_high", "ties_half", "note", "missing",
    "ties_half_low", "ties_half_high", "own_label", "own_label_low", "own_label_high", "own_label_n",
    "own_label_different", "n_mixed_labels", "n_mixed_unknown", "n_odd_rows", "odd_rows",
)  # fmt: skip
REPRODUCTION_COLUMNS = ("models", "published", "ours [95 %]", "n", "failed", "match", "what changed")


def figure_object(figure: Figure) -> dict[str, Any]:
    """One figure as a JSON object; undefined numbers become null."""
    own = figure.own or Estimate.undefined(0)
    ours, bounds = figure.ours or Estimate.undefined(0), figure.bounds or Bounds(math.nan, math.nan)
    half = figure.ties_half
    derived = {
        "ours": ours.value,
        "n": ours.n,
        "low": ours.low,
        "high": ours.high,
        "changes": [str(change) for change in figure.changes] + [figure.note] * (figure.exact is False),
        "own_label": own.value,
        "own_label_low": own.low,
        "own_label_high": own.high,
        "own_label_n": own.n,
        "own_label_different": figure.n_own_different if figure.n_own else None,
        "n_mixed_labels": figure.n_mixed,
        "n_mixed_unknown": figure.n_mix_unknown,
        "n_odd_rows": len(figure.odd_rows),
        "odd_rows": list(figure.odd_rows[:MAX_ODD_ROWS]),
        "ties_half": None if half is None else half.value,
        "ties_half_low": None if half is None else half.low,
        "ties_half_high": None if half is None else half.high,
        "bounds_low": bounds.low,
        "bounds_high": bounds.high,
    }
    return {name: derived[name] if name in derived else getattr(figure, name) for name in FIGURE_FIELDS}


def print_figures(figures: Sequence[Figure], *, explained: bool) -> None:
    """Print tables by data set and method, explanations of the differences, and how many figures match."""
    console = Console(width=None if sys.stdout.isatty() else TABLE_WIDTH, highlight=False, emoji=False, markup=False)
    codes = codes_of({name: None for figure in figures for name in figure.who if name})
    with console.capture() as captured:
        console.print("models: " + ", ".join(f"{code} = {name}" for name, code in codes.items() if code != name))
        tables: dict[str, list[Figure]] = defaultdict(list)
        for figure in figures:
            tables[f"{figure.dataset} · {figure.method} · {figure.metric}"].append(figure)
        for title, group in tables.items():
            if any(figure.missing is None for figure in group):
                console.print(_figures_table(title, group, codes, console.width))
        explanations = _explanations(figures, codes) if explained else ()
        notes = (f"{_figure_title(figure, codes)}: {figure.note}" for figure in figures if figure.exact is False)
        for paragraph in (
            *explanations,
            *notes,
            *_mixed_labels(figures),
            *_odd_rows(figures),
            *_unavailable(figures),
            summary_line(figures),
        ):
            console.print(paragraph)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def summary_line(figures: Sequence[Figure]) -> str:
    """How many figures match, differ, and cannot be recomputed."""
    n_missing = sum(figure.missing is not None for figure in figures)
    n_match = sum(figure.match for figure in figures)
    exact = [figure.match for figure in figures if figure.exact]
    n_mixed = sum(figure.match and bool(figure.n_mixed) for figure in figures)
    n_others = sum(figure.match and not figure.n_mixed and figure.n_own_different > 0 for figure in figures)
    mixed = f"; {n_mixed} of the matches are with labels that mix votes" if n_mixed else ""
    mixed += f"; {n_others} of the matches are with labels that differ from the answers' own" if n_others else ""
    n_unmarked = sum(figure.exact is None for figure in figures)
    unmarked = f", {n_unmarked} without a mark" if n_unmarked else ""
    return (
        f"{n_match} of {len(figures)} figures match to 1e-9 ({sum(exact)} of {len(exact)} marked exact{unmarked}); "
        f"{len(figures) - n_match - n_missing} differ; {n_missing} not available" + mixed
    )


def codes_of(names: Iterable[str]) -> dict[str, str]:
    """A short code for each model, of its initial and its size: gemma-2-9b-it -> G9b."""
    codes: dict[str, str] = {}
    for name in names:
        first, *others = name.replace("_", "-").removeprefix("Meta-").split("-")
        numbers = [part for part in others if part[:1].isdigit()]
        kind = "".join(part[0].upper() for part in others if part in ("mini", "nano", "small", "large", "pro", "flash"))
        code = first[:1].upper() + (numbers[-1] if numbers else first[1:]) + kind
        codes[name] = code if code not in codes.values() else name
    return codes


def _figures_table(title: str, figures: Sequence[Figure], codes: dict[str, str], width: int) -> Any:
    """One row per figure; only the last column is cut on a narrow terminal."""
    rows = [list(_figure_cells(figure, codes)) for figure in figures if figure.missing is None]
    widths = [max(map(len, column)) for column in zip(REPRODUCTION_COLUMNS, *rows, strict=True)]
    rest = width - sum(widths[:-1]) - 2 * len(REPRODUCTION_COLUMNS) - 1
    widths[-1] = max(len(REPRODUCTION_COLUMNS[-1]), min(widths[-1], rest))
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column, needed in zip(REPRODUCTION_COLUMNS, widths, strict=True):
        justify: Any = "right" if column in ("published", "n", "failed") else "left"
        table.add_column(Text(column), justify=justify, width=needed, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _figure_cells(figure: Figure, codes: dict[str, str]) -> Iterator[str]:
    assert figure.ours is not None
    ours, (digits, ends) = figure.ours, (1, 1) if figure.ties_half is not None else (4, 2)
    yield _model_codes(figure, codes)
    yield f"{figure.published:.{digits}f}"
    yield f"{ours.value:.{digits}f} [{ours.low:.{ends}f}, {ours.high:.{ends}f}]" if ours.is_defined else "undefined"
    yield str(ours.n)
    yield str(figure.n_failed)
    yield "yes" if figure.match else "no"
    parts = [f"own labels: {figure.own} n={figure.own.n}"] if figure.own is not None else []
    parts += [f"{change.n} {EXPLAINED[change.kind].partition('.')[0]}" for change in figure.changes]
    if figure.n_failed and figure.bounds is not None:
        parts.append(f"bounds {figure.bounds.low:.{digits}f} to {figure.bounds.high:.{digits}f}")
    if figure.ties_half is not None:
        parts.append(f"{figure.ties_half:.1f} with ties as half")
    if figure.exact is False:
        parts.append("not exact")
    yield ", ".join(parts)


def _model_codes(figure: Figure, codes: dict[str, str]) -> str:
    if not isinstance(figure.models, dict):
        return " ".join(codes.get(name, name) for name in figure.who)
    generator, reviewer, opponent, judge = (codes.get(name, name) for name in figure.who)
    return f"{generator}{' + ' + reviewer if reviewer else ''} vs {opponent}, by {judge}"


def _explanations(figures: Sequence[Figure], codes: dict[str, str]) -> Iterator[str]:
    """A paragraph per kind of change, with the figures it concerns."""
    for kind, explained in EXPLAINED.items():
        found = [(figure, change) for figure in figures for change in figure.changes if change.kind == kind]
        lines = [f"  {_figure_title(figure, codes)}: {change.counted}" for figure, change in found]
        if found:
            yield "\n".join([f"What changed: {explained}", *lines[:MAX_EXPLAINED_FIGURES]])
        if len(found) > MAX_EXPLAINED_FIGURES:
            yield f"  and in {len(found) - MAX_EXPLAINED_FIGURES} more figures; --json lists all"


def _figure_title(figure: Figure, codes: dict[str, str]) -> str:
    models = figure.who[0] if len(figure.who) == 1 else _model_codes(figure, codes)
    return f"{figure.dataset} {figure.method} {models}"


def _mixed_labels(figures: Sequence[Figure]) -> Iterator[str]:
    """A paragraph per data set whose labels, as published, are not, or may not be, those of the compared answers."""
    found = {each.dataset: each for each in figures if each.n_own or each.n_mixed is not None}
    for dataset, figure in found.items():
        mixed = f"{figure.n_mixed} of {figure.n_items} mix votes about other answers"
        if figure.n_mixed is None:
            mixed = "whether they mix votes about other answers is unknown, because the items do not say it"
        elif figure.n_mix_unknown:
            mixed += f"; of {figure.n_mix_unknown} it is unknown"
        parts = [f"labels of {dataset}: {mixed}."]
        if figure.n_own:
            parts.append(f"{figure.n_own_different} of {figure.n_own} differ from the label by the answers' own votes.")
        if figure.n_mixed or figure.n_mix_unknown or figure.n_own_different:
            parts.append(
                "A match shows that the published figure is recomputed, and not that the evaluator agrees so well with "
                "people."
            )
        if figure.n_own:
            parts.append(
                "'own labels' is the kappa against labels by the own votes of the answers, known for "
                f"{count_noun(figure.n_own, 'comparison')}."
            )
        yield " ".join(parts)


def _odd_rows(figures: Sequence[Figure]) -> Iterator[str]:
    """The rows with a defect, which are left out or count as failed, named up to a number of them."""
    rows = list(dict.fromkeys(row for figure in figures for row in figure.odd_rows))
    if rows:
        more = f"\n  and {len(rows) - MAX_ODD_ROWS} more" if len(rows) > MAX_ODD_ROWS else ""
        named = "\n".join(f"  {sanitized(row)}" for row in rows[:MAX_ODD_ROWS])
        what = "odd rows, left out or counted as failed unless it says what is used"
        yield f"{len(rows)} {what}:\n{named}{more}"


def _unavailable(figures: Sequence[Figure]) -> Iterator[str]:
    counted = Counter((figure.dataset, figure.method, figure.missing) for figure in figures if figure.missing)
    for (dataset, method, reason), n in counted.items():
        yield f"not available: {n} of {dataset} {method}: {reason}"
