"""The source of a run's items: a file that is read piece by piece, or a list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from fellowship.protocols.content import ChatMessage, Prompt
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.runners.prompt_tables import class_names_of, plain_rows, refuse_names, refuse_tables, row_problem
from fellowship.storage.input_survey import InputSurvey
from fellowship.storage.item_columns import Defect, column_list
from fellowship.storage.item_labels import ClassNames, contradiction, majority
from fellowship.storage.items import item_of, surveyed_items
from fellowship.storage.missing_answers import rename_advice
from fellowship.storage.written_values import may_be_refused

RawItem: TypeAlias = str | Sequence[ChatMessage] | Prompt | Item | Mapping[str, Any]
Prompts: TypeAlias = str | Path | Iterable[RawItem]


@dataclass(frozen=True, slots=True)
class Source:
    """Items that can be iterated more than once; `n` is the most that are taken, None for all.

    The prompts are kept as given and converted during iteration, so memory follows the size of their texts.
    `class_names` are those of a data set's columns.
    """

    prompts: Path | tuple[RawItem, ...]
    n_candidates: int
    n: int | None
    class_names: ClassNames = field(default_factory=dict)

    def __iter__(self) -> Iterator[Item]:
        """The items; InputError or ConfigurationError at the first that cannot be used."""
        return self.starting_at(0)

    def starting_at(self, position: int) -> Iterator[Item]:
        """The items from this position, which counts from 0."""
        if isinstance(self.prompts, Path):
            n = None if self.n is None else max(0, self.n - position)
            return surveyed_items(self.prompts, None, n_candidates=self.n_candidates, skip=position, n=n)
        given = enumerate(self.prompts[position : self.n], start=position)
        return (_item_from(number, each, self.n_candidates, self.class_names) for number, each in given)

    def survey(self) -> InputSurvey:
        """What all items together are; InputError or ConfigurationError for the first defect of a row, or of them all.

        Texts, chats and Items of the caller are checked like rows; they have no columns.
        """
        survey = InputSurvey(self.class_names, place="line {}" if isinstance(self.prompts, Path) else "prompts[{}]")
        if isinstance(self.prompts, Path):
            for _ in surveyed_items(self.prompts, survey, n_candidates=self.n_candidates, n=self.n):
                pass
            return survey
        first: dict[int, int] = {}
        for number, (item, given) in enumerate(zip(self, self.prompts, strict=False)):
            if id(given) in first:
                survey.add_again(number, first[id(given)], item)
                continue
            first[id(given)] = number
            row = {"prompt": given} if isinstance(given, list) else given if isinstance(given, Mapping) else None
            survey.add(number, row, item)
        behind = self.prompts[self.n :] if self.n is not None else ()
        try:
            survey.check(enumerate(behind))
        except Defect as defect:
            raise ConfigurationError(f"prompts: column '{defect.column}': {defect}") from defect
        return survey


def open_source(prompts: Prompts, *, n_candidates: int, n: int | None) -> Source:
    """A source of items: a string or path names a file; anything else is copied now. ConfigurationError if empty."""
    if n is not None and n < 1:
        raise ConfigurationError(f"n is {n}; expected at least 1")
    if isinstance(prompts, str | Path):
        return Source(Path(prompts), n_candidates, n)
    refuse_tables(prompts)
    given = tuple(plain_rows(prompts))
    if not given:
        raise ConfigurationError("there are no prompts; expected at least one")
    refuse_names(given)
    return Source(given, n_candidates, n, class_names_of(prompts))


def _item_from(position: int, given: RawItem, needed: int, class_names: ClassNames) -> Item:
    if (
        type(given) is str and given.strip() and not may_be_refused(given)
    ):  # the common case, whose Item needs no look at columns
        item = Item(prompt=Prompt.of(given))
    elif isinstance(given, Item):
        item = _checked(position, given, needed)
    elif isinstance(given, Prompt):
        item = Item(prompt=given)
    else:
        if not isinstance(given, str | list | Mapping) and (problem := row_problem(given)) is not None:
            raise ConfigurationError(f"prompts[{position}] is {problem}")
        try:
            row = {"prompt": given} if isinstance(given, str | list) else given
            item = item_of(row, class_names=class_names)
        except Defect as defect:
            column = f"column '{defect.column}': " if defect.column is not None else ""
            raise ConfigurationError(f"prompts[{position}]: {column}{defect}") from defect
    if len(item.candidates) < needed:
        msg = f"prompts[{position}] has {len(item.candidates)} answers, but the scenario compares {needed}"
        columns = f"; {column_list(given)}{rename_advice(given)}" if isinstance(given, Mapping) else ""
        raise ConfigurationError(f"{msg}{columns}")
    return item


def _checked(position: int, item: Item, needed: int) -> Item:
    """An Item of the caller, with the label of its votes where it has none; ConfigurationError as for a row."""
    if 0 < needed < len(item.candidates):
        msg = f"prompts[{position}] has {len(item.candidates)} answers, but the scenario compares {needed}"
        raise ConfigurationError(f"{msg}; pass one Item for each pair")
    if item.candidates and (problem := contradiction(item.label, item.votes)) is not None:
        raise ConfigurationError(f"prompts[{position}]: votes: {problem}")
    if item.candidates and item.label is None and (label := majority(item.votes)) is not None:
        return item.model_copy(update={"label": label})
    return item
