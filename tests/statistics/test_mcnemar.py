"""McNemar's exact test, against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from fellowship.statistics.mcnemar import mcnemar

COUNTS = st.integers(0, 300)


@given(COUNTS, COUNTS)
def test_it_is_the_binomial_test_of_scipy(only_a: int, only_b: int) -> None:
    """Two-sided, with one half; exchanging the two changes nothing."""
    expected = binomtest(only_a, only_a + only_b, 0.5).pvalue if only_a + only_b else 1.0

    assert mcnemar(only_a, only_b) == pytest.approx(expected, rel=1e-9)
    assert mcnemar(only_a, only_b) == mcnemar(only_b, only_a)


def test_without_a_difference_p_is_one() -> None:
    """As it is where both differ equally often."""
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(8, 8) == 1.0


def test_thousands_of_differences_do_not_lose_the_small_p() -> None:
    """Whole numbers do not run out of range."""
    assert mcnemar(4000, 5000) == pytest.approx(binomtest(4000, 9000, 0.5).pvalue, rel=1e-9)


@pytest.mark.parametrize(("only_a", "only_b"), [(-1, 3), (3, -1)])
def test_negative_counts_are_refused(only_a: int, only_b: int) -> None:
    """They count nothing."""
    with pytest.raises(ValueError, match=rf"^only_a is {only_a} and only_b is {only_b}; expected counts of 0 or more$"):
        mcnemar(only_a, only_b)
