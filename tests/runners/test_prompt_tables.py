"""Tables and data sets as prompts: their rows, or one line that says what to pass; never their column names."""

import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.content import Prompt
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.inputs import open_source
from fellowship.runners.run import run
from fellowship.scenarios import answer
from tests.builders import an_item

ANSWERS = {"response_a": "one", "response_b": "two"}


class Frame:
    """A table as pandas has it: iterating over it gives its columns."""

    columns = ("prompt", "label")

    def __iter__(self) -> Any:
        return iter(self.columns)

    def to_dict(self, orient: str) -> list[dict[str, Any]]:
        return [{"prompt": "Why?", "orient": orient}]


class ArrowTable:
    """A table as Arrow has it."""

    column_names = ("prompt",)

    def to_pylist(self) -> list[dict[str, Any]]:
        return [{"prompt": "Why?"}]


class Split:
    """A data set of a `DatasetDict`."""

    column_names = ("prompt",)
    features = ("prompt",)


class ClassFeature:
    """A feature with named classes."""

    names = ("B", "A")

    def __init__(self) -> None:
        self.names = ["B", "A"]  # type: ignore[assignment]


class Dataset:
    """A data set as `datasets` has it: iterating over it gives rows."""

    column_names = ("prompt", "label")

    def __init__(self) -> None:
        self.features = {"prompt": object(), "label": ClassFeature()}

    def __iter__(self) -> Any:
        return iter([{"prompt": "Why?", **ANSWERS, "label": 0}, {"prompt": "How?", **ANSWERS, "label": 1}])


TABLES: dict[str, tuple[Any, str]] = {
    "frame": (Frame(), 'prompts is a Frame; pass its rows: prompts=data.to_dict("records")'),
    "Arrow": (ArrowTable(), "prompts is a ArrowTable; pass its rows: prompts=data.to_pylist()"),
    "splits": (
        {"train": Split(), "test": Split()},
        "prompts is a dict with the splits train, test; pass one of them: prompts=data['train']",
    ),
    "columns": (
        {"prompt": ["a", "b"], "label": ["A", "B"]},
        "prompts is a dict of columns (prompt, label); pass a list of rows: "
        "prompts=[dict(zip(data, row)) for row in zip(*data.values())]",
    ),
    "to_dict": (
        {"prompt": {0: "Why?", 1: "How?"}, "label": {0: "A", 1: "B"}},
        "prompts is a dict of columns (prompt, label), as data.to_dict() makes it; pass a list of rows: "
        'data.to_dict("records") of the DataFrame',
    ),
    "to_dict of other names": (
        {"text to ask": {"0": "Why?", "1": "How?"}},
        "prompts is a dict of columns (text to ask), as data.to_dict() makes it; pass a list of rows: "
        'data.to_dict("records") of the DataFrame',
    ),
    "to_dict('index')": (
        {"x": {"prompt": "Why?"}, "y": {"prompt": "How?"}},
        "prompts is a dict of rows (x, y); pass a list: list(data.values())",
    ),
    "to_dict('split')": (
        {"index": [0], "columns": ["prompt"], "data": [["Why?"]]},
        'prompts is a dict of a table (index, columns, data), as data.to_dict("split") makes it; pass a list of rows: '
        'data.to_dict("records") of the DataFrame',
    ),
    "rows in a dict": (
        {"version": 1, "data": [{"prompt": "Why?"}]},
        "prompts is a dict with rows under 'data'; pass them: prompts=data['data']",
    ),
    "a row of objects": (
        {"prompt": {"role": "user", "content": "Why?"}},
        "prompts is a single row (prompt); pass a list: [row]",
    ),
    "a row": ({"prompt": "Why?", "label": "A"}, "prompts is a single row (prompt, label); pass a list: [row]"),
    "a dict of texts": (
        {"q1": "Why?"},
        "prompts is a dict with the keys q1; pass a list of texts or rows, such as list(data.values())",
    ),
    "a prompt": (Prompt.of("Why?"), "prompts is a single Prompt; pass a list: [prompt]"),
    "an item": (an_item(), "prompts is a single Item; pass a list: [prompt]"),
    "bytes": (b"Why?", "prompts is bytes; pass the path of a file, or a list of texts"),
    "a file": (io.StringIO('{"prompt": "Why?"}\n'), "prompts is an open file; pass its path"),
    "a set": ({"a", "b"}, "prompts is a set, which has no order; pass a list, such as sorted(prompts)"),
    "a number": (5, "prompts is int; expected the path of a file, or a list of texts, chats, rows or Items"),
}


@pytest.mark.parametrize("table", TABLES)
def test_what_is_no_list_of_prompts_is_refused(table: str) -> None:
    """The whole message."""
    given, expected = TABLES[table]

    with pytest.raises(ConfigurationError) as caught:
        open_source(given, n_candidates=0, n=None)

    assert str(caught.value) == expected


def test_rows_of_a_data_set_have_its_class_names() -> None:
    """0 is the first of its names."""
    assert [item.label for item in open_source(Dataset(), n_candidates=2, n=None)] == ["B", "A"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a": "Why?", "b": "How?"}.values(), ["Why?", "How?"]),
        ({"Why?": 1, "How?": 2}.keys(), ["Why?", "How?"]),
        ((text for text in ("Why?", "How?")), ["Why?", "How?"]),
    ],
    ids=["values", "keys", "generator"],
)
def test_other_iterables_of_texts_are_lists(given: Any, expected: list[str]) -> None:
    """The views of a dict have an order."""
    assert [item.prompt.text for item in open_source(given, n_candidates=0, n=None)] == expected


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_tables_of_libraries_are_refused_and_their_rows_are_read(library: str) -> None:
    """With what the message names."""
    table, rows = _table(library)

    with pytest.raises(ConfigurationError, match=r"pass its rows: prompts=data\.to_"):
        open_source(table, n_candidates=0, n=None)
    assert [(item.prompt.text, item.label) for item in open_source(rows, n_candidates=2, n=None)] == [
        ("Why?", "A"),
        ("How?", None),
    ]


class Formatted(Dataset):
    """A data set in a format, whose rows are no dicts."""

    def __init__(self, kind: str | None = "pandas") -> None:
        super().__init__()
        self.format = {"type": kind, "columns": ["prompt", "label"], "output_all_columns": True}

    def __iter__(self) -> Any:
        return super().__iter__() if self.format["type"] is None else iter([Frame()])

    def with_format(self, kind: str | None, *, columns: list[str], output_all_columns: bool) -> "Formatted":
        assert (columns, output_all_columns) == (["prompt", "label"], True)
        return Formatted(kind)


def test_the_format_of_a_data_set_makes_no_difference() -> None:
    """Its rows are read without it, with the columns that it has."""
    assert [item.label for item in open_source(Formatted(), n_candidates=2, n=None)] == ["B", "A"]


@pytest.mark.parametrize("kind", ["pandas", "numpy", "arrow"])
def test_data_sets_of_the_library_are_read_in_each_format(kind: str) -> None:
    """Also the numbers of classes, and chats."""
    datasets = pytest.importorskip("datasets")
    pytest.importorskip("pandas")
    rows = {"prompt": [[{"role": "user", "content": "Why?"}]] * 2, "response_a": ["x"] * 2, "response_b": ["y"] * 2}
    data = datasets.Dataset.from_dict(rows | {"label": [1, 0]}).cast_column(
        "label", datasets.ClassLabel(names=["A", "B"])
    )

    items = open_source(data.with_format(kind), n_candidates=2, n=None)

    assert [(item.prompt.text, item.label) for item in items] == [("Why?", "B"), ("Why?", "A")]


class Series:
    """A row as `DataFrame.iterrows` has it."""

    def to_dict(self) -> dict[str, Any]:
        return {"prompt": "Why?"}

    def __eq__(self, other: object) -> bool:
        raise ValueError("the truth value of a Series is ambiguous")

    __hash__ = None  # type: ignore[assignment]


class Named(NamedTuple):
    """A row as `DataFrame.itertuples` has it."""

    prompt: str


ROWS: dict[str, tuple[Any, str]] = {
    "iterrows": ((0, Series()), 'an (index, Series) pair, as of iterrows(); pass prompts=data.to_dict("records")'),
    "series": (Series(), 'a Series; pass dicts: for a DataFrame, pass prompts=data.to_dict("records")'),
    "itertuples": (
        Named("Why?"),
        'a named tuple (Named), as of itertuples(); pass dicts: for a DataFrame, pass prompts=data.to_dict("records")',
    ),
    "tuple": (("Why?", "A"), "a tuple, which has no column names; pass dicts: for polars, data.to_dicts()"),
    "frame": (Frame(), 'a Frame; pass its rows: prompts=data.to_dict("records")'),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_that_is_no_dict_is_refused(row: str) -> None:
    """With its place, and what to pass."""
    given, expected = ROWS[row]

    with pytest.raises(ConfigurationError) as caught:
        list(open_source(["Why?", given], n_candidates=0, n=None))

    assert str(caught.value) == f"prompts[1] is {expected}"


@pytest.mark.parametrize(
    ("cells", "label"),
    [
        ({"label": numpy.int64(2)}, "B"),
        ({"label": numpy.str_("A"), "id": numpy.int32(7)}, "A"),
        ({"votes": numpy.array([1, 1, 2])}, "A"),
        ({"label": numpy.float64("nan"), "system": numpy.float32("nan"), "votes": numpy.array([])}, None),
        ({"label": "B", "embedding": numpy.zeros(3), "other": Series()}, "B"),
    ],
    ids=["int64", "str", "array", "nan", "others"],
)
def test_values_of_numpy_are_those_of_python(cells: dict[str, Any], label: str | None) -> None:
    """As records of a table have them; the survey counts them, too."""
    source = open_source([{"prompt": "Why?", **ANSWERS, **cells}], n_candidates=2, n=None)

    assert ([item.label for item in source], source.survey().labels) == ([label], {label or "none": 1})


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"prompt": "Why?", None: ["more"]}, "prompts[0]: the row has more fields than the header names"),
        ({"prompt": "Why?", 1: "x"}, "prompts[0]: 1 is no name of a column; expected a text"),
        ({"prompt": "Why?", "id": object}, "prompts[0]: column 'id': expected a text or a number, got type"),
        ('[{"from": "human", "value": "Why?"}]', "prompts[0]: column 'prompt': chat.0: has 'from' and 'value'; "),
        ('{"prompt": "Why?"}', "prompts[0]: column 'prompt': a chat or a row, written as text; "),
        (Series, "prompts[0]"),
    ],
)
def test_an_odd_row_is_refused_with_its_place(row: Any, expected: str) -> None:
    """Nothing in it is lost, and nothing is guessed."""
    with pytest.raises(ConfigurationError) as caught:
        list(open_source([row], n_candidates=0, n=None))

    assert str(caught.value).startswith(expected)


def _table(library: str) -> tuple[Any, Any]:
    module = pytest.importorskip(library)
    columns = {"prompt": ["Why?", "How?"], "response_a": ["x", "x"], "response_b": ["y", "y"], "label": [1.0, None]}
    if library == "pandas":
        frame = module.DataFrame(columns)
        return frame, frame.to_dict("records")
    if library == "polars":
        frame = module.DataFrame(columns)
        return frame, frame.to_dicts()
    return module.table(columns), module.table(columns).to_pylist()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"label": 0}, {"label": "1"}], "prompts: column 'label': only 0 and 1 occur"),
        ([{"id": 1}, {"id": 1}], "prompts: column 'id': prompts[1] has the id of prompts[0]; "),
    ],
)
def test_rows_of_a_list_are_checked_together(rows: list[dict[str, Any]], expected: str) -> None:
    """As those of a file are, before anything is asked."""
    given = [{"prompt": f"P{number}", **ANSWERS, **row} for number, row in enumerate(rows)]

    with pytest.raises(ConfigurationError) as caught:
        open_source(given, n_candidates=2, n=1 if "label" in rows[0] else None).survey()

    assert str(caught.value).startswith(expected)


def test_the_same_row_in_a_list_is_repeated_on_purpose() -> None:
    """Each is an item; the survey counts them."""
    survey = open_source([{"prompt": "P", **ANSWERS, "label": "A"}] * 3, n_candidates=2, n=None).survey()

    assert (survey.n_items, survey.repeats, survey.labels) == (3, 2, {"A": 3})
    assert survey.lines()[-1] == (
        "2 rows repeat an earlier one (prompts[1]: as prompts[0]); each is a conversation of its own"
    )


def test_the_survey_stands_before_the_first_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Used and unused columns, repeated rows; a list of texts has none of them."""
    rows = [{"question": "Why?", "context": "C", "lang": "en"}] + [{"question": "How?", "score": 1}] * 2
    run(answer, prompts=[dict(row) for row in rows], out=tmp_path / "rows", generator=Generator("sim/mid"))
    lines = capsys.readouterr().err.splitlines()

    run(answer, prompts=["Why?"], out=tmp_path / "texts", generator=Generator("sim/mid"))

    assert lines[:2] == [
        "input: 3 items; columns used: question, context; not used: lang, score",
        "1 row repeats an earlier one (prompts[2]: as prompts[1]); each is a conversation of its own",
    ]
    assert "input:" not in capsys.readouterr().err
