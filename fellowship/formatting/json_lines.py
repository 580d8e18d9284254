"""Objects as JSON lines that are safe to print on a terminal."""

import json
from typing import Any, TextIO

import orjson

from fellowship.formatting.terminal_text import SUSPECT_CHARACTERS, is_hidden


def json_line(value: Any) -> str:
    """One line of JSON, control and invisible characters as JSON escapes; dataclasses become objects, decimals text."""
    text = orjson.dumps(value, default=str).decode()
    return SUSPECT_CHARACTERS.sub(lambda found: _json_escape(found[0]), text)


def print_json(value: Any, out: TextIO | None = None) -> None:
    """Print the value's line, on standard output by default, and flush."""
    print(json_line(value), file=out, flush=True)


def _json_escape(letter: str) -> str:
    """The JSON escape of a hidden character; `json.dumps` leaves DEL as it is."""
    if not is_hidden(letter):
        return letter
    return "\\u007f" if letter == "\x7f" else json.dumps(letter)[1:-1]
