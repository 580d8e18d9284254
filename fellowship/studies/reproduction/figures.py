"""A published figure beside ours: the value with its interval, failures, and changed decisions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from fellowship.protocols.content import Verdict
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
    bounds: of any resolution of the failed rows. ties_half: a win rate in which ties count half.
    """

    ours: Estimate | None = None
    bounds: Bounds | None = None
    n_failed: int = 0
    n_items: int = 0
    changes: tuple[ReadingChange, ...] = ()
    ties_half: float | None = None
    missing: str | None = None

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
    given |= {"changes": reading_changes(cases, n_items), "n_items": n_items}
    decisions = [case.ours for case in cases]
    if plan.kind == "versus":
        return Figure(**given, **_win_rate(decisions))
    labels = [str(case.label) for case in cases]
    found = agreement(decisions, labels, rng=np.random.default_rng(seed), draws=draws)
    return Figure(**given, ours=found.kappa, bounds=found.bounds, n_failed=found.n_failed)


def _win_rate(decisions: Sequence[str]) -> dict[str, Any]:
    """The share of wins in per cent, with a tie as no win, as published."""
    outcomes = [DUEL_OUTCOMES[decision] for decision in decisions]
    strict = win_rate_strict(outcomes)
    rate = strict.rate
    per_cent = Estimate(100 * rate.value, 100 * rate.low, 100 * rate.high, rate.n, rate.confidence)
    bounds = Bounds(100 * strict.bounds.low, 100 * strict.bounds.high)
    half = 100 * win_rate(outcomes).rate.value
    return {"ours": per_cent, "bounds": bounds, "n_failed": strict.failed, "ties_half": half}


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
            then = [Verdict(decision=reply.decision) for reply in given]
            read = then if ours is None else [verdicts[id] for verdicts in ours]
            label = items[id].label if id in items else None
            if plan.kind == "jury":
                cases.append(case_of_jury(then, read, label))
            else:
                reason = change_reason(given[0], read[0], plan.strategy)
                cases.append(Case(given[0].decision, read[0].decision, label, reason))
    return cases, len(ids)
