"""Prompts and labelled comparisons from JSONL or Parquet. Every defect names the file, the line and the column.

Columns: `prompt` (a text, or chat messages; `question` and `instruction` are understood too), optional `id`,
`reference`, `response_a`, `response_b` (also `answer_a`, `answer_b`), `model_a`, `model_b`, `label` (A, B or tie; the
forms model_a/model_b, 1/2/1.5 and 1/2/0 are understood) and `votes` (labels per annotator). Others are ignored.
"""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from fellowship.protocols.content import Draft, Label, Prompt
from fellowship.protocols.errors import ConfigurationError, InputError
from fellowship.protocols.items import Item

PROMPT = ("prompt", "question", "instruction")
RESPONSES = (("response_a", "answer_a"), ("response_b", "answer_b"))
ITEM_COLUMNS = (*PROMPT, *RESPONSES[0], *RESPONSES[1], "id", "reference", "model_a", "model_b", "label", "votes")
LABEL_FORMS: dict[str, Label] = {
    "a": "A", "b": "B", "tie": "tie",
    "model_a": "A", "model_b": "B",
    "1": "A", "2": "B", "1.5": "tie", "0": "tie",
    "1.0": "A", "2.0": "B", "0.0": "tie",
}  # fmt: skip


class Defect(ValueError):
    """What is wrong with one row, and in which column."""

    def __init__(self, column: str | None, problem: str) -> None:
        super().__init__(problem)
        self.column = column


def read_items(path: Path | str, *, n_candidates: int = 0, skip: int = 0, n: int | None = None) -> Iterator[Item]:
    """The items of a file, one at a time. InputError at the first defect; also when there is no item at all.

    `n_candidates`: how many answers every item must have. `skip`: so many rows are passed over without a look at them;
    `n`: the most rows that are read behind these.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(path, "no such file; expected a JSONL or Parquet file with a column 'prompt'")
    rows = _parquet_rows(path) if path.suffix.lower() == ".parquet" else jsonl_rows(path, column="prompt")
    numbers: set[object] = set()
    empty = skip == 0
    for line, row in islice(rows, skip, None if n is None else skip + n):
        empty = False
        try:
            item = item_of(row)
            if len(item.candidates) < n_candidates:
                raise Defect("response_a", f"missing; this scenario compares two answers; {_columns(row)}")
        except Defect as defect:
            raise InputError(path, str(defect), line=line, column=defect.column) from defect
        if item.label is not None and not isinstance(row["label"], str):
            numbers.add(row["label"])
        yield item
    if empty:
        raise InputError(path, "the file is empty; expected one JSON object per line with a column 'prompt'", line=1)
    labels_behind = (row.get("label") for _, row in rows if isinstance(row, dict))
    if not skip and numbers == {0, 1} and all(label in (0, 1, None) for label in labels_behind):
        problem = "only 0 and 1 occur, which may mean tie and A, or A and B; write A, B and tie"
        raise InputError(path, problem, column="label")


def item_of(row: Any) -> Item:
    """One row as an item; Defect if a column is missing or of the wrong type."""
    if not isinstance(row, Mapping):
        raise Defect(None, f"expected a JSON object with a column 'prompt', got {_json_type(row)}")
    if len(row) == 1 and "prompt" in row:  # a common case, which needs no look at the other columns
        return Item(prompt=_row_prompt("prompt", row["prompt"], None))
    column = next((name for name in PROMPT if name in row), None)
    if column is None:
        raise Defect("prompt", f"missing; {_columns(row)}")
    _refuse_near_misses(row)
    identity = row.get("id")
    label = row.get("label") if row.get("label") != "" else None
    votes = row.get("votes")
    if not isinstance(votes, list | None):
        raise Defect("votes", f"expected a list of labels, got {_json_type(votes)}")
    return Item(
        prompt=_row_prompt(column, row[column], _row_text(row, "reference")),
        id=None if identity is None else str(identity),
        candidates=_row_candidates(row),
        models=_models(row),
        label=None if label is None else label_of("label", label),
        votes=tuple(label_of("votes", vote) for vote in votes or ()),
    )


def _refuse_near_misses(row: Mapping[str, Any]) -> None:
    """A column such as `Label` would be ignored in silence, and its labels with it."""
    for name in map(str, row):
        meant = name.strip().lower().replace("-", "_").replace(" ", "_")
        if meant != name and meant in ITEM_COLUMNS and meant not in row:
            raise Defect(name, f"did you mean '{meant}'?")


def _columns(row: Mapping[str, Any]) -> str:
    return f"the columns are: {', '.join(map(str, row)) or 'none'}"


def label_of(column: str, value: Any) -> Label:
    """A label in any of the forms that are understood."""
    label = None if isinstance(value, bool) else LABEL_FORMS.get(str(value).strip().lower())
    if label is None:
        raise Defect(column, f"{value!r} is no label; expected A, B or tie (also model_a, model_b; 1, 2, 1.5; 0, 1, 2)")
    return label


def _row_prompt(column: str, value: Any, reference: str | None) -> Prompt:
    if not isinstance(value, str | list):
        raise Defect(column, f"expected a text or a list of chat messages, got {_json_type(value)}")
    try:
        return Prompt.of(value, reference=reference)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Defect(column, f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}") from error


def _row_candidates(row: Mapping[str, Any]) -> tuple[Draft, ...]:
    texts = [next((_row_text(row, name) for name in names if row.get(name) is not None), None) for names in RESPONSES]
    given = [text for text in texts if text is not None]
    if len(given) == 1:
        missing = RESPONSES[texts.index(None)][0]
        raise Defect(missing, "missing; a comparison has both response_a and response_b")
    return tuple(Draft(text=text) for text in given)


def _models(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Who wrote the candidates, by seat; where only one of two is named, the other is unknown."""
    given = [row.get("model_a"), row.get("model_b")]
    return () if given == [None, None] else tuple("unknown" if name is None else str(name) for name in given)


def _row_text(row: Mapping[str, Any], column: str) -> str | None:
    value = row.get(column)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        advice = "; leave the row out, or say what it stands for" if value == "" else ""
        raise Defect(column, f"expected a text that is not empty, got {_json_type(value)}{advice}")
    return value


def jsonl_rows(path: Path, *, column: str | None = None) -> Iterator[tuple[int, Any]]:
    """The values of a JSON Lines file with their line numbers; InputError, with the `column`, for what is not JSON."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if not text.strip():
                continue
            try:
                yield number, orjson.loads(text)
            except orjson.JSONDecodeError as error:
                hint = "" if text.lstrip().startswith(b"{") else "; expected one JSON object per line (JSONL)"
                raise InputError(path, f"not JSON: {error}{hint}", line=number, column=column) from error


def _parquet_rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        msg = f"{path}: reading Parquet needs an extra: pip install 'llm-fellowship[parquet]'"
        raise ConfigurationError(msg) from error
    try:
        batches = pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=1000)
        yield from enumerate((row for batch in batches for row in batch.to_pylist()), start=1)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(path, f"not Parquet: {error}") from error


def _json_type(value: Any) -> str:
    if value == "":
        return "an empty text"
    names: Sequence[tuple[type, str]] = (
        (type(None), "null"), (bool, "a boolean"), (int, "a number"), (float, "a number"),
        (str, "a text"), (list, "a list"), (dict, "an object"),
    )  # fmt: skip
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)
