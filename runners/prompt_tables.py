"""Objects that are no list of prompts, although Python can iterate over them: tables, data sets, open files.

Iterating over a table gives its column names, and over a dict its keys. Each is refused with what it is and what to
pass. They are known by their methods, so that none of their libraries is imported. The same holds for rows that are
no dicts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from fellowship.formatting.shorten import shorten
from fellowship.protocols.content import Prompt
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.storage.item_columns import PROMPT, RESPONSES, UNDERSTOOD
from fellowship.storage.item_labels import ClassNames
from fellowship.storage.row_files import names_of_feature

MAX_NAMES_LENGTH = 120
MOST_NAMES = 200
"""A longer list of texts has no names of columns alone."""
LONGEST_PATH = 1000
SHORT_NAME = re.compile(r"[\w.\[\]-]{1,40}")
SPLITS = frozenset({"train", "test", "validation", "valid", "val", "dev", "eval", "unlabeled", "unsupervised"})
RECORDS = 'pass a list of rows: data.to_dict("records") of the DataFrame'
NAMES_OF_ROWS = frozenset({*PROMPT, *RESPONSES[0], *RESPONSES[1]})


def refuse_tables(prompts: Any) -> None:
    """ConfigurationError for what is no iterable of texts, chats, rows or Items."""
    problem = _problem(prompts)
    if problem is not None:
        raise ConfigurationError(f"prompts is {problem}")


def refuse_names(prompts: Sequence[Any]) -> None:
    """ConfigurationError for texts that are all names of columns or of the parts of a data set, or paths of files."""
    texts = [text for text in prompts[:MOST_NAMES] if type(text) is str]
    if not texts or len(texts) < len(prompts):
        return
    shown = shorten(", ".join(texts), MAX_NAMES_LENGTH)
    if SPLITS.issuperset(texts):
        raise ConfigurationError(
            f"prompts are the names of splits ({shown}); pass one of them: prompts=data[{texts[0]!r}]"
        )
    if all(SHORT_NAME.fullmatch(text) for text in texts) and _are_columns(texts):
        advice = 'pass the rows, such as data.to_dict("records")'
        raise ConfigurationError(f"prompts are names of columns ({shown}), as list(data) gives them; {advice}")
    if all(_is_file(text) for text in texts):
        raise ConfigurationError(f"prompts are paths of files ({shown}); pass one path, or the texts in the files")


def _are_columns(names: Sequence[str]) -> bool:
    known = {*UNDERSTOOD, "text", "output", "response", "chosen", "rejected", "messages", "completion"}
    return not NAMES_OF_ROWS.isdisjoint(names) or known.issuperset(names)


def _is_file(text: str) -> bool:
    try:
        return len(text) <= LONGEST_PATH and "\n" not in text and Path(text).is_file()
    except (OSError, ValueError):
        return False


def plain_rows(prompts: Any) -> Any:
    """A `datasets.Dataset` without its format, in which its rows would be frames or tensors; all others as they are."""
    if not hasattr(prompts, "features") or not hasattr(prompts, "with_format"):
        return prompts
    given = getattr(prompts, "format", None)
    if not isinstance(given, Mapping):  # an IterableDataset, whose format names no columns
        return prompts.with_format(None)
    if given.get("type") in (None, "custom"):  # a function of the user, which makes the rows
        return prompts
    return prompts.with_format(
        None, columns=given.get("columns"), output_all_columns=given.get("output_all_columns", False)
    )


def row_problem(row: Any) -> str | None:
    """What a row is that is no Mapping, and the rows to pass in its place; None for what is no row of a table."""
    kind = type(row).__name__
    records = 'pass prompts=data.to_dict("records")'
    if isinstance(row, tuple) and hasattr(row, "_fields"):
        return f"a named tuple ({kind}), as of itertuples(); pass dicts: for a DataFrame, {records}"
    if isinstance(row, tuple) and len(row) == 2 and hasattr(row[1], "to_dict"):
        return f"an (index, {type(row[1]).__name__}) pair, as of iterrows(); {records}"
    if isinstance(row, tuple):
        return "a tuple, which has no column names; pass dicts: for polars, data.to_dicts()"
    if (conversion := _conversion(row)) is not None:
        return f"a {kind}; pass its rows: prompts={conversion}"
    if hasattr(row, "to_dict"):
        return f"a {kind}; pass dicts: for a DataFrame, {records}"
    if hasattr(row, "keys") and hasattr(row, "__getitem__"):
        return f"a {kind}; pass dicts: dict(row)"
    if hasattr(row, "as_py"):
        return f"a {kind}; pass values of Python: data.to_pylist()"
    if hasattr(row, "model_dump"):
        return f"a {kind}; pass dicts: row.model_dump()"
    if hasattr(row, "__dataclass_fields__"):
        return f"a {kind}; pass dicts: dataclasses.asdict(row)"
    return None


def class_names_of(prompts: Any) -> ClassNames:
    """The class names of a `datasets.Dataset`, by column; empty for every other object."""
    features = getattr(prompts, "features", None)
    if not isinstance(features, Mapping):
        return {}
    found = {str(name): names_of_feature(feature) for name, feature in features.items()}
    return {name: names for name, names in found.items() if names is not None}


def _problem(prompts: Any) -> str | None:
    kind = type(prompts).__name__
    if isinstance(prompts, Mapping):
        return _problem_of_mapping(prompts, kind)
    if isinstance(prompts, Prompt | Item):
        return f"a single {kind}; pass a list: [prompt]"
    if isinstance(prompts, bytes | bytearray | memoryview):
        return "bytes; pass the path of a file, or a list of texts"
    if hasattr(prompts, "read") or hasattr(prompts, "readline"):
        return "an open file; pass its path"
    if isinstance(prompts, Set) and not hasattr(prompts, "mapping"):  # the keys of a dict have an order
        return f"a {kind}, which has no order; pass a list, such as sorted(prompts)"
    if hasattr(prompts, "get_indexer") and hasattr(prompts, "to_frame"):
        return f'a {kind} of pandas, such as the names of columns; pass data.to_dict("records"), or list(index)'
    if (labels := _labels_of_series(prompts)) is not None:
        return f"a single row ({labels}); pass a list: [row.to_dict()]"
    if (conversion := _conversion(prompts)) is not None:
        return f"a {kind}; pass its rows: prompts={conversion}"
    if not isinstance(prompts, Iterable) and not hasattr(prompts, "__getitem__"):
        return f"{kind}; expected the path of a file, or a list of texts, chats, rows or Items"
    return None


def _labels_of_series(prompts: Any) -> str | None:
    """The names in the index of a row of a DataFrame; None for all others."""
    if not hasattr(prompts, "to_frame") or not hasattr(prompts, "index") or not hasattr(prompts, "keys"):
        return None
    labels = [label for label in list(prompts.index[:MOST_NAMES]) if isinstance(label, str)]
    return None if NAMES_OF_ROWS.isdisjoint(labels) else shorten(", ".join(labels), MAX_NAMES_LENGTH)


def _problem_of_mapping(prompts: Mapping[Any, Any], kind: str) -> str:
    names = shorten(", ".join(map(str, prompts)), MAX_NAMES_LENGTH)
    if any(hasattr(value, "features") or hasattr(value, "column_names") for value in prompts.values()):
        first = next(iter(prompts))
        return f"a {kind} with the splits {names}; pass one of them: prompts=data[{first!r}]"
    rows_of = next((name for name, value in prompts.items() if name not in UNDERSTOOD and _is_rows(value)), None)
    if {"index", "columns", "data"} <= prompts.keys():
        return f'a {kind} of a table ({names}), as data.to_dict("split") makes it; {RECORDS}'
    if rows_of is not None:
        return f"a {kind} with rows under {rows_of!r}; pass them: prompts=data[{rows_of!r}]"
    if prompts and all(isinstance(value, list | tuple) or hasattr(value, "tolist") for value in prompts.values()):
        rows = "[dict(zip(data, row)) for row in zip(*data.values())]"
        return f"a {kind} of columns ({names}); pass a list of rows: prompts={rows}"
    if (nested := _form_of_nested(prompts)) is not None:
        return f"a {kind} of {nested.format(names)}"
    if not set(map(str, prompts)).isdisjoint(UNDERSTOOD):
        return f"a single row ({names}); pass a list: [row]"
    return f"a {kind} with the keys {names or 'none'}; pass a list of texts or rows, such as list(data.values())"


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _form_of_nested(prompts: Mapping[Any, Any]) -> str | None:
    """What a dict of dicts is, by column and row or by row and column, as `to_dict` makes them; None for all others."""
    if not prompts or not all(isinstance(value, Mapping) and value for value in prompts.values()):
        return None
    keys = [set(map(str, value)) for value in prompts.values()]
    known = {*UNDERSTOOD, *NAMES_OF_ROWS}
    if all(not known.isdisjoint(each) for each in keys):
        return "rows ({}); pass a list: list(data.values())"
    is_index = keys[0].isdisjoint({*known, "role", "content", "text"}) and all(each == keys[0] for each in keys)
    if is_index and (not known.isdisjoint(map(str, prompts)) or all(map(str.isdigit, keys[0]))):
        return f"columns ({{}}), as data.to_dict() makes it; {RECORDS}"
    return None


def _conversion(table: Any) -> str | None:
    """The code that makes rows of a table; None for what is not a table."""
    if isinstance(getattr(table, "features", None), Mapping) or isinstance(table, list | tuple):
        return None
    if hasattr(table, "features") and hasattr(table, "with_format"):  # a stream of `datasets`, of unknown features
        return None
    if hasattr(table, "collect_schema") and not hasattr(table, "to_dicts"):  # a LazyFrame of polars
        return "data.collect().to_dicts()"
    has_columns = hasattr(table, "columns") or hasattr(table, "column_names")
    methods = (("to_dicts", "()"), ("to_pylist", "()"), ("to_dict", '("records")') if has_columns else ("", ""))
    found = next((f"data.{name}{call}" for name, call in methods if name and hasattr(table, name)), None)
    if found is None and has_columns and not hasattr(table, "features"):
        return "[{'prompt': ...}, ...]"
    return found
