"""The source of a run's items: a file that is read piece by piece, or a list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from fellowship.protocols.content import ChatMessage, Prompt
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.storage.items import Defect, item_of, read_items

RawItem: TypeAlias = str | Sequence[ChatMessage] | Prompt | Item | Mapping[str, Any]
Prompts: TypeAlias = str | Path | Iterable[RawItem]


@dataclass(frozen=True, slots=True)
class Source:
    """Items that can be iterated more than once; `n` is the most that are taken, None for all.

    The prompts are kept as given and converted during iteration, so memory follows the size of their texts.
    """

    prompts: Path | tuple[RawItem, ...]
    n_candidates: int
    n: int | None

    def __iter__(self) -> Iterator[Item]:
        """The items; InputError or ConfigurationError at the first that cannot be used."""
        return self.starting_at(0)

    def starting_at(self, position: int) -> Iterator[Item]:
        """The items from this position, which counts from 0."""
        if isinstance(self.prompts, Path):
            n = None if self.n is None else max(0, self.n - position)
            return read_items(self.prompts, n_candidates=self.n_candidates, skip=position, n=n)
        given = enumerate(self.prompts[position : self.n], start=position)
        return (_item_from(number, each, self.n_candidates) for number, each in given)


def open_source(prompts: Prompts, *, n_candidates: int, n: int | None) -> Source:
    """A source of items: a string or path names a file; anything else is copied now. ConfigurationError if empty."""
    if n is not None and n < 1:
        raise ConfigurationError(f"n is {n}; expected at least 1")
    if isinstance(prompts, str | Path):
        return Source(Path(prompts), n_candidates, n)
    given = tuple(prompts)
    if not given:
        raise ConfigurationError("there are no prompts; expected at least one")
    return Source(given, n_candidates, n)


def _item_from(position: int, given: RawItem, needed: int) -> Item:
    if type(given) is str and given.strip():  # the common case, whose Item needs no look at columns
        item = Item(prompt=Prompt.of(given))
    elif isinstance(given, Item):
        item = given
    elif isinstance(given, Prompt):
        item = Item(prompt=given)
    else:
        try:
            item = item_of({"prompt": given} if isinstance(given, str | list) else given)
        except Defect as defect:
            column = f"column '{defect.column}': " if defect.column is not None else ""
            raise ConfigurationError(f"prompts[{position}]: {column}{defect}") from defect
    if len(item.candidates) < needed:
        msg = f"prompts[{position}] has {len(item.candidates)} answers, but the scenario compares {needed}"
        raise ConfigurationError(msg)
    return item
