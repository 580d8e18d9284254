"""Biases of an evaluator: towards the seat of a response, and towards its length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fellowship.statistics.agreement import VERDICT_CATEGORIES
from fellowship.statistics.categories import check_same_length, encode
from fellowship.statistics.estimate import Bounds, Estimate, rate_bounds
from fellowship.statistics.proportion import paired_proportion, wilson

ORDER_VERDICTS = ("A", "B", "tie", "failed")
_A, _B, _TIE, _FAILED = range(4)


@dataclass(frozen=True, slots=True)
class SeatBias:
    """The influence of the order of two responses on the verdict.

    flip_rate: the share of items whose two orders gave different verdicts, also a win and a tie; n is the items
        answered in both orders. 0 is best. Wilson's interval.
    first_seat_rate: of the per-order verdicts that are no tie, the share that went to the first seat; n is the items
        with one. 0.5 is best, and exact for an evaluator that never flips or fails. Interval: `paired_proportion`.
    flip_bounds, first_seat_bounds: the lowest and the highest that any resolution of the failed verdicts gives.
    n_items: all items. n_failed: items with at least one failed order.
    n_decided: the per-order verdicts that are no tie and did not fail, at most two per item.
    """

    flip_rate: Estimate
    first_seat_rate: Estimate
    flip_bounds: Bounds
    first_seat_bounds: Bounds
    n_items: int
    n_failed: int
    n_decided: int


def seat_bias(a_first: Sequence[str], b_first: Sequence[str], *, confidence: float = 0.95) -> SeatBias:
    """The seat bias of an evaluator that saw each item in both orders.

    a_first, b_first: its verdicts with response A, and with B, in the first seat, shape (n,); each A, B, tie or failed,
    named after the response. Any other value raises ValueError with its position. Undefined without verdicts to count.

    >>> found = seat_bias(["A", "A", "B", "tie"] * 25, ["A", "B", "B", "tie"] * 25)
    >>> print(found.flip_rate, found.first_seat_rate)
    0.25 [0.18, 0.34] 0.67 [0.61, 0.72]
    """
    check_same_length(a_first=a_first, b_first=b_first)
    verdicts_io = np.stack(
        [encode(a_first, ORDER_VERDICTS, name="a_first"), encode(b_first, ORDER_VERDICTS, name="b_first")], axis=1
    )
    answered_i = (verdicts_io != _FAILED).all(axis=1)
    flips = int(np.count_nonzero(verdicts_io[answered_i, 0] != verdicts_io[answered_i, 1]))
    first_seat_i = (verdicts_io == [_A, _B]).sum(axis=1)
    decided_i = (verdicts_io < _TIE).sum(axis=1)
    n_answered, n_decided = int(answered_i.sum()), int(decided_i.sum())
    n_failed_verdicts = int(np.count_nonzero(verdicts_io == _FAILED))
    return SeatBias(
        flip_rate=wilson(flips, n_answered, confidence),
        first_seat_rate=paired_proportion(first_seat_i, decided_i, confidence),
        flip_bounds=rate_bounds(flips, n_answered, len(a_first) - n_answered),
        first_seat_bounds=rate_bounds(int(first_seat_i.sum()), n_decided, n_failed_verdicts),
        n_items=len(a_first),
        n_failed=len(a_first) - n_answered,
        n_decided=n_decided,
    )


def longer_wins_rate(
    verdicts: Sequence[str], len_a: ArrayLike, len_b: ArrayLike, *, confidence: float = 0.95
) -> Estimate:
    """The share of decided verdicts that went to the longer response, with Wilson's interval.

    verdicts: A, B, tie, inconsistent or failed per item; any other raises ValueError with its position. len_a, len_b:
    the responses' lengths in one unit. All of shape (n,). Verdicts other than A and B leave n, and so do items of two
    equal lengths. Longer responses may be better: compare with the same rate of people's labels.

    >>> print(longer_wins_rate(["A", "A", "B", "tie"] * 25, [9, 5, 3, 8] * 25, [4, 7, 6, 2] * 25))
    0.67 [0.55, 0.76]
    """
    lengths_a, lengths_b = np.asarray(len_a), np.asarray(len_b)
    check_same_length(verdicts=verdicts, len_a=lengths_a, len_b=lengths_b)
    codes = encode(verdicts, VERDICT_CATEGORIES, name="verdicts")
    decided = (codes < _TIE) & (lengths_a != lengths_b)
    longer = np.where(lengths_a > lengths_b, _A, _B)
    return wilson(int(np.count_nonzero(decided & (codes == longer))), int(np.count_nonzero(decided)), confidence)
