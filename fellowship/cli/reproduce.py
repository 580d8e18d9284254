"""Recompute published figures from recorded replies, without asking any model.

DIR holds published.json, items_<dataset>.jsonl and <dataset>_<strategy>.jsonl (direct-comparison,
independent-scoring-N, combined-scoring-N, debate, versus). Our judge, jury and debate read the recorded replies, and
each published figure is shown beside ours, with what changed and why. With --as-recorded the decisions are taken as
they were made then; exit code 4 if a figure marked exact comes out otherwise.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fellowship.cli import exit_codes

if TYPE_CHECKING:
    from fellowship.studies.reproduction.figures import Figure

REPRODUCTION_WIDTH = 120
LISTED = 12
REPRODUCTION_COLUMNS = ("models", "published", "ours [95 %]", "n", "failed", "match", "what changed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship reproduce`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder of recorded replies with a published.json")
    parser.add_argument("--as-recorded", action="store_true", help="take the decisions as they were made then")
    parser.add_argument("--json", action="store_true", help="one JSON line per figure, and nothing else")
    parser.add_argument("--draws", type=int, default=10_000, help="of the bootstrap behind the intervals (10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (0)")


def main(args: argparse.Namespace) -> int:
    """Recompute the figures and show them."""
    import asyncio

    from fellowship.studies.reproduction.reproduce import reproduce

    quiet = args.json or not sys.stderr.isatty()
    figures = asyncio.run(
        reproduce(args.folder, as_recorded=args.as_recorded, draws=args.draws, seed=args.seed, quiet=quiet)
    )
    if args.json:
        for line in map(figure_json_line, figures):
            print(line)
    else:
        print_tables(figures, explained=not args.as_recorded)
    return _limiter(figures) if args.as_recorded else exit_codes.OK


def _limiter(figures: Sequence["Figure"]) -> int:
    """The exit code of figures made of the recorded decisions: those marked exact have to come out."""
    exact = [figure for figure in figures if figure.exact and figure.missing is None]
    missed = [figure for figure in exact if not figure.match]
    if not missed:
        return exit_codes.OK
    first = f"{missed[0].dataset} {missed[0].method} {' + '.join(filter(None, missed[0].who))}"
    print(f"fellowship: {len(missed)} of {len(exact)} exact figures do not come out; first {first}", file=sys.stderr)
    return exit_codes.GATE


def figure_json_line(figure: "Figure") -> str:
    """One figure as JSON; undefined numbers are null."""
    import orjson

    ours = figure.ours
    record = {
        "dataset": figure.dataset,
        "method": figure.method,
        "models": figure.models,
        "metric": figure.metric,
        "published": figure.published,
        "ours": ours.value if ours else None,
        "match": figure.match,
        "n": ours.n if ours else 0,
        "n_failed": figure.n_failed,
        "low": ours.low if ours else None,
        "high": ours.high if ours else None,
        "changes": [str(change) for change in figure.changes] + [figure.note] * (figure.exact is False),
        "exact": figure.exact,
        "n_items": figure.n_items,
        "bounds_low": figure.bounds.low if figure.bounds else None,
        "bounds_high": figure.bounds.high if figure.bounds else None,
        "ties_half": figure.ties_half,
        "note": figure.note,
        "missing": figure.missing,
    }
    return orjson.dumps(record).decode()


def print_tables(figures: Sequence["Figure"], *, explained: bool) -> None:
    """Tables by data set and method, what changed and why, and how many figures match."""
    from rich.console import Console

    console = Console(
        width=None if sys.stdout.isatty() else REPRODUCTION_WIDTH, highlight=False, emoji=False, markup=False
    )
    codes = codes_of({name: None for figure in figures for name in figure.who if name})
    with console.capture() as captured:
        console.print("models: " + ", ".join(f"{code} = {name}" for name, code in codes.items() if code != name))
        for (dataset, method, metric), group in _grouped(figures).items():
            if any(figure.missing is None for figure in group):
                console.print(_table(f"{dataset} · {method} · {metric}", group, codes, console.width))
        explanations = _explanations(figures, codes) if explained else ()
        for paragraph in (*explanations, *_notes(figures, codes), *_missing(figures), summary_line(figures)):
            console.print(paragraph)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def summary_line(figures: Sequence["Figure"]) -> str:
    """How many figures match, differ, and are not at hand."""
    n_missing = sum(figure.missing is not None for figure in figures)
    n_match = sum(figure.match for figure in figures)
    exact = [figure.match for figure in figures if figure.exact]
    return (
        f"{n_match} of {len(figures)} figures match to 1e-9 ({sum(exact)} of {len(exact)} marked exact); "
        f"{len(figures) - n_match - n_missing} differ; {n_missing} not at hand"
    )


def codes_of(names: Iterable[str]) -> dict[str, str]:
    """A short code for each model: initials, and what of the name tells the size. gemma-2-9b-it -> G9b."""
    codes: dict[str, str] = {}
    for name in names:
        first, *others = name.replace("_", "-").removeprefix("Meta-").split("-")
        numbers = [part for part in others if part[:1].isdigit()]
        kind = "".join(part[0].upper() for part in others if part in ("mini", "nano", "small", "large", "pro", "flash"))
        code = first[:1].upper() + (numbers[-1] if numbers else first[1:]) + kind
        codes[name] = code if code not in codes.values() else name
    return codes


def _table(title: str, figures: Sequence["Figure"], codes: dict[str, str], width: int) -> Any:
    """One line per figure; only the last column gives way when there is too little room."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = [list(_cells(figure, codes)) for figure in figures if figure.missing is None]
    widths = [max(map(len, column)) for column in zip(REPRODUCTION_COLUMNS, *rows, strict=True)]
    widths[-1] = max(
        len(REPRODUCTION_COLUMNS[-1]), min(widths[-1], width - sum(widths[:-1]) - 2 * len(REPRODUCTION_COLUMNS) - 1)
    )
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column, needed in zip(REPRODUCTION_COLUMNS, widths, strict=True):
        justify: Any = "right" if column in ("published", "n", "failed") else "left"
        table.add_column(Text(column), justify=justify, width=needed, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _cells(figure: "Figure", codes: dict[str, str]) -> Iterator[str]:
    from fellowship.studies.reproduction.differences import EXPLAINED

    assert figure.ours is not None
    digits, ends = (1, 1) if figure.ties_half is not None else (4, 2)
    ours = figure.ours
    yield _shown(figure, codes)
    yield f"{figure.published:.{digits}f}"
    yield f"{ours.value:.{digits}f} [{ours.low:.{ends}f}, {ours.high:.{ends}f}]" if ours.is_defined else "undefined"
    yield str(ours.n)
    yield str(figure.n_failed)
    yield "yes" if figure.match else "no"
    parts = [f"{change.n} {EXPLAINED[change.kind].partition('.')[0]}" for change in figure.changes]
    if figure.n_failed and figure.bounds is not None:
        parts.append(f"bounds {figure.bounds.low:.{digits}f} to {figure.bounds.high:.{digits}f}")
    if figure.ties_half is not None:
        parts.append(f"{figure.ties_half:.1f} with ties as half")
    if figure.exact is False:
        parts.append("not exact")
    yield ", ".join(parts)


def _shown(figure: "Figure", codes: dict[str, str]) -> str:
    """The models of a figure by their codes."""
    if not isinstance(figure.models, dict):
        return " ".join(codes.get(name, name) for name in figure.who)
    generator, reviewer, opponent, judge = (codes.get(name, name) for name in figure.who)
    return f"{generator}{' + ' + reviewer if reviewer else ''} vs {opponent}, by {judge}"


def _grouped(figures: Sequence["Figure"]) -> dict[tuple[str, str, str], list["Figure"]]:
    groups: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        groups[figure.dataset, figure.method, figure.metric].append(figure)
    return groups


def _explanations(figures: Sequence["Figure"], codes: dict[str, str]) -> Iterator[str]:
    """A paragraph per kind of change, with the rows of each figure it is about."""
    from fellowship.studies.reproduction.differences import EXPLAINED

    for kind, explained in EXPLAINED.items():
        found = [(figure, change) for figure in figures for change in figure.changes if change.kind == kind]
        lines = [f"  {_titled(figure, codes)}: {change.counted}" for figure, change in found]
        if found:
            yield "\n".join([f"What changed: {explained}", *lines[:LISTED]])
        if len(found) > LISTED:
            yield f"  and in {len(found) - LISTED} more figures; --json tells all"


def _notes(figures: Sequence["Figure"], codes: dict[str, str]) -> Iterator[str]:
    for figure in figures:
        if figure.exact is False:
            yield f"{_titled(figure, codes)}: {figure.note}"


def _titled(figure: "Figure", codes: dict[str, str]) -> str:
    models = figure.who[0] if len(figure.who) == 1 else _shown(figure, codes)
    return f"{figure.dataset} {figure.method} {models}"


def _missing(figures: Sequence["Figure"]) -> Iterator[str]:
    counted = Counter((figure.dataset, figure.method, figure.missing) for figure in figures if figure.missing)
    for (dataset, method, reason), n in counted.items():
        yield f"not at hand: {n} of {dataset} {method}: {reason}"
