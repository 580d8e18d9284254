"""The comparison of two runs as objects and as lines that fit a terminal."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from fellowship.formatting.terminal_text import first_line, fit, sanitized, wrap
from fellowship.reports.json_objects import interval_object
from fellowship.reports.run_comparison import CONTENTS, HIGHER, RIGHT, RunComparison, cell_of, compare_runs
from fellowship.reports.run_pairing import ConversationPair, PairedRuns
from fellowship.reports.tables import mark_simulated
from fellowship.storage.recorded_run import RecordedRun, left_out_of_input

DIFF_WIDTH = 80
MAX_DIFF_LINES = 3
KNOWN_OUTCOMES = ("A", "B", "tie", "inconsistent", "failed")


def diff_objects(a: RecordedRun, b: RecordedRun, paired: PairedRuns) -> Iterator[dict[str, Any]]:
    """The comparison, then every pair, then what could not be paired."""
    found = compare_runs(paired)
    yield {
        "kind": "diff",
        "a": _side_object(a),
        "b": _side_object(b),
        "compared": found.kind,
        "by_label": found.labelled,
        "n_paired": len(paired.pairs),
        "paired_by": paired.found_by,
        "n_only_a": len(paired.only_a),
        "n_only_b": len(paired.only_b),
        "left_out": {why: len(pairs) for why, pairs in found.left_out.items()},
        "n_unlabelled": found.n_unlabelled,
        "n": sum(map(len, found.cells.values())),
        "cells": {name: len(pairs) for name, pairs in found.cells.items()},
        "p_mcnemar": found.p,
        "same": interval_object(found.same),
        "kappa": math.nan if found.kappa is None else found.kappa.value,
        "kappa_interval": None if found.kappa is None else interval_object(found.kappa),
    }
    left_out = {pair: why for why, pairs in found.left_out.items() for pair in pairs}
    yield from (_pair_object(pair, found, left_out.get(pair)) for pair in paired.pairs)
    for side, alone in (("a", paired.only_a), ("b", paired.only_b)):
        yield from ({"kind": "unpaired", "in": side, "id": each.id, "outcome": each.outcome} for each in alone)


def diff_lines(a: RecordedRun, b: RecordedRun, paired: PairedRuns) -> Iterator[str]:
    """The comparison, for reading."""
    found = compare_runs(paired)
    ways = ", ".join(f"{n:,} by {way}" for way, n in paired.found_by.items() if n)
    left_out = ", ".join(f"{len(pairs):,} {why}" for why, pairs in found.left_out.items())
    for name, side in (("A", _side_object(a)), ("B", _side_object(b))):
        yield mark_simulated(f"{name}  {sanitized(side['folder'])}  {first_line(side['scenario'])}", side["simulated"])
        if side["n_left_out"]:
            yield f"   {left_out_of_input(side['n_left_out'])}"
    yield ""
    yield f"paired    {len(paired.pairs):,}{f' ({ways})' if ways else ''}"
    yield f"unpaired  {len(paired.only_a):,} only in A, {len(paired.only_b):,} only in B"
    if left_out:
        yield f"left out  {left_out}; in no figure below"
    if not found.cells or not found.same.n:
        yield from ("", "nothing can be compared")
        return
    yield ""
    yield from _cells_by_label(found) if found.labelled else _cells_by_outcome(found)
    yield ""
    yield f"the same outcome in both: {found.same:.1%}, n={found.same.n:,}"
    if found.kappa is not None:
        yield f"A and B agree with each other: Cohen's kappa {found.kappa}, n={found.kappa.n:,}"
    for name, pairs in found.cells.items():
        a_outcome, arrow, b_outcome = name.partition(" → ")
        is_diagonal = a_outcome == b_outcome if arrow else name in (HIGHER[1], CONTENTS[0])
        if pairs and not is_diagonal:
            yield ""
            yield from _listed_pairs(name, pairs)


def _side_object(run: RecordedRun) -> dict[str, Any]:
    return {
        "folder": str(run.folder),
        "scenario": run.settings().get("scenario", "?"),
        "simulated": run.simulated,
        "n_left_out": run.n_left_out,
    }


def _pair_object(pair: ConversationPair, found: RunComparison, left_out: str | None) -> dict[str, Any]:
    unlabelled = found.labelled and pair.label is None
    cell = None if left_out or unlabelled else cell_of(pair, found.kind, by_label=found.labelled)
    names: dict[str, Any] = {"kind": "pair", "a": pair.a.id, "b": pair.b.id, "label": pair.label}
    outcomes = {"outcome_a": pair.a.outcome, "outcome_b": pair.b.outcome}
    scores = {"score_a": pair.a.score, "score_b": pair.b.score} if found.kind == "scores" else {}
    if pair.a.out_of != pair.b.out_of:
        scores |= {"out_of_a": pair.a.out_of, "out_of_b": pair.b.out_of}
    return {**names, **outcomes, **scores, "cell": cell, "left_out": left_out}


def _cells_by_label(found: RunComparison) -> Iterator[str]:
    both, only_a, only_b, neither = (len(found.cells[name]) for name in RIGHT)
    width = max(len("B right"), len(f"{max(both, only_a, only_b, neither):,}"))
    yield f"         {'B right':>{width}}  {'B wrong':>{width}}     n={both + only_a + only_b + neither:,}"
    yield f"A right  {both:>{width},}  {only_a:>{width},}"
    yield f"A wrong  {only_b:>{width},}  {neither:>{width},}"
    yield "right: the verdict is the label; an inconsistent verdict counts as a tie"
    if found.n_unlabelled:
        yield f"{found.n_unlabelled:,} without a label, or with two: in no cell"
    yield ""
    p = found.p or 0.0
    shown = f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"
    yield f"McNemar's exact test: {only_a:,} only A against {only_b:,} only B, p = {shown}"


def _cells_by_outcome(found: RunComparison) -> Iterator[str]:
    """Outcome by outcome, A's down and B's across; or the cells of scores, or of outcomes that only can be equal."""
    if found.kind != "verdicts":
        yield ", ".join(f"{len(pairs):,} {name}" for name, pairs in found.cells.items())
        if found.kind == "scores" and any(
            pair.a.out_of != pair.b.out_of for each in found.cells.values() for pair in each
        ):
            yield "scores on different scales are compared as shares of these"
        return
    counts = {tuple(name.split(" → ")): len(pairs) for name, pairs in found.cells.items()}
    found_outcomes = {outcome for cell in counts for outcome in cell}
    names = [each for each in KNOWN_OUTCOMES if each in found_outcomes]
    names += sorted(found_outcomes.difference(names))
    width = max(map(len, (*names, *(f"{n:,}" for n in counts.values()))))
    yield fit(f"{'A down, B across':<16}  {'  '.join(f'{name:>{width}}' for name in names)}", DIFF_WIDTH)
    for a in names:
        yield fit(f"{a:<16}  {'  '.join(f'{counts.get((a, b), 0):>{width},}' for b in names)}", DIFF_WIDTH)


def _listed_pairs(name: str, pairs: Sequence[ConversationPair]) -> Iterator[str]:
    """The conversations of a cell, as many as fit into three lines."""
    yield f"{name} ({len(pairs):,})"
    enough = pairs[: MAX_DIFF_LINES * DIFF_WIDTH]  # wrapping all names of a large cell takes seconds
    lines = wrap(" ".join(pair.name for pair in enough), DIFF_WIDTH - 2)
    yield from (f"  {line}" for line in lines[:MAX_DIFF_LINES])
    if len(lines) > MAX_DIFF_LINES:
        n_shown = sum(len(line.split()) for line in lines[:MAX_DIFF_LINES])
        yield f"  and {len(pairs) - n_shown:,} more; --json names all"
