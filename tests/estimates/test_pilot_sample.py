"""The sample of a pilot: spread over the sizes, the same in every call, and no second one where one is finished."""

from itertools import pairwise
from random import Random

import pytest

from fellowship.estimates.pilot_sample import pilot_positions

SORTED = {position: 10.0 * 1.02**position for position in range(300)}


def test_every_stratum_has_one() -> None:
    """Of items sorted by size no part is left out, and the long ones are drawn more often."""
    chosen = sorted(pilot_positions(SORTED, 20, ()))
    gaps = [after - before for before, after in pairwise(chosen)]

    assert len(chosen) == 20
    assert chosen[0] < 30
    assert chosen[-1] > 290
    assert gaps == sorted(gaps, reverse=True)
    assert max(gaps) <= 30


def test_order_in_the_file_does_not_matter() -> None:
    """The same sizes are chosen."""
    shuffled = list(SORTED.values())
    Random(3).shuffle(shuffled)

    chosen = pilot_positions(dict(enumerate(shuffled)), 20, ())

    assert sorted(shuffled[at] for at in chosen) == sorted(SORTED[at] for at in pilot_positions(SORTED, 20, ()))


def test_finished_conversations_stand_for_their_stratum() -> None:
    """A repeated pilot asks nothing, a larger one keeps most; the first twenty of a sorted file are one stratum."""
    first = pilot_positions(SORTED, 20, ())
    beginning = set(range(20))

    assert pilot_positions(SORTED, 20, first) == first
    assert len(pilot_positions(SORTED, 40, first) - first) <= 24
    assert len(pilot_positions(SORTED, 20, beginning) - beginning) == 19


@pytest.mark.parametrize(
    ("sizes", "n", "expected"),
    [
        ([5, 5, 5, 5], 2, {0, 2}),
        ([1, 1, 1, 1, 1000], 2, {2, 4}),
        ([0, 0, 0], 2, {0, 2}),
        ([3, 1], 5, {0, 1}),
        ([], 3, set()),
        ([1, 2, 10_000, 10_001], 3, {1, 2, 3}),
    ],
    ids=["equal", "one is long", "no text", "fewer than asked for", "none", "two are long"],
)
def test_small_files(sizes: list[float], n: int, expected: set[int]) -> None:
    """As many as there are, at most n."""
    chosen = pilot_positions(dict(enumerate(sizes)), n, ())

    assert len(chosen) == min(n, len(sizes))
    assert chosen == expected
