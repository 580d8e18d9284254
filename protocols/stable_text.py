"""Values with sets as text and as JSON: the same in every process.

Python iterates over a set of texts in an order that depends on PYTHONHASHSEED. What is recorded, hashed or shown to a
model must not: elements of sets are sorted here. Values without a set give what `repr` and pydantic give.
"""

import dataclasses
import json
import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, RootModel
from pydantic.json_schema import GenerateJsonSchema

SETS = (set, frozenset)


def stable_repr(value: Any) -> str:
    """The value's `repr` with the elements of sets sorted; exactly its `repr` where there is no set."""
    if not _contains_set(value):
        return repr(value)
    if isinstance(value, SETS):
        elements = ", ".join(stable_repr(each) for each in sorted(value, key=_sort_key))
        braces = f"{{{elements}}}" if elements else ""
        return braces if type(value) is set and braces else f"{type(value).__name__}({braces})"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{stable_repr(key)}: {stable_repr(part)}" for key, part in value.items())
        return f"{{{inside}}}"
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        inside = ", ".join(map(stable_repr, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list | deque):
        return f"[{', '.join(map(stable_repr, value))}]"
    fields = ", ".join(f"{name}={stable_repr(part)}" for name, part in _fields_of(value))
    return f"{type(value).__name__}({fields})"


def stable_str(value: Any) -> str:
    """The value as `str` gives it, with the elements of sets sorted."""
    return stable_repr(value) if _contains_set(value) else str(value)


def stable_json(value: BaseModel, text: str) -> str:
    """The JSON of a model, given what pydantic writes: sets sorted, and infinity and NaN as texts instead of null."""
    if not _needs_care(value):
        return text
    return json.dumps(_as_stable(value, json.loads(text)), ensure_ascii=False, separators=(",", ":"))


class StableJsonSchema(GenerateJsonSchema):
    """The JSON schema of a model in which a default that is a set is sorted."""

    def encode_default(self, dft: Any) -> Any:
        encoded = super().encode_default(dft)
        return _as_stable(dft, encoded) if _contains_set(dft) else encoded


def _parts(value: Any) -> Iterable[Any]:
    """The values directly inside a value."""
    if isinstance(value, Mapping):
        return (part for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | deque | set | frozenset):
        return value
    return (part for _, part in _fields_of(value))


def _fields_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of the fields of a model, a dataclass or a named tuple; none of another value."""
    if isinstance(value, BaseModel):
        yield from vars(value).items()
        yield from (value.__pydantic_extra__ or {}).items()
        yield from ((name, getattr(value, name)) for name in type(value).model_computed_fields)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from ((each.name, getattr(value, each.name, None)) for each in dataclasses.fields(value))
    elif isinstance(value, tuple):
        yield from zip(getattr(value, "_fields", ()), value, strict=False)


def _contains_set(value: Any) -> bool:
    if value is None or isinstance(value, str | int | float | bytes):
        return False
    return isinstance(value, SETS) or any(map(_contains_set, _parts(value)))


def _needs_care(value: Any) -> bool:
    """Whether pydantic's JSON of the value depends on the process, or loses a number."""
    if value is None or isinstance(value, str | int | bytes):
        return False
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, SETS) or any(map(_needs_care, _parts(value)))


def _as_stable(value: Any, encoded: Any) -> Any:
    """The JSON that pydantic made of a value, corrected; unchanged where a serializer of the user gave another form."""
    if isinstance(value, RootModel):
        return _as_stable(value.root, encoded)
    if isinstance(value, float) and encoded is None and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(encoded, list) and isinstance(value, list | tuple | deque | set | frozenset):
        if len(value) != len(encoded):
            return encoded
        parts = [_as_stable(part, each) for part, each in zip(value, encoded, strict=True)]
        return sorted(parts, key=_sort_key) if isinstance(value, SETS) else parts
    if not isinstance(encoded, dict):
        return encoded
    if isinstance(value, Mapping):
        if len(value) != len(encoded):
            return encoded
        return {key: _as_stable(part, encoded[key]) for part, key in zip(value.values(), encoded, strict=True)}
    by_key = {_key_of(value, name, encoded): part for name, part in _fields_of(value)}
    return {key: _as_stable(by_key[key], each) if key in by_key else each for key, each in encoded.items()}


def _key_of(value: Any, name: str, encoded: Mapping[str, Any]) -> str:
    """The key of a field in the JSON: its name, else its alias."""
    field = type(value).model_fields.get(name) if isinstance(value, BaseModel) else None
    alias = None if field is None else field.serialization_alias
    return alias if name not in encoded and alias is not None else name


def _sort_key(value: Any) -> tuple[str, Any]:
    """Texts and whole numbers in their own order, all else by its text; different types one after the other."""
    kind = type(value).__name__
    return (kind, value) if type(value) in (str, int) else (kind, stable_repr(value))
