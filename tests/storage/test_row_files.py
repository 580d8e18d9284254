"""Files that are no JSON Lines and no Parquet: one line that says what each is, and what is read."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.errors import InputError
from fellowship.storage.items import read_items

LINE = b'{"prompt": "fine"}\n'
KINDS: dict[str, tuple[str, bytes, str]] = {
    "gzip": ("x.jsonl.gz", gzip.compress(LINE), "this is a gzip file; decompress it with gunzip; "),
    "zstd": ("x.jsonl.zst", b"\x28\xb5\x2f\xfd\x00", "this is a zstd file; "),
    "spreadsheet": ("x.xlsx", b"PK\x03\x04\x14", "this is a zip archive or a spreadsheet (xlsx); "),
    "array": ("x.json", b'[\n  {"prompt": "fine"}]', "this is one JSON array; write one object per line: "),
    "array in a line": ("x.json", b'[{"prompt": "fine"}]', "this is one JSON array; write one object per line: "),
    "indented": ("x.json", b'{\n  "prompt": "fine"\n}\n', "this is JSON that spans several lines; "),
    "UTF-16": ("x.jsonl", LINE.decode().encode("utf-16"), "this is UTF-16 text; write it as UTF-8: "),
    "UTF-16 without mark": ("x.jsonl", LINE.decode().encode("utf-16-be"), "this is UTF-16 text; "),
    "CSV": ("x.csv", b'\xef\xbb\xbfprompt,label\n"a, b",A\n', "this is a CSV file; write it as Parquet: "),
    "CSV of another name": ("x.txt", b"id;question\n1;Why?\n", "this is a CSV file; "),
    "pickle": ("x.pkl", b"\x80\x04\x95\x00\x00\x00", "this is a binary file; "),
    "web page": ("x.jsonl", b"<!doctype html>", "this is HTML or XML; "),
}


@pytest.mark.parametrize("kind", KINDS)
def test_another_kind_of_file_is_named(tmp_path: Path, kind: str) -> None:
    """Before its first row is read."""
    name, data, expected = KINDS[kind]
    (tmp_path / name).write_bytes(data)

    with pytest.raises(InputError) as caught:
        list(read_items(tmp_path / name))

    assert str(caught.value).startswith(f"{tmp_path / name}: {expected}")
    assert str(caught.value).endswith("expected a JSONL or Parquet file, not this kind")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (b'{"prompt": "a"}{"prompt": "b"}', "several JSON values in one line, expected one object per line (JSONL)"),
        (b'{"prompt": "a",', "the object does not end in this line"),
        (b'{"prompt": "a"},', "leave out the comma at the end of the line (JSONL)"),
        (b"{'prompt': 'a'}", "this is the notation of Python: write each line with json.dumps"),
        (b"Why is it so?", "expected one JSON object per line (JSONL)"),
    ],
)
def test_what_is_wrong_with_a_line_is_named(tmp_path: Path, line: bytes, hint: str) -> None:
    """Beside the parser's words."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(LINE + line + b"\n")

    with pytest.raises(InputError) as caught:
        list(read_items(path))

    assert str(caught.value).startswith(f"{path}:2: column 'prompt': not JSON: ")
    assert str(caught.value).endswith(f"; {hint}")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"prompt": "a", "prompt": "b"}', "prompt"),
        (b'{"prompt" : "a", "label" :1, "label"\t: 2}', "label"),
        (b'{"prompt": "a", "\\u0070rompt": "b"}', "prompt"),
        (b'{"prompt": [{"role": "user", "content": "a", "role": "system"}]}', "role"),
        (b'{"prompt": "he said \\"so\\": yes", "id": 1, "id": 1}', "id"),
        (b'{"a\\\\": 1, "prompt": "a", "prompt": "b"}', "prompt"),
        (b'{"prompt": "a", "score": NaN, "score": 1}', "score"),
    ],
)
def test_a_key_stands_once_in_an_object(tmp_path: Path, line: bytes, key: str) -> None:
    """A parser would take the last of its values."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(LINE + line + b"\n")

    with pytest.raises(InputError) as caught:
        list(read_items(path))

    assert str(caught.value) == f"{path}:2: column '{key}': stands twice in one object; leave one of them out"


@pytest.mark.parametrize("text", ['say "x": y', '"a" : 1', '"b"  :', "C:\\", '{"a": {"a": 1}}'])
def test_a_text_that_looks_like_keys_is_read(tmp_path: Path, text: str) -> None:
    """Quotation marks and colons stand inside of it."""
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"prompt": text, "meta": [{"k": 1}, {"k": 2}]}) + "\n")

    assert [item.prompt.text for item in read_items(path)] == [text]


def test_numbers_that_are_not_finite_are_read_as_python_writes_them(tmp_path: Path) -> None:
    """NaN is no value; a line that is not Unicode stays a defect."""
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"prompt": "a", "label": float("nan"), "score": float("-inf")}) + "\n")

    (item,) = read_items(path)
    assert (item.prompt.text, item.label) == ("a", None)

    path.write_bytes(b'{"prompt": "\\ud800", "score": NaN}\n')
    with pytest.raises(InputError, match="not JSON"):
        list(read_items(path))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("dataset_info.json", "a data set saved by `datasets`: pass load_from_disk("),
        ("dataset_dict.json", "[SPLIT]"),
        ("journal.sqlite", "this is the folder of a run"),
    ],
)
def test_a_folder_is_named_by_what_is_in_it(tmp_path: Path, inside: str, expected: str) -> None:
    """With what to pass in its place."""
    (tmp_path / inside).touch()

    with pytest.raises(InputError) as caught:
        list(read_items(tmp_path))

    assert expected in str(caught.value)


@pytest.mark.parametrize("name", ["Why is it so?", "x" * 5000])
def test_a_prompt_in_place_of_a_file_is_known(name: str) -> None:
    """A text names a file; texts are passed as a list."""
    with pytest.raises(InputError, match="texts are passed as a list"):
        list(read_items(name))


FEATURES: dict[str, Any] = {
    "class": {"names": ["A", "B", "tie"], "_type": "ClassLabel"},
    "list of classes": {"feature": {"names": ["A", "B", "tie"], "_type": "ClassLabel"}, "_type": "List"},
    "list of classes, as before": [{"names": ["A", "B", "tie"], "_type": "ClassLabel"}],
}


@pytest.mark.parametrize("feature", FEATURES)
def test_class_names_of_a_parquet_file_count(tmp_path: Path, feature: str) -> None:
    """As `datasets` writes them into its schema; without them 0, 1 and 2 are unclear."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    column = "label" if feature == "class" else "votes"
    values = [0, 1, 2] if feature == "class" else [[0], [1], [2]]
    prompts = {"prompt": ["a", "b", "c"], "response_a": ["x"] * 3, "response_b": ["y"] * 3}
    table = pyarrow.table({**prompts, column: values})
    path = tmp_path / "x.parquet"
    stored = json.dumps({"info": {"features": {column: FEATURES[feature]}}})

    parquet.write_table(table.replace_schema_metadata({"huggingface": stored}), path)
    assert [item.label for item in read_items(path)] == ["A", "B", "tie"]

    parquet.write_table(table, path)
    with pytest.raises(InputError, match=f"column '{column}': only 0 and 1 and 2 occur"):
        list(read_items(path))


@pytest.mark.parametrize("first", [2**64 + 1, -(2**63) - 3, 10**40 + 7])
def test_an_integer_of_more_than_64_bits_is_read_exactly(tmp_path: Path, first: int) -> None:
    """So that ids that differ in the last digit stay different; also beside floats."""
    path = tmp_path / "rows.jsonl"
    rows = [{"prompt": f"Q{n}?", "id": first + n, "model_a": first + n, "note": 0.5} for n in range(2)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    assert [item.id for item in read_items(path)] == [str(first), str(first + 1)]


def test_a_float_beside_many_digits_in_a_text_stays_a_float(tmp_path: Path) -> None:
    """As do the digits behind its point."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "18446744073709551617", "id": 0.5}\n{"prompt": "x", "id": 1.00000000000000000000}\n')

    assert [(item.prompt.text, item.id) for item in read_items(path)] == [("18446744073709551617", "0.5"), ("x", "1.0")]
