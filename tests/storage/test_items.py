"""Prompts and comparisons from files: every form that is understood, and what is said of the others."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import InputError
from fellowship.protocols.items import Item
from fellowship.storage.item_columns import Defect
from fellowship.storage.items import item_of, read_items

GOOD = b'{"prompt": "fine"}\n'


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read_row(folder: Path, row: dict[str, Any]) -> Item:
    (item,) = read_items(written(folder, row))
    return item


def test_every_column_has_its_place(tmp_path: Path) -> None:
    """The whole item; columns that mean nothing here are passed over."""
    row = {
        "id": 17,
        "prompt": "Why?",
        "reference": "Because.",
        "response_a": "one",
        "response_b": "two",
        "model_a": "m/one",
        "model_b": "m/two",
        "label": "model_b",
        "votes": ["A", 2, "tie"],
        "language": "en",
    }

    assert read_row(tmp_path, row) == Item(
        prompt=Prompt.of("Why?", reference="Because."),
        id="17",
        candidates=(Draft(text="one"), Draft(text="two")),
        models=("m/one", "m/two"),
        label="B",
        votes=("A", "B", "tie"),
    )


@pytest.mark.parametrize(
    "row",
    [
        {"question": "Why?", "answer_a": "one", "answer_b": "two"},
        {"instruction": "Why?", "response_a": "one", "answer_b": "two"},
        {"prompt": [{"role": "user", "content": "Why?"}], "response_a": "one", "response_b": "two", "label": None},
        {"prompt": "Why?", "question": 5, "response_a": "one", "answer_a": 5, "response_b": "two", "votes": None},
    ],
    ids=["question and answers", "mixed", "chat", "the first name counts"],
)
def test_columns_have_other_names_too(tmp_path: Path, row: dict[str, Any]) -> None:
    """All of these are the same item."""
    assert read_row(tmp_path, row) == Item(prompt=Prompt.of("Why?"), candidates=(Draft(text="one"), Draft(text="two")))


LABELS = {
    "A": ["A", "a", " A ", "model_a", "MODEL_A", 1, 1.0, "1", "1.0"],
    "B": ["B", "b", "model_b", 2, 2.0, "2", "2.0"],
    "tie": ["tie", "TIE", "Tie", 0, 0.0, "0", 1.5, "1.5"],
}


@pytest.mark.parametrize(("label", "given"), [(label, given) for label, forms in LABELS.items() for given in forms])
def test_a_label_is_understood_in_many_forms(tmp_path: Path, label: str, given: Any) -> None:
    """And a vote like a label."""
    answers = {"response_a": "x", "response_b": "y"}
    rows = {"prompt": "Why?", "label": given, "votes": [given]} | answers, {"prompt": "How?", "label": 1.5} | answers

    item, _ = read_items(written(tmp_path, *rows))  # 1.5 is the tie of numbers that count from 1

    assert (item.label, item.votes) == (label, (label,))


@pytest.mark.parametrize("given", [3, -1, 0.5, "C", " ", "both", True, False, [], {}])
def test_another_label_is_refused(tmp_path: Path, given: Any) -> None:
    """With the forms that are understood."""
    path = written(tmp_path, {"prompt": "Why?", "response_a": "x", "response_b": "y", "label": given})

    with pytest.raises(InputError) as caught:
        list(read_items(path))

    assert str(caught.value) == (
        f"{path}:1: column 'label': {given!r} is no label; expected A, B or tie (also model_a, model_b; 1, 2, 1.5)"
    )


@pytest.mark.parametrize(
    "columns",
    [{"label": 1}, {"label": "positive"}, {"votes": 12}, {"labels": ["law"]}, {"winner": "France"}, {"label": True}],
)
def test_without_answers_there_is_no_label(tmp_path: Path, columns: dict[str, Any]) -> None:
    """Whatever it holds is about the prompt."""
    item = read_row(tmp_path, {"prompt": "Why?", **columns})

    assert (item.label, item.votes) == (None, ())


def test_an_empty_label_is_none(tmp_path: Path) -> None:
    """As a table that was exported with gaps has it."""
    assert read_row(tmp_path, {"prompt": "Why?", "label": ""}).label is None


@pytest.mark.parametrize("column", ["Label", " label", "Response-A", "MODEL A"])
def test_a_column_that_would_be_passed_over_by_mistake_is_refused(tmp_path: Path, column: str) -> None:
    """Its values would be lost in silence."""
    path = written(tmp_path, {"prompt": "Why?", column: "A"})
    meant = column.strip().lower().replace("-", "_").replace(" ", "_")

    with pytest.raises(InputError) as caught:
        list(read_items(path))

    assert str(caught.value) == f"{path}:1: column '{column}': did you mean '{meant}'?"


def compared(labels: Sequence[Any]) -> list[dict[str, Any]]:
    """A row of two answers for each label."""
    answers = {"response_a": "y", "response_b": "z"}
    return [{"prompt": f"x{number}", **answers, "label": label} for number, label in enumerate(labels)]


def test_the_meaning_of_0_and_1_follows_from_the_whole_file(tmp_path: Path) -> None:
    """Not from the rows that are taken of it."""

    def labels(*given: int, **options: int) -> list[Any]:
        path = written(tmp_path, *compared(given))
        return [item.label for item in read_items(path, **options)]

    with pytest.raises(InputError, match="only 0 and 1 occur"):
        labels(0, 1, 1, n=3)
    with pytest.raises(InputError, match="only 0 and 1 occur"):
        labels(0, 1, 1, n=2)
    with pytest.raises(InputError, match="only 0 and 1 and 2 occur"):
        labels(0, 1, 2, n=2)
    assert labels(1, 1, 2, n=2) == ["A", "A"]
    assert labels(2, 0, 1, skip=1) == ["tie", "A"]


def test_labels_of_only_0_and_1_may_mean_two_things(tmp_path: Path) -> None:
    """So they are refused, also as texts, also with a 2 among them: the third class may be the tie, or the first."""

    def labels(*given: Any) -> list[Any]:
        return [item.label for item in read_items(written(tmp_path, *compared(given)))]

    with pytest.raises(InputError, match="column 'label': only 0 and 1 occur, which may mean tie and A, or A and B"):
        labels(0, 1, 1)
    with pytest.raises(InputError, match="only 0 and 1 occur"):
        labels("0", "1")
    with pytest.raises(InputError, match="may mean tie, A and B, or A, B and tie"):
        labels("0", 1, 2.0)
    with pytest.raises(InputError, match="only 0 occurs"):
        labels(0, None, "")
    assert labels(0, 1, 1.5, 2) == ["tie", "A", "tie", "B"]
    assert labels(1, 2, None) == ["A", "B", None]


def test_a_model_that_is_not_named_is_unknown(tmp_path: Path) -> None:
    """The one that is named keeps its seat."""
    answers = {"prompt": "Why?", "response_a": "one", "response_b": "two"}

    assert read_row(tmp_path, {**answers, "model_b": "m/two"}).models == ("unknown", "m/two")
    assert read_row(tmp_path, {**answers, "model_a": "m/one", "model_b": None}).models == ("m/one", "unknown")
    assert read_row(tmp_path, answers).models == ()


DEFECTS: dict[str, tuple[bytes, str]] = {
    "empty file": (b"", "1: the file is empty; expected one JSON object per line with a column 'prompt'"),
    "blank lines": (b"\n  \n\r\n", "1: the file is empty; expected one JSON object per line with a column 'prompt'"),
    "no object": (b"[1]\n", "1: expected a JSON object with a column 'prompt', got a list"),
    "null": (b"null\n", "1: expected a JSON object with a column 'prompt', got null"),
    "no prompt": (b'{"text": "x", "id": 1}\n', "1: column 'prompt': missing; the columns are: text, id"),
    "no column": (b"{}\n", "1: column 'prompt': missing; the columns are: none"),
    "null prompt": (b'{"prompt": null}\n', "1: column 'prompt': expected a text or a list of chat messages, got null"),
    "number": (b'{"question": 5}\n', "1: column 'question': expected a text or a list of chat messages, got a number"),
    "empty prompt": (b'{"prompt": ""}\n', "1: column 'prompt': a prompt has a text that is not blank"),
    "empty chat": (b'{"prompt": []}\n', "1: column 'prompt': a prompt ends with a message of role 'user'"),
    "assistant last": (
        b'{"prompt": [{"role": "assistant", "content": "x"}]}\n',
        "1: column 'prompt': a prompt ends with a message of role 'user'",
    ),
    "unknown role": (
        b'{"prompt": [{"role": "tool", "content": "x"}]}\n',
        "1: column 'prompt': chat.0.role: Input should be 'system', 'user' or 'assistant'",
    ),
    "no content": (b'{"prompt": [{"role": "user"}]}\n', "1: column 'prompt': chat.0.content: Field required"),
    "parts": (
        b'{"prompt": [{"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "image_url"}]}]}\n',
        "1: column 'prompt': chat.0.content: a part of type 'image_url' is not read; a message has a text; "
        "leave the row out",
    ),
    "one answer": (
        b'{"prompt": "x", "response_a": "y"}\n',
        "1: column 'response_b': missing; a comparison has both response_a and response_b",
    ),
    "empty answer": (
        b'{"prompt": "x", "response_a": "y", "response_b": ""}\n',
        "1: column 'response_b': expected a text that is not empty, got an empty text; leave the row out, or say what "
        "it stands for",
    ),
    "answer of a number": (
        b'{"prompt": "x", "answer_a": 1, "answer_b": "y"}\n',
        "1: column 'answer_a': expected a text that is not empty, got a number",
    ),
    "reference": (
        b'{"prompt": "x", "reference": ["y"]}\n',
        "1: column 'reference': expected a text, got a list",
    ),
    "votes": (
        b'{"prompt": "x", "answer_a": "y", "answer_b": "z", "votes": "AB"}\n',
        "1: column 'votes': expected a list of labels, got a text",
    ),
    "number of votes": (
        b'{"prompt": "x", "answer_a": "y", "answer_b": "z", "votes": 3}\n',
        "1: column 'votes': expected a list of labels, got a number",
    ),
    "later line": (GOOD + b"\n" + GOOD + b"{}\n", "4: column 'prompt': missing; the columns are: none"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_named_with_line_and_column(tmp_path: Path, defect: str) -> None:
    """The whole message."""
    data, message = DEFECTS[defect]
    path = tmp_path / "items.jsonl"
    path.write_bytes(data)

    with pytest.raises(InputError) as caught:
        list(read_items(path))

    assert str(caught.value) == f"{path}:{message}"
    assert caught.value.path == path


@pytest.mark.parametrize(
    "line",
    [b'{"prompt": "x"', b'{"prompt": "\\ud800"}', b"prompt", b"{'prompt': 'x'}", b"\0"],
    ids=["cut off", "half a surrogate pair", "a word", "Python", "a zero byte"],
)
def test_a_line_that_is_not_json_is_named(tmp_path: Path, line: bytes) -> None:
    """With what the parser says."""
    path = tmp_path / "items.jsonl"
    path.write_bytes(GOOD + line + b"\n")

    with pytest.raises(InputError) as caught:
        list(read_items(path))

    assert str(caught.value).startswith(f"{path}:2: column 'prompt': not JSON: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Où est l'été ?".encode("latin-1"), "byte 0xf9 at position 14; convert the file: iconv -f LATIN1 -t UTF-8"),
        ("“Où ?”".encode("cp1252"), "byte 0x93 at position 13; convert the file: iconv -f CP1252 -t UTF-8 FILE > NEW"),
        (
            "日本の川は？".encode("euc-jp"),
            "-f LATIN1 -t UTF-8 FILE > NEW, or from the encoding",
        ),
        (b"half \xed\xa0\xbd", "byte 0xed at position 18 begins the half of a surrogate pair"),
    ],
    ids=["latin-1", "cp1252", "euc-jp", "half a pair"],
)
def test_text_in_another_encoding_is_named_with_a_remedy(tmp_path: Path, text: bytes, expected: str) -> None:
    """Not as a defect of JSON."""
    path = tmp_path / "items.jsonl"
    path.write_bytes(GOOD + b'{"prompt": "' + text + b'"}\n')

    with pytest.raises(InputError) as caught:
        list(read_items(path))

    assert str(caught.value).startswith(f"{path}:2: column 'prompt': not UTF-8: byte 0x")
    assert expected in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """So is a folder."""
    expected = "expected a JSONL or Parquet file with a column 'prompt'"
    for path, what in ((tmp_path / "none.jsonl", "no such file"), (tmp_path, "this is a folder; name a file in it")):
        with pytest.raises(InputError) as caught:
            list(read_items(path))
        assert str(caught.value) == f"{path}: {what}; {expected}"


def test_a_comparison_needs_its_answers(tmp_path: Path) -> None:
    """When the scenario compares."""
    path = written(tmp_path, {"prompt": "x", "response_a": "y", "response_b": "z"}, {"prompt": "x", "id": 2})

    with pytest.raises(InputError) as caught:
        list(read_items(path, n_candidates=2))
    assert str(caught.value) == (
        f"{path}:2: column 'response_a': missing; this scenario compares two answers; the columns are: prompt, id"
    )
    assert len(list(read_items(path))) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD + GOOD,
        GOOD.replace(b"\n", b"\r\n") * 2,
        b"\n" + GOOD + b"  \n" + GOOD + b"\n\n",
        GOOD + GOOD.strip(),
    ],
    ids=["byte order mark", "CRLF", "blank lines", "no newline at the end"],
)
def test_what_editors_do_to_a_file_does_no_harm(tmp_path: Path, data: bytes) -> None:
    """Two items in each of them."""
    path = tmp_path / "items.jsonl"
    path.write_bytes(data)

    assert [item.prompt.text for item in read_items(path)] == ["fine", "fine"]


def test_a_very_long_line_is_one_item(tmp_path: Path) -> None:
    """Five megabytes."""
    long = "word " * 1_000_000

    assert read_row(tmp_path, {"prompt": long}).prompt.text == long


def test_items_are_read_as_they_are_needed(tmp_path: Path) -> None:
    """A defect further on does not keep back those before it."""
    items = read_items(written(tmp_path, {"prompt": "one"}, {"prompt": "two"}, {}))

    assert [next(items).prompt.text, next(items).prompt.text] == ["one", "two"]


def a_parquet_file(path: Path, columns: dict[str, list[Any]]) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table(columns), path)
    return path


@pytest.mark.parametrize("name", ["items.parquet", "ITEMS.PARQUET"])
def test_parquet_has_the_same_columns(tmp_path: Path, name: str) -> None:
    """Texts, chats, labels as numbers, votes as lists; nulls are columns without a value."""
    columns: dict[str, list[Any]] = {
        "id": [1, 2],
        "prompt": [[{"role": "user", "content": "Why?"}], [{"role": "user", "content": "How?"}]],
        "response_a": ["one", "three"],
        "response_b": ["two", "four"],
        "label": [1.5, None],
        "votes": [[1, 2], []],
        "model_a": [None, None],
    }

    assert list(read_items(a_parquet_file(tmp_path / name, columns), n_candidates=2)) == [
        Item(
            prompt=Prompt.of("Why?"),
            id="1",
            candidates=(Draft(text="one"), Draft(text="two")),
            label="tie",
            votes=("A", "B"),
        ),
        Item(prompt=Prompt.of("How?"), id="2", candidates=(Draft(text="three"), Draft(text="four"))),
    ]


PARQUET: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no Parquet": (lambda path: path.write_bytes(GOOD * 10), ": not Parquet: "),
    "an empty file": (lambda path: path.touch(), ": not Parquet: "),
    "torn": (
        lambda path: path.write_bytes(a_parquet_file(path, {"prompt": ["x"] * 1000}).read_bytes()[:-50]),
        ": not Parquet: ",
    ),
    "another column": (
        lambda path: a_parquet_file(path, {"text": ["x"], "id": [1]}),
        ":1: column 'prompt': missing; the columns are: text, id",
    ),
    "a null": (
        lambda path: a_parquet_file(path, {"prompt": ["x", None]}),
        ":2: column 'prompt': expected a text or a list of chat messages, got null",
    ),
    "no rows": (lambda path: a_parquet_file(path, {"prompt": []}), ":1: the file is empty; "),
}


@pytest.mark.parametrize("defect", PARQUET)
def test_a_defect_of_a_parquet_file_is_named(tmp_path: Path, defect: str) -> None:
    """With the number of the row, where it is in a row."""
    make, message = PARQUET[defect]
    path = tmp_path / "items.parquet"
    make(path)

    with pytest.raises(InputError) as caught:
        list(read_items(path))

    assert str(caught.value).startswith(f"{path}{message}")


@pytest.mark.parametrize(
    ("row", "truncated"),
    [
        ({"response_a": "One.", "response_b": "Two."}, [False, False]),
        ({"response_a": {"text": "One.", "truncated": True}, "response_b": {"text": "Two."}}, [True, False]),
        ({"answer_a": "One.", "answer_b": {"text": "Two.", "truncated": True}}, [False, True]),
        ({"response_a": "One.", "response_b": "Two.", "response_b_truncated": True}, [False, True]),
        ({"response_a": "One.", "response_b": "Two.", "response_a_truncated": None}, [False, False]),
        ({"response_a": Draft(text="One.", truncated=True), "response_b": "Two."}, [True, False]),
    ],
)
def test_an_answer_that_was_cut_off_stays_so(row: dict[str, Any], truncated: list[bool]) -> None:
    """As a draft of another run, as its fields, or by a column of its own."""
    a, b = item_of({"prompt": "Which?", **row}).candidates

    assert [a.text, b.text] == ["One.", "Two."]
    assert [a.truncated, b.truncated] == truncated


@pytest.mark.parametrize(
    "row",
    [
        {"response_a": {"text": "One.", "score": 3}},
        {"response_a": {"text": "One.", "truncated": "yes"}},
        {"response_a": {"text": ""}},
        {"response_a": "One.", "response_a_truncated": "yes"},
    ],
)
def test_an_answer_of_another_form_is_refused(row: dict[str, Any]) -> None:
    """Nothing of it is guessed."""
    with pytest.raises(Defect, match="expected"):
        item_of({"prompt": "Which?", "response_b": "Two.", **row})
