"""Categories as integers, and their counts; an error names the first unknown value."""

from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = Sequence[Hashable] | NDArray[Any]
"""One category per item, shape (n,)."""


def encode(values: Values, categories: Sequence[Hashable], *, name: str) -> NDArray[np.intp]:
    """The position of each value among the categories, shape (n,).

    An unknown value raises ValueError with its position and the `name` of the argument it came in.

    >>> encode(["tie", "A"], ("A", "B", "tie"), name="labels")
    array([2, 0])
    """
    codes = {category: code for code, category in enumerate(categories)}
    try:
        return np.fromiter((codes[value] for value in values), dtype=np.intp, count=len(values))
    except KeyError:
        position = next(i for i, value in enumerate(values) if value not in codes)
    expected = ", ".join(repr(category) for category in categories)
    raise ValueError(f"{name}[{position}] is {values[position]!r}; expected one of {expected}")


def cross_table(codes: tuple[NDArray[np.intp], NDArray[np.intp]], *, shape: tuple[int, int]) -> NDArray[np.int64]:
    """The number of items with code i in the first and code j in the second sequence, in an array of that shape."""
    counts_ij = np.zeros(shape, dtype=np.int64)
    np.add.at(counts_ij, codes, 1)
    return counts_ij


def check_same_length(**columns: Sequence[Any] | NDArray[Any]) -> None:
    """Raises ValueError, naming both columns, if one of them has another number of items than the first."""
    (first, values), *others = columns.items()
    for name, column in others:
        if len(column) != len(values):
            raise ValueError(f"{name} has {len(column)} items and {first} has {len(values)}; expected the same number")
