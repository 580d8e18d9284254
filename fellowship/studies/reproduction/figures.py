"""A published figure beside ours: the value with its interval, failures, and changed decisions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from fellowship.protocols.content import Decision, Verdict
from fellowship.statistics.agreement import agreement
from fellowship.statistics.estimate import Bounds, Estimate
from fellowship.statistics.win_rate import win_rate, win_rate_strict
from fellowship.studies.reproduction.differences import (
    Case,
    ReadingChange,
    case_of_jury,
    change_reason,
    reading_changes,
)
from fellowship.studies.reproduction.published import TOLERANCE, Published
from fellowship.studies.reproduction.recorded_replies import RecordedReplies
from fellowship.studies.reproduction.rereading import Readings
from fellowship.studies.reproduction.sources import FigurePlan
from fellowship.studies.tournament import DUEL_OUTCOMES


@dataclass(frozen=True, slots=True)
class Figure(Published):
    """One published figure, and ours in the same unit. `missing` names missing data; then there is no `ours`.

    n_failed: the rows without a verdict that can be used, which are in no n; n_items: all items.
    bounds: of any resolution of the failed rows. ties_half: a win rate in which ties count half, on the same n.
    own: our kappa against the items' own labels (`RecordedItem.own_label`), which n_own items have; n_own_different of
        these are not the label behind the published figure.
    n_mixed: the labels behind the published figure that mix in votes about others, None where the items say it of none;
        n_mix_unknown: those of which they do not say it. odd_rows: the defects of rows in its files.
    """

    ours: Estimate | None = None
    bounds: Bounds | None = None
    n_failed: int = 0
    n_items: int = 0
    changes: tuple[ReadingChange, ...] = ()
    ties_half: Estimate | None = None
    missing: str | None = None
    own: Estimate | None = None
    n_own: int = 0
    n_own_different: int = 0
    n_mixed: int | None = None
    n_mix_unknown: int = 0
    odd_rows: tuple[str, ...] = ()

    @property
    def match(self) -> bool:
        """Whether ours is the published value, to 1e-9; two undefined values match."""
        if self.ours is None:
            return False
        both_undefined = math.isnan(self.published) and math.isnan(self.ours.value)
        return both_undefined or abs(self.published - self.ours.value) <= TOLERANCE


def figure(plan: FigurePlan, recorded: RecordedReplies, readings: Readings | None, *, draws: int, seed: int) -> Figure:
    """The figure that a plan makes of our readings; without readings, of the recorded decisions as they are."""
    given: dict[str, Any] = {each.name: getattr(plan.published, each.name) for each in fields(plan.published)}
    if plan.missing is not None:
        return Figure(**given, missing=plan.missing)
    cases, n_items = _cases(plan, recorded, readings)
    given |= {"changes": reading_changes(cases, n_items), "n_items": n_items, "odd_rows": _odd_rows(plan, recorded)}
    decisions = [case.ours for case in cases]
    if plan.kind == "versus":
        return Figure(**given, **_win_rate(decisions))
    labels = [str(case.label) for case in cases]
    found = agreement(decisions, labels, rng=np.random.default_rng(seed), draws=draws)
    given |= _own_agreement(plan, recorded, cases, np.random.default_rng(seed), draws)
    return Figure(**given, ours=found.kappa, bounds=found.bounds, n_failed=found.n_failed)


def _odd_rows(plan: FigurePlan, recorded: RecordedReplies) -> tuple[str, ...]:
    """The defects of rows in the files of a figure."""
    folder, dataset = recorded.folder, plan.dataset
    files = (
        folder / "published.json",
        folder / f"items_{dataset}.jsonl",
        folder / f"{dataset}_prompts.jsonl",
        recorded.path(dataset, plan.strategy),
    )
    return tuple(str(defect) for path in files for defect in recorded.odd_rows.get(path, ()))


def _recorded_verdict(decision: Decision) -> Verdict:
    return Verdict.failure("no decision was recorded") if decision == "failed" else Verdict(decision=decision)


def _own_agreement(
    plan: FigurePlan, recorded: RecordedReplies, cases: Sequence[Case], rng: np.random.Generator, draws: int
) -> dict[str, Any]:
    """The kappa against the items' own labels, where the file has some, and what it says of the used labels."""
    items = recorded.items(plan.dataset, plan.strategy).values()
    own = [(case.ours, case.own_label) for case in cases if case.own_label is not None]
    known = [item.is_mixed for item in items if item.is_mixed is not None]
    found: dict[str, Any] = {
        "n_own": sum(item.own_label is not None for item in items),
        "n_own_different": sum(item.is_own is False for item in items),
        "n_mixed": sum(known) if known else None,
        "n_mix_unknown": len(items) - len(known),
    }
    if not own:
        return found
    decisions, labels = [decision for decision, _ in own], [str(label) for _, label in own]
    return found | {"own": agreement(decisions, labels, rng=rng, draws=draws).kappa}


def _win_rate(decisions: Sequence[str]) -> dict[str, Any]:
    """The share of wins in per cent, with a tie as no win, as published."""
    outcomes = [DUEL_OUTCOMES[decision] for decision in decisions]
    strict = win_rate_strict(outcomes)
    bounds = Bounds(100 * strict.bounds.low, 100 * strict.bounds.high)
    half = _per_cent(win_rate(outcomes).rate)
    return {"ours": _per_cent(strict.rate), "bounds": bounds, "n_failed": strict.failed, "ties_half": half}


def _per_cent(rate: Estimate) -> Estimate:
    return Estimate(100 * rate.value, 100 * rate.low, 100 * rate.high, rate.n, rate.confidence)


def _cases(plan: FigurePlan, recorded: RecordedReplies, readings: Readings | None) -> tuple[list[Case], int]:
    """The rows of a figure, and the number of items. A jury's rows are the items that all jurors replied to."""
    replies = recorded.replies(plan.dataset, plan.strategy)
    members = [replies[member] for member in plan.members]
    ours = None if readings is None else [readings[plan.place][member] for member in plan.members]
    items = recorded.items(plan.dataset, plan.strategy)
    ids = list(items) or list(dict.fromkeys(id for of_one in replies.values() for id in of_one))
    cases = []
    for id in ids:
        if all(id in member for member in members):
            given = [member[id] for member in members]
            then = [_recorded_verdict(reply.decision) for reply in given]
            read = then if ours is None else [verdicts[id] for verdicts in ours]
            item = items.get(id)
            label, own = (item.label, item.own_label) if item else (None, None)
            if plan.kind == "jury":
                cases.append(case_of_jury(then, read, label, own))
            else:
                reason = change_reason(given[0], read[0], plan.strategy)
                cases.append(Case(given[0].decision, read[0].decision, label, own, reason))
    return cases, len(ids)
