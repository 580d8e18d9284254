"""A settings file in TOML, read into a pydantic model. A mistake is reported in one line with its place."""

import bisect
import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from fellowship.formatting.shorten import short_repr
from fellowship.protocols.errors import InputError
from fellowship.settings.secret_names import may_be_secret

TomlPlace: TypeAlias = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)
_BARE = re.compile(r"[\w-]+", re.ASCII)
_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk|gsk|csk|xai|hf|nvapi|r8)[-_][\w-]{6,}|\bAIza[\w-]{8,}|\bAKIA\w{8,}", re.ASCII)


def find_settings(name: str, start: Path) -> Path | None:
    """The file of that name in `start` or the nearest folder above it, up to the home directory."""
    home = _home()
    for folder in (start, *start.resolve().parents):
        if _is_file(folder / name):
            return folder / name
        if folder.resolve() == home:
            return None
    return None


def read_settings(path: Path, kind: type[ModelT]) -> ModelT:
    """The settings of the file; InputError for the first mistake in it."""
    text = _read_text(path)
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number that is too long, or lists nested too deeply
        raise _not_toml(path, text, error) from error
    try:
        return kind.model_validate(raw, strict=True)
    except ValidationError as error:
        raise _mistaken(path, text, kind, error) from None  # the validator's text contains the values


def setting_error(problem: str, *at: str) -> PydanticCustomError:
    """The error a validator raises: `problem` follows the key's name; `at` is the path from the value to the key."""
    return PydanticCustomError("settings", "{problem}", {"problem": problem, "at": at})


def shown_value(value: Any) -> str:
    """A value as TOML writes it, shortened. A text that looks like an API key is not shown."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "what looks like a key (not shown)" if _LIKE_A_KEY.search(value) else short_repr(value)
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    return value.isoformat() if isinstance(value, date) else str(value)


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # a user without a home directory, as in some containers
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder without read permission
        return False


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError as error:
        raise InputError(path, "no such file; expected settings in TOML") from error
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(path, f"is not UTF-8: byte {error.start} cannot be read; save it as UTF-8") from error


def _not_toml(path: Path, text: str, error: Exception) -> InputError:
    """tomllib has the place only at the end of its message."""
    what, _, place = str(error).partition(" (at ")
    line, column = (int(number) for number in re.findall(r"\d+", place)) if "line" in place else (None, None)
    if not place:
        return InputError(path, "not TOML that can be read: a number is too long, or lists are nested too deeply")
    problem = f"{what[:1].lower()}{what[1:]}"
    at = f"at column {column}" if column else "at its end"
    return InputError(path, f"not TOML {at}: {problem}", line=line or text.count("\n") + 1)


def _mistaken(path: Path, text: str, kind: type[BaseModel], error: ValidationError) -> InputError:
    mistakes = [(_line(text, _path_of(each)), each) for each in error.errors(include_url=False)]
    line, first = min(mistakes, key=lambda mistake: mistake[0] or 0)
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return InputError(path, _problem_of(kind.model_json_schema(), first) + more, line=line)


def _path_of(error: ErrorDetails) -> TomlPlace:
    return (*error["loc"], *error.get("ctx", {}).get("at", ()))


def _problem_of(schema: Mapping[str, Any], error: ErrorDetails) -> str:
    place = _path_of(error)
    if error["type"] == "settings":
        return f"{_dotted(place)} {error.get('ctx', {})['problem']}"
    if error["type"] == "extra_forbidden":
        return _unknown(schema, place)
    expected = _expected_value(schema, place)
    if error["type"] == "missing":
        return f"{_dotted(place)} is missing; expected {expected}"
    return f"{_dotted(place)} is {shown_value(error['input'])}; expected {expected}"


def _unknown(schema: Mapping[str, Any], place: TomlPlace) -> str:
    known = list(_resolved(schema, _schema_at(schema, place[:-1])).get("properties", {}))
    name, where = str(place[-1]), f"{_dotted(place[:-1])}: " if place[:-1] else ""
    near = difflib.get_close_matches(name.lower(), known, n=1)
    if may_be_secret(name) and "key_variable" in known and near != ["key_variable"]:
        return (
            f"{where}a key does not belong in a file ({name!r}); set an environment variable to it, "
            "and name that: key_variable = 'MY_KEY'"
        )
    hint = f"did you mean '{near[0]}'?" if near else f"the keys here are {', '.join(known)}"
    return f"{where}unknown key {name!r}; {hint}"


def _expected_value(schema: Mapping[str, Any], place: TomlPlace) -> str:
    """The expected value in words: the key's description, or its type and bounds."""
    outer = _schema_at(schema, place)
    here = _resolved(schema, outer)
    described = outer.get("description") or (here.get("description") if here.get("type") != "object" else None)
    if described:
        return str(described)
    if "enum" in here:
        return f"one of {', '.join(here['enum'])}"
    kind = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "object": "a table"}
    words = {"minimum": "of at least", "exclusiveMinimum": "above", "maximum": "at most"}
    bounds = " and ".join(f"{word} {here[name]}" for name, word in words.items() if name in here)
    return f"{kind.get(here.get('type', ''), 'a text')} {bounds}".rstrip()


def _schema_at(schema: Mapping[str, Any], place: TomlPlace) -> Mapping[str, Any]:
    here: Mapping[str, Any] = schema
    for part in place:
        inside = _resolved(schema, here)
        here = inside.get("properties", {}).get(part) or inside.get("additionalProperties") or {}
    return here


def _resolved(schema: Mapping[str, Any], here: Mapping[str, Any]) -> Mapping[str, Any]:
    """The type behind a reference, or the first of several."""
    if "anyOf" in here:
        return _resolved(schema, here["anyOf"][0])
    if "$ref" in here:
        return _resolved(schema, schema["$defs"][here["$ref"].rpartition("/")[2]])
    return here


def _dotted(place: TomlPlace) -> str:
    return ".".join(part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in map(str, place))


def _line(text: str, place: TomlPlace) -> int | None:
    """The line (from 1) on which the key is defined, or else the nearest table around it."""
    lines = text.split("\n")
    while place and not _has(lines, len(lines), place):
        place = place[:-1]
    if not place:
        return None
    return 1 + bisect.bisect_left(range(1, len(lines) + 1), True, key=lambda n: _has(lines, n, place))


def _has(lines: list[str], n: int, place: TomlPlace) -> bool:
    """Whether the first n lines define the key; lines of an unfinished value do not count."""
    for end in range(n, 0, -1):
        try:
            here: Any = tomllib.loads("\n".join(lines[:end]))
        except (ValueError, RecursionError):
            continue
        for part in place:
            if not isinstance(here, dict) or part not in here:
                return False
            here = here[part]
        return True
    return False
