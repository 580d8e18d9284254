"""The rows of a JSON Lines or Parquet file, one at a time; one line of text for every other kind of file."""

import codecs
import errno
import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fellowship.formatting.shorten import shorten
from fellowship.formatting.valid_unicode import encoding_problem, is_valid_unicode
from fellowship.protocols.errors import ConfigurationError, InputError
from fellowship.storage.item_columns import PROMPT
from fellowship.storage.item_labels import ClassNames

READ = "expected a JSONL or Parquet file"
HEAD_SIZE = 4096
PARQUET_MAGIC = b"PAR1"
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip file; decompress it with gunzip"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet (xlsx); extract it, or save its table as Parquet"),
    (b"BZh", "a bzip2 file; decompress it with bunzip2"),
    (b"\xfd7zXZ\x00", "an xz file; decompress it with unxz"),
    (b"\x28\xb5\x2f\xfd", "a zstd file; decompress it with unzstd"),
    (b"7z\xbc\xaf", "a 7z archive; extract it"),
    (b"SQLite format 3", "an SQLite database; write its rows as JSONL"),
    (b"ARROW1", "an Arrow file; write it as Parquet: Dataset.from_file(FILE).to_parquet(NEW)"),
    (b"\xff\xff\xff\xff", "an Arrow stream; write it as Parquet: Dataset.from_file(FILE).to_parquet(NEW)"),
    (b"\x89HDF", "an HDF5 file; write its table as Parquet"),
    (b"\x93NUMPY", "a NumPy array; pass its texts as a list"),
    (b"%PDF", "a PDF"),
    (codecs.BOM_UTF32_LE, "UTF-32 text; write it as UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW"),
    (codecs.BOM_UTF32_BE, "UTF-32 text; write it as UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW"),
    (codecs.BOM_UTF16_LE, "UTF-16 text; write it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW"),
    (codecs.BOM_UTF16_BE, "UTF-16 text; write it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW"),
    (b"{\x00", "UTF-16 text; write it as UTF-8: iconv -f UTF-16LE -t UTF-8 FILE > NEW"),
    (b"\x00{", "UTF-16 text; write it as UTF-8: iconv -f UTF-16BE -t UTF-8 FILE > NEW"),
)
JSON_ARRAY = re.compile(rb"\[\s*(\{|\]|$)")
JSON_DOCUMENT = re.compile(rb"\{[ \t]*\r?\n")
SPACED_COLON = re.compile(rb'(?<!\\)"[ \t\r\n]+:')
NOT_FINITE = (b"NaN", b"Infinity")
LONG_INTEGER = re.compile(rb"(?<![\w.+-])-?\d{19,}(?![\d.eE])")
"""An integer that may need more than 64 bits, which orjson reads as a float."""


@dataclass(frozen=True, slots=True)
class RowFile:
    """The rows of a file with their numbers from 1, read as they are needed, and the class names of its columns."""

    rows: Generator[tuple[int, Any], None, None]
    class_names: ClassNames


def open_rows(path: Path) -> RowFile:
    """A file whose kind is known; InputError, which says what it is and what is read, for every other."""
    head = _head(path)
    if path.suffix.lower() == ".parquet" or head.startswith(PARQUET_MAGIC):
        return _open_parquet(path)
    kind = _kind_of_file(path, head)
    if kind is not None:
        raise InputError(path, f"this is {kind}; {READ}, not this kind")
    return RowFile(jsonl_rows(path, column="prompt"), {})


def _head(path: Path) -> bytes:
    """The first bytes of a file; InputError for what is not a file, or cannot be read."""
    try:
        if path.is_dir():
            raise InputError(path, f"{_kind_of_folder(path)}; {READ} with a column 'prompt'")
        if not path.exists():
            advice = "; texts are passed as a list" if " " in path.name or not path.suffix else ""
            raise InputError(path, f"no such file; {READ} with a column 'prompt'{advice}")
        if not path.is_file():
            raise InputError(path, f"a pipe or a device, which is read once only; {READ} with a column 'prompt'")
        with path.open("rb") as file:
            return file.read(HEAD_SIZE)
    except OSError as error:
        advice = "; texts are passed as a list" if error.errno == errno.ENAMETOOLONG else ""
        raise InputError(shorten(str(path), 200), f"cannot be read: {error.strerror}{advice}") from error


def jsonl_rows(path: Path, *, column: str | None = None) -> Generator[tuple[int, Any], None, None]:
    """The values of a JSON Lines file with their line numbers; InputError, with the `column`, for what is not JSON."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if not text.strip():
                continue
            try:
                value = orjson.loads(text)
                if _may_repeat_keys(text, value):
                    _refuse_repeated_keys(text, path, number)
                if isinstance(value, dict) and float in map(type, value.values()) and LONG_INTEGER.search(text):
                    value = _with_long_integers(text, path, number)
            except orjson.JSONDecodeError as error:
                value = _with_not_finite(text)
                if value is None:
                    problem = encoding_problem(text) or f"not JSON: {error}{_hint(text, error)}"
                    raise InputError(path, problem, line=number, column=column) from error
                _refuse_repeated_keys(text, path, number)
            yield number, value


def _may_repeat_keys(line: bytes, value: Any) -> bool:
    """Whether a key may stand twice in an object: the line has more ends of keys than the value has keys.

    Quoted quotation marks do not count; a line with a quoted backslash in front of one is left to the parser.
    """
    if b'\\\\"' in line:
        return True
    places = line.count(b'":') - line.count(b'\\":')
    if any(spaced in line for spaced in (b'" :', b'"\t', b'"  ')):
        places += len(SPACED_COLON.findall(line))
    is_flat = isinstance(value, dict) and line.count(b"{") == 1
    return places != (len(value) if is_flat else _n_keys(value))


def _n_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_n_keys(each) for each in value.values() if isinstance(each, dict | list))
    return sum(_n_keys(each) for each in value if isinstance(each, dict | list)) if isinstance(value, list) else 0


def _refuse_repeated_keys(line: bytes, path: Path, number: int) -> None:
    """InputError, with the key, if an object has one twice; parsers take the last of its values in silence."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(path, "stands twice in one object; leave one of them out", line=number, column=twice)
        return found

    try:
        json.loads(line, object_pairs_hook=unique)
    except RecursionError as error:
        raise InputError(path, "a value is nested too deeply; leave the row out", line=number) from error


def _with_long_integers(line: bytes, path: Path, number: int) -> Any:
    """The value of a line with its integers exactly, which orjson reads as floats beyond 64 bits."""
    try:
        return json.loads(line)
    except RecursionError as error:
        raise InputError(path, "a value is nested too deeply; leave the row out", line=number) from error


def _with_not_finite(line: bytes) -> Any:
    """The value of a line with NaN or Infinity, which Python writes as numbers; None for what is no JSON anyway."""
    if not any(name in line for name in NOT_FINITE):
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if is_valid_unicode(json.dumps(value, ensure_ascii=False)) else None


def _hint(line: bytes, error: orjson.JSONDecodeError) -> str:
    text = line.lstrip()
    if not text.startswith(b"{"):
        return "; expected one JSON object per line (JSONL)"
    if text.rstrip().endswith(b"},"):
        return "; leave out the comma at the end of the line (JSONL)"
    if text.startswith((b"{'", b"{ '")):
        return "; this is the notation of Python: write each line with json.dumps"
    if "trailing comma" in str(error):
        return ""
    if "trailing" in str(error) or "after document" in str(error) or re.search(rb"\}\s*,?\s*\{", text):
        return "; several JSON values in one line, expected one object per line (JSONL)"
    return "; the object does not end in this line" if "end of data" in str(error) or "EOF" in str(error) else ""


def _kind_of_folder(path: Path) -> str:
    saved = f'a data set saved by `datasets`: pass load_from_disk("{path}"), or write it with to_parquet(FILE)'
    if (path / "dataset_dict.json").is_file():
        return f"this is a folder, {saved.replace(')', ')[SPLIT]', 1)}"
    if (path / "dataset_info.json").is_file():
        return f"this is a folder, {saved}"
    if (path / "journal.sqlite").is_file():
        return "this is the folder of a run; its input is the file that the run was given"
    return "this is a folder; name a file in it"


def _kind_of_file(path: Path, head: bytes) -> str | None:
    """What the file is, and how it becomes one that is read; None if it may be JSON Lines."""
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    kind = next((kind for signature, kind in SIGNATURES if head.startswith(signature)), None)
    if kind is not None or not text:
        return kind
    if JSON_ARRAY.match(text):
        return "one JSON array; write one object per line: jq -c '.[]' FILE > NEW.jsonl"
    if JSON_DOCUMENT.match(text):
        return "JSON that spans several lines; write one object per line: jq -c . FILE > NEW.jsonl"
    if text.startswith((b"{", b"[")):
        return None
    if b"\0" in head:
        return "a binary file"
    if text[:1] == b"<":
        return "HTML or XML"
    if _is_csv(path, text):
        separator = ', sep="\\t"' if b"\t" in text.splitlines()[0] else ""
        return f"a CSV file; write it as Parquet: pandas.read_csv(FILE{separator}).to_parquet(NEW), as CSV is not read"
    return None


def _is_csv(path: Path, text: bytes) -> bool:
    """Whether the suffix says so, or the first line names columns of items between separators."""
    if path.suffix.lower() in (".csv", ".tsv"):
        return True
    header = text.splitlines()[0].decode("utf-8", "replace").lower()
    names = {name.strip(" \"'") for name in re.split(r"[,;\t|]", header)}
    return len(names) > 1 and not names.isdisjoint(PROMPT)


def _open_parquet(path: Path) -> RowFile:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        msg = f"{path}: reading Parquet needs an extra: pip install 'llm-fellowship[parquet]'"
        raise ConfigurationError(msg) from error
    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(path, f"not Parquet: {error}") from error
    names = file.schema_arrow.names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(path, "stands twice in the file; rename one of them", column=twice)

    def rows() -> Generator[tuple[int, Any], None, None]:
        try:
            batches = file.iter_batches(batch_size=1000)
            yield from enumerate((row for batch in batches for row in batch.to_pylist()), start=1)
        except (pyarrow.ArrowException, OSError) as error:
            raise InputError(path, f"not Parquet: {error}") from error

    return RowFile(rows(), _stored_class_names(file.schema_arrow.metadata or {}))


def _stored_class_names(metadata: Mapping[bytes, bytes]) -> ClassNames:
    """The names that `datasets` writes into the schema of its files."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}
    found = {name: names_of_feature(feature) for name, feature in features.items()} if features else {}
    return {name: names for name, names in found.items() if names is not None}


def names_of_feature(feature: Any) -> list[str] | None:
    """The names of a class, or of the classes in a list, of `datasets` or as it writes them; None for all others."""
    while feature is not None:
        names = feature.get("names") if isinstance(feature, dict) else getattr(feature, "names", None)
        if isinstance(names, list):
            return list(map(str, names))
        if isinstance(feature, list):
            feature = feature[0] if feature else None
        else:
            feature = feature.get("feature") if isinstance(feature, dict) else getattr(feature, "feature", None)
    return None
