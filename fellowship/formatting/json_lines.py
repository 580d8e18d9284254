"""Objects as JSON lines that are safe to print on a terminal."""

import json
import re
import sys
from typing import Any, TextIO

import orjson
from pydantic import BaseModel

from fellowship.formatting.ascii_marks import takes_utf8
from fellowship.formatting.terminal_text import SUSPECT_CHARACTERS, is_hidden
from fellowship.protocols.content_json import json_value
from fellowship.protocols.stable_text import stable_repr, stable_str

_NO_ASCII = re.compile(r"[^\x00-\x7f]+")


def json_line(value: Any) -> str:
    """One line of JSON, control and invisible characters as JSON escapes, and all that standard output cannot print.

    Dataclasses become objects, sets sorted lists, all else that JSON does not have, such as decimals, its text.
    """
    try:
        text = orjson.dumps(value, default=_json_form, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError as error:
        if "surrogates" not in str(error):
            raise
        text = json.dumps(value, default=_json_form)  # a name that is not UTF-8, such as that of a folder, as an escape
    if not text.isascii() and not takes_utf8(getattr(sys.stdout, "encoding", None)):
        text = _NO_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
    return SUSPECT_CHARACTERS.sub(lambda found: _json_escape(found[0]), text)


def print_json(value: Any, out: TextIO | None = None) -> None:
    """Print the value's line, on standard output by default, and flush."""
    print(json_line(value), file=out, flush=True)


def _json_form(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value, key=stable_repr)
    return json_value(value) if isinstance(value, BaseModel) else stable_str(value)


def _json_escape(letter: str) -> str:
    """The JSON escape of a hidden character; `json.dumps` leaves DEL as it is."""
    if not is_hidden(letter):
        return letter
    return "\\u007f" if letter == "\x7f" else json.dumps(letter)[1:-1]
