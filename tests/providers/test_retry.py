"""How often a failed request is made again, and after how long."""

import random
from typing import Any

import pytest

from fellowship.providers.retry import Retry


def test_waits_grow_and_are_drawn_in_full() -> None:
    """The n-th is between 0 and first_wait_s * 2**(n - 1), never above longest_wait_s."""
    retry, rng = Retry(attempts=200, first_wait_s=1.0, longest_wait_s=8.0), random.Random(1)

    waits = [retry.wait_s(attempt, rng) for attempt in range(1, 200)]

    for wait_s, longest in zip(waits, [1.0, 2.0, 4.0, *[8.0] * 196], strict=True):
        assert 0.0 <= wait_s <= longest
    assert min(waits[3:]) < 0.5
    assert max(waits) > 7.5


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"first_wait_s": -1.0}, {"first_wait_s": 2.0, "longest_wait_s": 1.0}]
)
def test_a_retry_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    """At the first line that can know."""
    with pytest.raises(ValueError, match="expected"):
        Retry(**wrong)
