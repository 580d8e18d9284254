"""The sample of a pilot: spread over the sizes, the same in every call, and no second one where one is finished."""

from itertools import pairwise
from random import Random

import pytest

from fellowship.estimates.item_sample import ItemTraits, by_nearest_size, sampled_positions, sampled_shapes

SORTED = {position: 10.0 * 1.02**position for position in range(300)}


def test_every_stratum_has_one() -> None:
    """Of items sorted by size no part is left out, and the long ones are drawn more often."""
    chosen = sorted(sampled_positions(SORTED, 20, ()))
    gaps = [after - before for before, after in pairwise(chosen)]

    assert len(chosen) == 20
    assert chosen[0] < 30
    assert chosen[-1] > 290
    assert sum(gaps[:10]) > 1.5 * sum(gaps[10:])
    assert max(gaps) <= 60


@pytest.mark.parametrize("period", [2, 3, 5])
def test_rows_that_alternate_do_not_fall_in_step_with_the_sample(period: int) -> None:
    """Of 200 rows each kind is drawn, whether its sizes differ or not, and in each file another seed draws others."""
    equal = dict.fromkeys(range(200), 7.0)
    growing = {position: 10.0 + position for position in range(200)}
    for sizes in (equal, growing):
        kinds = [position % period for position in sampled_positions(sizes, 20, ())]

        assert min(kinds.count(kind) for kind in range(period)) >= 1
        assert sampled_positions(sizes, 20, ()) == sampled_positions(sizes, 20, ())
        assert sampled_positions(sizes, 20, (), seed=1) != sampled_positions(sizes, 20, ())


def test_a_few_long_rows_at_the_end_are_drawn() -> None:
    """Five of 200 have most of the text."""
    sizes = {position: 20.0 if position < 195 else 12_000.0 for position in range(200)}

    assert any(position >= 195 for position in sampled_positions(sizes, 20, ()))


def test_each_shape_has_a_part_of_the_sample() -> None:
    """Half of the pairs are equal; one item alone has three answers."""
    traits = {at: ItemTraits(10.0, 2, 1 + at % 2) for at in range(40)} | {40: ItemTraits(10.0, 3, 3)}

    chosen = sampled_shapes(traits, 20, seed=0)

    assert [sum(traits[at].shape == shape for at in chosen) for shape in ((2, 1), (2, 2), (3, 3))] == [10, 10, 1]


def test_sizes_stand_for_the_nearest() -> None:
    """A sampled size has those to which no other is nearer."""
    assert by_nearest_size([10, 100, 10], [1, 54, 56, 200]) == {10: [1, 54], 100: [56, 200]}
    assert by_nearest_size([], [1, 2]) == {}


def test_order_in_the_file_does_not_matter() -> None:
    """The same sizes are chosen."""
    shuffled = list(SORTED.values())
    Random(3).shuffle(shuffled)

    chosen = sampled_positions(dict(enumerate(shuffled)), 20, ())

    assert sorted(shuffled[at] for at in chosen) == sorted(SORTED[at] for at in sampled_positions(SORTED, 20, ()))


def test_finished_conversations_stand_for_their_stratum() -> None:
    """A repeated pilot asks nothing, a larger one keeps most; the first twenty of a sorted file are one stratum."""
    first = sampled_positions(SORTED, 20, ())
    beginning = set(range(20))

    assert sampled_positions(SORTED, 20, first) == first
    assert len(sampled_positions(SORTED, 40, first) - first) <= 24
    assert len(sampled_positions(SORTED, 20, beginning) - beginning) == 19


@pytest.mark.parametrize(
    ("sizes", "n", "strata"),
    [
        ([5, 5, 5, 5], 2, [{0, 1}, {2, 3}]),
        ([1, 1, 1, 1, 1000], 2, [{0, 1, 2, 3}, {4}]),
        ([0, 0, 0, 0], 2, [{0, 1}, {2, 3}]),
        ([3, 1], 5, [{0}, {1}]),
        ([], 3, []),
        ([1, 2, 10_000, 10_001], 3, [{0, 1}, {2}, {3}]),
    ],
    ids=["equal", "one is long", "no text", "fewer than asked for", "none", "two are long"],
)
def test_small_files(sizes: list[float], n: int, strata: list[set[int]]) -> None:
    """As many as there are, at most n: one of each stratum."""
    chosen = sampled_positions(dict(enumerate(sizes)), n, ())

    assert [len(stratum & chosen) for stratum in strata] == [1] * min(n, len(sizes))
    assert len(chosen) == min(n, len(sizes))
