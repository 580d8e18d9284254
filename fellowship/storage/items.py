"""Prompts and labelled comparisons from JSONL or Parquet. Every defect names the file, the line and the column.

Columns: `prompt` (a text, or chat messages; `question` and `instruction` are understood too), to which `input`,
`context`, `system` and `history` belong, optional `id`, `reference`, `response_a`, `response_b` (also `answer_a`,
`answer_b`; a text, or a draft of another run: an object with `text`, `truncated` and `unknown_finish`),
`response_a_truncated`, `response_b_truncated`, `model_a`, `model_b`, `label` (A, B or tie; also `winner`,
`preference`) and `votes` (labels per annotator). `item_columns.py` has all names; a column that belongs to none of
these parts is ignored.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import InputError
from fellowship.protocols.items import Item
from fellowship.storage.input_survey import InputSurvey
from fellowship.storage.item_columns import (
    IGNORED,
    MODELS,
    RESPONSES,
    TRUNCATED,
    Defect,
    ItemColumns,
    column_list,
    columns_of,
    filled,
    json_type,
    value_of,
)
from fellowship.storage.item_labels import ClassNames, row_decisions
from fellowship.storage.item_prompt import row_prompt
from fellowship.storage.missing_answers import rename_advice
from fellowship.storage.row_files import open_rows
from fellowship.storage.written_values import may_be_refused, refuse_written_answer

NO_NAMES: ClassNames = {}
DRAFT_MARKS = ("truncated", "unknown_finish")
NAME_TYPES = (str, int, float, Decimal, date, UUID)
OTHER_TRUNCATED = re.compile(
    "(?:is_)?truncated_[ab]|(?:is_)?[ab]_(?:is_)?truncated|(?:is_)?(?:response|answer)_[ab]_cut"
)
FURTHER_ANSWER = re.compile("(?:response|answer)_?(?:[c-h]|[1-9])")


def read_items(path: Path | str, *, n_candidates: int = 0, skip: int = 0, n: int | None = None) -> Iterator[Item]:
    """The items of a file, one at a time. InputError at the first defect; also when there is no item at all.

    `n_candidates`: how many answers every item must have. `skip`: so many rows are passed over without a look at them;
    `n`: the most rows that are read behind these. Without `skip`, what only all rows together show is checked too.
    """
    return surveyed_items(path, InputSurvey() if skip == 0 else None, n_candidates=n_candidates, skip=skip, n=n)


def surveyed_items(
    path: Path | str, survey: InputSurvey | None, *, n_candidates: int, skip: int = 0, n: int | None = None
) -> Iterator[Item]:
    """`read_items`, which adds each row to the survey and checks it at the end; without a survey, rows alone count."""
    path = Path(path)
    file = open_rows(path)
    with closing(file.rows):
        if survey is not None:
            survey.class_names = file.class_names
        empty = skip == 0
        for line, row in islice(file.rows, skip, None if n is None else skip + n):
            empty = False
            try:
                item = item_of(row, class_names=file.class_names)
                if len(item.candidates) < n_candidates:
                    problem = f"missing; this scenario compares two answers; {column_list(row)}{rename_advice(row)}"
                    raise Defect("response_a", problem)
            except Defect as defect:
                raise InputError(path, str(defect), line=line, column=defect.column) from defect
            if survey is not None:
                survey.add(line, row, item)
            yield item
        if empty:
            raise InputError(
                path, "the file is empty; expected one JSON object per line with a column 'prompt'", line=1
            )
        if survey is not None:
            try:
                survey.check(file.rows)
            except Defect as defect:
                raise InputError(path, str(defect), column=defect.column) from defect


def item_of(row: Any, *, class_names: ClassNames = NO_NAMES) -> Item:
    """One row as an item; Defect if a column is missing or of the wrong type, or would be lost."""
    if not isinstance(row, Mapping):
        raise Defect(None, f"expected a JSON object with a column 'prompt', got {json_type(row)}")
    if len(row) == 1 and isinstance(text := row.get("prompt"), str) and text.strip() and not may_be_refused(text):
        return Item(prompt=Prompt.of(text))  # a common case, which needs no look at the other columns
    columns = columns_of(row)
    try:
        prompt, candidates = row_prompt(row, columns), _row_candidates(row, columns)
        label, votes = row_decisions(row, columns, class_names, compared=bool(candidates))
        return Item(
            prompt=prompt,
            id=_name(row, "id"),
            candidates=candidates,
            models=_models(row, columns),
            label=label,
            votes=votes,
        )
    except RecursionError as error:
        raise Defect(None, "a value is nested too deeply; leave the row out") from error


def _row_candidates(row: Mapping[str, Any], columns: ItemColumns) -> tuple[Draft, ...]:
    drafts = [_answer(row, names) for names in columns.responses]
    given = [draft for draft in drafts if draft is not None]
    known = {"", *(draft.text for draft in given)}
    others = (name for name in columns.others if given and FURTHER_ANSWER.fullmatch(name))
    further = next((name for name in others if str(filled(row, name) or "") not in known), None)
    if further is not None:
        advice = f"write one row for each pair, or rename it to '{IGNORED}{further}' if it is to be ignored"
        raise Defect(further, f"a third answer, but a row has two; {advice}")
    cut = next((name for name in columns.others if given and OTHER_TRUNCATED.fullmatch(name)), None)
    if cut is not None and filled(row, cut) is not None:
        raise Defect(cut, f"did you mean 'response_{'b' if 'b' in cut.split('_') else 'a'}_truncated'?")
    if len(given) == 1:
        missing = RESPONSES[drafts.index(None)][0]
        raise Defect(missing, f"missing; a comparison has both response_a and response_b{rename_advice(row)}")
    return tuple(
        draft.model_copy(update={"truncated": True}) if any(_is_truncated(row, name) for name in names) else draft
        for names, draft in zip(TRUNCATED, given, strict=False)
    )


def _answer(row: Mapping[str, Any], names: tuple[str, ...]) -> Draft | None:
    """The answer of one seat; the first of its columns counts, and another text in the other is a Defect."""
    given = [(name, value) for name in names if (value := value_of(row, name)) is not None]
    if not given:
        return None
    draft = _draft(*given[0])
    for name, value in given[1:]:
        if isinstance(value, str) and value.strip() and value != draft.text:
            raise Defect(name, f"differs from '{given[0][0]}'; leave one of them out")
    return draft


def _draft(name: str, value: Any) -> Draft:
    """An answer as a text, as the draft or message of another run, or as the fields of a draft."""
    value = getattr(value, "content", value)
    if isinstance(value, Draft):
        return value
    if isinstance(value, Mapping) and "text" in value and value.keys() <= Draft.model_fields.keys():
        marks = {mark: value.get(mark) or False for mark in DRAFT_MARKS}
        if isinstance(value["text"], str) and value["text"] and all(type(mark) is bool for mark in marks.values()):
            return Draft(text=value["text"], **marks)
    if not isinstance(value, str) or not value:
        advice = "; leave the row out, or say what it stands for" if isinstance(value, str) else ""
        raise Defect(name, f"expected a text that is not empty, got {json_type(value)}{advice}")
    refuse_written_answer(name, value)
    return Draft(text=value)


def _is_truncated(row: Mapping[str, Any], name: str) -> bool:
    value = filled(row, name)
    if value is not None and not isinstance(value, bool):
        raise Defect(name, f"expected true or false, got {json_type(value)}")
    return bool(value)


def _models(row: Mapping[str, Any], columns: ItemColumns) -> tuple[str, ...]:
    """Who wrote the candidates, by seat: as a column says, else as the message of another run that the answer is.

    Where only one of two is known, the other is unknown.
    """
    given = [_name(row, name) or _writer(row, seat) for name, seat in zip(MODELS, columns.responses, strict=True)]
    return () if given == [None, None] else tuple(name or "unknown" for name in given)


def _writer(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The model that wrote the message of another run from which the answer of a seat is taken."""
    answer = next((row[name] for name in names if value_of(row, name) is not None), None)
    model = getattr(answer, "model", None) if isinstance(getattr(answer, "content", None), Draft) else None
    return model if isinstance(model, str) else None


def _name(row: Mapping[str, Any], column: str) -> str | None:
    """A text or a number as a text."""
    value = filled(row, column)
    if value is not None and (isinstance(value, bool) or not isinstance(value, NAME_TYPES)):
        raise Defect(column, f"expected a text or a number, got {json_type(value)}")
    return None if value is None else str(value)
