"""The decisions of people in a row: its label and the votes of its annotators, in all forms that are understood.

Labels that are numbers of a class (`ClassLabel` of `datasets`) are read by the names that the file or data set gives.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from fellowship.formatting.shorten import short_repr
from fellowship.protocols.content import Label
from fellowship.storage.decision_columns import decision_defect, hidden_decisions
from fellowship.storage.item_columns import Defect, ItemColumns, filled, json_type, value_of

ClassNames: TypeAlias = Mapping[str, Sequence[str]]
"""The names of the classes, by column: the number 0 stands for the first."""

LABEL_FORMS: dict[str, Label] = {
    "a": "A", "b": "B", "tie": "tie",
    "a>b": "A", "a>>b": "A", "b<a": "A", "b>a": "B", "b>>a": "B", "a<b": "B", "a<<b": "B", "a=b": "tie", "b=a": "tie",
    "[[a]]": "A", "[[b]]": "B", "[[c]]": "tie", "[[a>b]]": "A", "[[a>>b]]": "A", "[[b>a]]": "B", "[[b>>a]]": "B",
    "[[a=b]]": "tie", "first": "A", "second": "B", "model a": "A", "model b": "B", "response a": "A", "response b": "B",
    "answer a": "A", "answer b": "B",
    "model_a": "A", "model_b": "B",
    "response_a": "A", "response_b": "B", "answer_a": "A", "answer_b": "B",
    "1": "A", "2": "B", "1.5": "tie", "0": "tie",
    "1.0": "A", "2.0": "B", "0.0": "tie",
}  # fmt: skip
NUMBERS = frozenset(form for form in LABEL_FORMS if form[0].isdigit())
LONGEST_FORM = 40
NOT_A_TIE = ("tie (bothbad)", "both bad", "bothbad", "both_bad", "neither")
UNNAMED_CLASS = -1  # of `datasets`: no class is known


def label_of(column: str, value: Any) -> Label:
    """A label in any of the forms that are understood."""
    form = _form(value)
    label = None if isinstance(value, bool) else LABEL_FORMS.get(form)
    if label is None:
        advice = "; where both answers are bad, write tie, or leave the label empty" if form in NOT_A_TIE else ""
        expected = "expected A, B or tie (also model_a, model_b; 1, 2, 1.5)"
        raise Defect(column, f"{short_repr(value, 80)} is no label; {expected}{advice}")
    return label


def row_decisions(
    row: Mapping[str, Any], columns: ItemColumns, class_names: ClassNames, *, compared: bool
) -> tuple[Label | None, tuple[Label, ...]]:
    """The label and the votes of a row; Defect for a decision that is not understood.

    `compared`: the row has two answers; without them there is nothing to decide, and its labels and votes are not
    read. The strict majority of the votes is the label where no column has it; without a majority there is no label.
    """
    if not compared:
        return None, ()
    votes: tuple[Label, ...] = tuple(label_of(name, vote) for name, vote in _votes(row, columns, class_names))
    found: Label | None = None
    for name in columns.label:
        value = _class_name(name, _given(row, name), class_names)
        if found is None and value is not None:
            found = label_of(name, value)
        elif value is not None and _reads_as_label(value) and label_of(name, value) != found:
            raise Defect(name, f"{short_repr(value, 40)} contradicts the label {found} of the same row")
    if (problem := contradiction(found, votes)) is not None:
        raise Defect(_first_votes(row, columns), problem)
    if found is None:
        found = majority(votes)
        if found is None and not columns.label:
            hidden: dict[str, Any] = {}
            for name, value in hidden_decisions(row, columns, class_names):
                hidden.setdefault(name, value)
            if hidden:
                raise decision_defect(hidden)
    return found, votes


def contradiction(label: Label | None, votes: Sequence[Label]) -> str | None:
    """What is wrong with votes that are all for another label; None for all others."""
    if label is None or len(votes) < 2 or label in votes or len(set(votes)) > 1:
        return None
    problem = f"all {len(votes)} are {votes[0]}, which contradicts the label {label} of the same row"
    return f"{problem}; correct one of them"


def majority(votes: Sequence[Label]) -> Label | None:
    """The label of more than half of the votes; None where none has them."""
    if not votes:
        return None
    label, n = Counter(votes).most_common(1)[0]
    return label if 2 * n > len(votes) else None


def label_numbers(row: Mapping[str, Any], columns: ItemColumns, class_names: ClassNames) -> Iterator[tuple[float, str]]:
    """The labels and votes of a row of two answers that are numbers, also as texts, with their columns."""
    labels = ((name, _class_name(name, _given(row, name), class_names)) for name in columns.label)
    for name, value in (*labels, *_votes(row, columns, class_names)):
        if value is not None and str(value).strip() in NUMBERS:
            yield float(value), name


def unclear_numbers(numbers: Iterable[float]) -> str | None:
    """The reason why a file with only these numbers as labels has no certain meaning; None if it has one.

    0 is a tie beside 1.5, which counts from 1; without it, 0 may be the first of two or of three classes.
    """
    found = sorted(set(numbers))
    if 0 not in found or 1.5 in found:
        return None
    meaning = "tie and A, or A and B" if 2 not in found else "tie, A and B, or A, B and tie"
    occurring = "only 0 occurs" if found == [0] else f"only {' and '.join(f'{each:g}' for each in found)} occur"
    return f"{occurring}, which may mean {meaning}; write A, B and tie"


def _votes(row: Mapping[str, Any], columns: ItemColumns, class_names: ClassNames) -> Iterator[tuple[str, Any]]:
    """The votes with their column, those without a value left out."""
    first: tuple[str, Any] | None = None
    for name in columns.votes:
        value = filled(row, name)
        if value is None:
            continue
        if first is not None:
            if value != first[1]:
                raise Defect(name, f"differs from the column '{first[0]}'; rename or remove one of them")
            continue
        first = name, value
        if not isinstance(value, list):
            advice = ", or did you mean 'label'?" if name == "labels" else ""
            raise Defect(name, f"expected a list of labels, got {json_type(value)}{advice}")
        for vote in value:
            named = _class_name(name, _given({name: vote}, name), class_names)
            if named is not None:
                yield name, named


def _first_votes(row: Mapping[str, Any], columns: ItemColumns) -> str:
    return next((name for name in columns.votes if filled(row, name) is not None), "votes")


def _given(row: Mapping[str, Any], name: str) -> Any:
    """A value; None for an empty text, as a table with gaps has it."""
    value = value_of(row, name)
    return None if isinstance(value, str) and not value else value


def _class_name(column: str, value: Any, class_names: ClassNames) -> Any:
    names = class_names.get(column)
    if names is None or value is None or isinstance(value, str | bool):
        return value
    if value == UNNAMED_CLASS:
        return None
    if not isinstance(value, int | float) or not 0 <= value < len(names) or value != int(value):
        raise Defect(column, f"{short_repr(value, 40)} is not one of the classes {', '.join(names)}")
    return names[int(value)]


def _form(value: Any) -> str:
    """The text of a value as LABEL_FORMS has it."""
    form = str(value).strip().lower()
    return form if form in LABEL_FORMS or len(form) > LONGEST_FORM else re.sub(r"\s*([<>=]+)\s*", r"\1", form)


def _reads_as_label(value: Any) -> bool:
    return not isinstance(value, bool) and _form(value) in LABEL_FORMS
