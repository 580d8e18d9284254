"""Which items a pilot executes and a dry run simulates: a random one of each stratum of sizes, the same in every call.

Even steps through a file or through its sizes would fall in step with rows that alternate, so places are random.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple

from fellowship.protocols.items import Item
from fellowship.protocols.tokens import count_tokens

FEWEST_TO_DRAW_FROM = 4


class ItemTraits(NamedTuple):
    """Of every item, without a reply: its expected tokens, and the number of its answers and of different ones."""

    size: float
    n_answers: int = 0
    n_different: int = 0

    @classmethod
    def of(cls, item: Item) -> "ItemTraits":
        """The size counts all texts of the item."""
        answers = [each.text for each in item.candidates]
        texts = [*(message["content"] for message in item.prompt.chat), item.prompt.reference or "", *answers]
        return cls(count_tokens("\n".join(texts)).expected, len(answers), len(set(answers)))

    @property
    def shape(self) -> tuple[int, int]:
        """The traits that may decide how often a scenario asks: no scenario compares equal answers."""
        return self.n_answers, self.n_different


def sampled_positions(
    sizes: Mapping[int, float], n: int, done: Collection[int] = (), *, seed: int = 0
) -> frozenset[int]:
    """The positions of at most `n` items, of all in `sizes`: one in each stratum, a finished one where there is one.

    The items are ordered by size, then position, and cut into `n` strata of equal weight, where an item weighs its size
    plus the mean size. So half of the weight is their number and half their length: long items, which cost most, are
    drawn more often than short ones, and no part of the file is left out. Of each stratum one item is drawn by `seed`,
    of the half nearest to its middle: sizes at its ends widen the interval of a line. A stratum with a finished
    conversation needs no other, so a repeated pilot asks nothing again.
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
        numbers = sorted(range(first, place), key=lambda number: (abs(_centre(ends, number) - middle), number))
        members = [order[number] for number in numbers]
        finished = [position for position in members if position in done]
        inner = members[: max(FEWEST_TO_DRAW_FROM, len(members) // 2)]
        chosen.append(finished[0] if finished else Random(f"{seed} {stratum} {n}").choice(inner))
    return frozenset(chosen)


def sampled_shapes(traits: Mapping[int, ItemTraits], n: int, *, seed: int) -> frozenset[int]:
    """About `n` positions: of each shape in proportion to its items, at least one; of the `n` commonest shapes only."""
    sizes: defaultdict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    for position, each in traits.items():
        sizes[each.shape][position] = each.size
    commonest = Counter({shape: len(found) for shape, found in sizes.items()}).most_common(n)
    shares = {shape: max(1, round(n * count / len(traits))) for shape, count in commonest}
    return frozenset().union(*(sampled_positions(sizes[shape], share, seed=seed) for shape, share in shares.items()))


def _centre(ends: Sequence[float], number: int) -> float:
    return (ends[number] + (ends[number - 1] if number else 0.0)) / 2


def by_nearest_size(sampled: Iterable[float], sizes: Sequence[float]) -> dict[float, list[float]]:
    """The `sizes` that each sampled size stands for: those to which none is nearer, the smaller of two equally near."""
    known = sorted(set(sampled))
    nearest: dict[float, list[float]] = {each: [] for each in known}
    for size in sizes if known else ():
        place = bisect_left(known, size)
        nearest[min(known[max(0, place - 1) : place + 1], key=lambda each: abs(each - size))].append(size)
    return nearest
