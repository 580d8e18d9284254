"""Which items a pilot executes: a sample that is spread over the sizes of the items, the same in every call."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate


def pilot_positions(sizes: Mapping[int, float], n: int, done: Collection[int]) -> frozenset[int]:
    """The positions of at most `n` items, of all in `sizes`: one in each stratum, a finished one where there is one.

    The items are ordered by size, then position, and cut into `n` strata of equal weight, where an item weighs its size
    plus the mean size. So half of the weight is their number and half their length: long items, which cost most, are
    drawn more often than short ones, and no part of the file is left out. Of each stratum the item in its middle is
    taken. A stratum with a finished conversation needs no other, so a repeated pilot asks nothing again.
    """
    order = sorted(sizes, key=lambda position: (sizes[position], position))
    if n >= len(order):
        return frozenset(order)
    mean = sum(sizes.values()) / len(sizes) or 1.0
    ends = list(accumulate(sizes[position] + mean for position in order))
    chosen: list[int] = []
    place = 0
    for stratum in range(n):
        first = place
        n_behind = n - stratum - 1  # each further stratum keeps an item
        while place == first or (place < len(order) - n_behind and ends[place] <= ends[-1] * (stratum + 1) / n):
            place += 1
        middle = ends[-1] * (stratum + 0.5) / n
        finished = [number for number in range(first, place) if order[number] in done]
        members = finished or range(first, place)
        chosen.append(min(members, key=lambda number: (abs(_centre(ends, number) - middle), number)))
    return frozenset(order[number] for number in chosen)


def _centre(ends: Sequence[float], number: int) -> float:
    return (ends[number] + (ends[number - 1] if number else 0.0)) / 2
