"""What failed items could have done, against every resolution of them."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fellowship.statistics.estimate import Bounds, rate_bounds
from fellowship.statistics.kappa import kappa_bounds, kappa_of_tables

TABLES = st.lists(st.lists(st.integers(0, 8), min_size=3, max_size=3), min_size=3, max_size=3)
FAILED = st.lists(st.integers(0, 4), min_size=3, max_size=3)
MANY_FAILED = st.lists(st.integers(0, 300), min_size=3, max_size=3)


def shares(n: int) -> Iterator[tuple[int, int, int]]:
    """All ways to divide n failed items between three verdicts."""
    return ((a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a))


def kappas_of_all_resolutions(counts_ij: list[list[int]], failed_j: list[int]) -> NDArray[np.float64]:
    """The defined kappas by brute force."""
    resolutions_cij = np.array(list(itertools.product(*map(shares, failed_j)))).transpose(0, 2, 1)
    kappas = kappa_of_tables(np.array(counts_ij) + resolutions_cij)
    return kappas[~np.isnan(kappas)]


@given(TABLES, FAILED)
@example([[5, 0, 0], [0, 0, 0], [0, 0, 0]], [3, 0, 0])
@example([[0, 0, 0], [0, 0, 0], [0, 0, 0]], [2, 1, 0])
def test_kappa_bounds_are_those_of_all_resolutions(counts_ij: list[list[int]], failed_j: list[int]) -> None:
    """Exact, and not merely outer: every division of the failed items was tried."""
    kappas = kappas_of_all_resolutions(counts_ij, failed_j)

    bounds = kappa_bounds(np.array(counts_ij), np.array(failed_j))

    if kappas.size:
        assert bounds == (kappas.min(), kappas.max())
    else:
        assert bounds == Bounds(math.nan, math.nan)


@given(TABLES, MANY_FAILED, st.integers(0, 2**32 - 1))
def test_kappa_bounds_hold_any_random_resolution(counts_ij: list[list[int]], failed_j: list[int], seed: int) -> None:
    """Also with more failures than could be tried one by one."""
    rng = np.random.default_rng(seed)
    resolved_ji = [rng.multinomial(n, rng.dirichlet(np.ones(3))) for n in failed_j]

    bounds = kappa_bounds(np.array(counts_ij), np.array(failed_j))

    kappa = float(kappa_of_tables(np.array(counts_ij) + np.transpose(resolved_ji)))
    assert math.isnan(kappa) or bounds.low <= kappa <= bounds.high


@given(TABLES, MANY_FAILED)
def test_kappa_bounds_hold_the_kappa_of_the_answered_items(counts_ij: list[list[int]], failed_j: list[int]) -> None:
    """From above always; from below as long as it is no worse than chance."""
    kappa = float(kappa_of_tables(np.array(counts_ij)))

    bounds = kappa_bounds(np.array(counts_ij), np.array(failed_j))

    assert math.isnan(kappa) or kappa <= bounds.high
    assert math.isnan(kappa) or kappa < 0 or bounds.low <= kappa


def test_a_kappa_worse_than_chance_can_lie_beneath_its_bounds() -> None:
    """From -1, every answer to a third item with a new label leads up."""
    bounds = kappa_bounds(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]), np.array([0, 0, 1]))

    assert bounds == (-0.5, 0)


@given(TABLES)
def test_without_failures_both_kappa_bounds_are_the_kappa(counts_ij: list[list[int]]) -> None:
    """Nothing is open."""
    kappa = float(kappa_of_tables(np.array(counts_ij)))

    bounds = kappa_bounds(np.array(counts_ij), np.zeros(3, dtype=np.int64))

    assert bounds == ((kappa, kappa) if not math.isnan(kappa) else Bounds(math.nan, math.nan))


@pytest.mark.parametrize(
    ("successes", "n", "n_failed", "expected"),
    [
        pytest.param(30, 40, 0, Bounds(0.75, 0.75), id="no failures"),
        pytest.param(30, 40, 10, Bounds(0.6, 0.8), id="failures"),
        pytest.param(0, 0, 5, Bounds(0, 1), id="failures only"),
        pytest.param(0, 0, 0, Bounds(math.nan, math.nan), id="no items"),
    ],
)
def test_rate_bounds_count_failures_as_misses_and_as_successes(
    successes: float, n: int, n_failed: int, expected: Bounds
) -> None:
    """All of them one way, then all of them the other way."""
    assert rate_bounds(successes, n, n_failed) == expected
