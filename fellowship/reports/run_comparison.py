"""Two runs over the same items, outcome by outcome; with labels also who was right, and whether that may be chance."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from fellowship.protocols.exact import AnyNumber, exact
from fellowship.reports.run_pairing import ConversationPair, EndedConversation, PairedRuns
from fellowship.statistics.estimate import Estimate
from fellowship.statistics.kappa import cohen_kappa_interval
from fellowship.statistics.mcnemar import mcnemar
from fellowship.statistics.proportion import wilson

ChangeKind: TypeAlias = Literal["verdicts", "scores", "endings"]
RIGHT = ("both right", "only A right", "only B right", "both wrong")
KAPPA_DRAWS = 2_000
HIGHER = ("higher in A", "equal", "higher in B")
CONTENTS = ("equal outcomes", "different outcomes")


@dataclass(frozen=True, slots=True)
class RunComparison:
    """What the pairs of two runs come to.

    kind: verdicts and scores where both runs have some, else how conversations ended and whether outcomes are equal.
    left_out: pairs that are in no n, by why: failed ones (except where endings are compared) and those not ended.
    cells: the pairs by what became of them: who was right about the label (verdicts with labels; an inconsistent
        verdict counts as a tie), who scored higher (scores; as shares of their scales where these differ), whether the
        outcomes are equal (endings), or both outcomes with an arrow between them.
    p: McNemar's exact test on those that only one got right; None without labels.
    same: the share of pairs with the same outcome, with Wilson's interval. kappa: Cohen's; None where it is undefined.
    n_unlabelled: pairs in no cell of a comparison by labels, as they have none.
    """

    kind: ChangeKind
    labelled: bool
    left_out: dict[str, tuple[ConversationPair, ...]]
    cells: dict[str, tuple[ConversationPair, ...]]
    same: Estimate
    kappa: Estimate | None
    p: float | None
    n_unlabelled: int


def compare_runs(paired: PairedRuns) -> RunComparison:
    """The comparison of all pairs."""
    kind = _change_kind(paired.pairs)
    left_out = _grouped(paired.pairs, lambda pair: _reason_left_out(pair, kind) or "")
    counted = left_out.pop("", ())
    labelled = [pair for pair in counted if pair.label is not None] if kind == "verdicts" else []
    fixed = RIGHT if labelled else HIGHER if kind == "scores" else CONTENTS if kind == "endings" else ()
    cells = _grouped(labelled or counted, lambda pair: cell_of(pair, kind, by_label=bool(labelled)), fixed)
    outcomes_a = [_compared_outcome(pair.a, kind) for pair in counted]
    outcomes_b = [_compared_outcome(pair.b, kind) for pair in counted]
    n_same = sum(a == b for a, b in zip(outcomes_a, outcomes_b, strict=True))
    if kind == "scores":
        n_same = len(cells[HIGHER[1]])
    return RunComparison(
        kind=kind,
        labelled=bool(labelled),
        left_out=left_out,
        cells=cells,
        same=wilson(n_same - len(cells.get(CONTENTS[1], ())), len(counted)),
        kappa=_kappa(outcomes_a, outcomes_b) if kind == "verdicts" else None,
        p=mcnemar(len(cells["only A right"]), len(cells["only B right"])) if labelled else None,
        n_unlabelled=len(counted) - len(labelled) if labelled else 0,
    )


def _kappa(outcomes_a: Sequence[str], outcomes_b: Sequence[str]) -> Estimate | None:
    if not outcomes_a:
        return None
    found = cohen_kappa_interval(outcomes_a, outcomes_b, rng=np.random.default_rng(0), draws=KAPPA_DRAWS)
    return None if math.isnan(found.value) else found


def cell_of(pair: ConversationPair, kind: ChangeKind, *, by_label: bool) -> str:
    """In which cell a pair belongs."""
    if by_label:
        return RIGHT[2 * (not _is_right(pair.a, pair.label)) + (not _is_right(pair.b, pair.label))]
    if kind == "scores":
        a, b = _shares(pair)
        return HIGHER[0] if a > b else HIGHER[2] if b > a else HIGHER[1]
    a_outcome, b_outcome = _compared_outcome(pair.a, kind), _compared_outcome(pair.b, kind)
    if kind == "endings" and a_outcome == b_outcome == "finished":
        return CONTENTS[pair.a.content != pair.b.content]
    return f"{a_outcome} → {b_outcome}"


def _shares(pair: ConversationPair) -> tuple[AnyNumber, AnyNumber]:
    """Both scores as they compare: as shares of their scales where these differ."""
    a, b = pair.a.score or 0.0, pair.b.score or 0.0
    if pair.a.out_of == pair.b.out_of or not pair.a.out_of or not pair.b.out_of:
        return a, b
    return exact(a) / exact(pair.a.out_of), exact(b) / exact(pair.b.out_of)


def _is_right(one: EndedConversation, label: str | None) -> bool:
    return ("tie" if one.outcome == "inconsistent" else one.outcome) == label


def _change_kind(pairs: Sequence[ConversationPair]) -> ChangeKind:
    if any(pair.a.decides for pair in pairs) and any(pair.b.decides for pair in pairs):
        return "verdicts"
    if any(pair.a.score is not None for pair in pairs) and any(pair.b.score is not None for pair in pairs):
        return "scores"
    return "endings"


def _reason_left_out(pair: ConversationPair, kind: ChangeKind) -> str | None:
    a, b = _compared_outcome(pair.a, kind), _compared_outcome(pair.b, kind)
    if "open" in (a, b):
        return "not ended"
    if kind == "endings" or "failed" not in (a, b):
        return None
    return "failed in both" if a == b else f"failed in {'A' if a == 'failed' else 'B'}"


def _compared_outcome(one: EndedConversation, kind: ChangeKind) -> str:
    """As it is compared: a conversation without the score or the verdict that others have counts as failed."""
    if one.outcome in ("open", "failed"):
        return one.outcome
    if kind == "verdicts":
        return one.outcome if one.decides else "failed"
    if kind == "scores":
        return "failed" if one.score is None else "finished"
    return "finished"


def _grouped(
    pairs: Sequence[ConversationPair], name_of: Callable[[ConversationPair], str], fixed: Sequence[str] = ()
) -> dict[str, tuple[ConversationPair, ...]]:
    """The pairs by name; the fixed names are there even if they have none."""
    groups: dict[str, list[ConversationPair]] = {name: [] for name in fixed}
    for pair in pairs:
        groups.setdefault(name_of(pair), []).append(pair)
    return {name: tuple(each) for name, each in groups.items()}
