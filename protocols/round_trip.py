"""Whether a record gives a content back: the same values, of the same types.

JSON has texts, numbers, lists and objects. A class reads the rest from its annotations, where these say enough.
"""

import dataclasses
import enum
import math
import re
import typing
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, PlainSerializer, SecretBytes, SecretStr, WrapSerializer
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from fellowship.protocols.content import LoadedContent
from fellowship.protocols.content_json import load_content, reading_error
from fellowship.protocols.stable_text import SETS

ORDERED = (list, tuple, deque)
EXACT_TYPES = (str, int, bool, NoneType)
DECORATED = ("validators", "field_validators", "root_validators", "field_serializers", "model_serializers")
ANNOTATE = "annotate the field with the type of its values"
READ_IT = "give the class a validator that reads what its serializer writes"


class Loss(NamedTuple):
    """A value that its record does not give back as it was; `is_lost` where not only its type is another."""

    field: str
    why: str
    is_lost: bool


def read_back_difference(content: BaseModel, text: str) -> Loss | None:
    """The first difference between a content of the user's own and what its class reads from its record.

    A lost value comes before one whose type alone is another.
    """
    if _is_plain(type(content)):
        return None
    read = load_content("", text, lambda _: type(content))
    if isinstance(read, LoadedContent):
        field, why = reading_error(type(content), text)
        lost = (each for each in _lost_entries(content) if each.is_lost)
        return next(lost, None) or Loss(field, f"{why}; it comes back as LoadedContent: {READ_IT}", is_lost=False)
    found = list(_differences(content, read, "", is_lost=True))
    return min(found, key=lambda each: not each.is_lost) if found else None


@lru_cache(maxsize=1000)
def _is_plain(subject: type[BaseModel]) -> bool:
    """Whether JSON holds all values of a class: its fields are texts, whole numbers and lists of these."""
    decorators = subject.__pydantic_decorators__
    return (
        not any(getattr(decorators, name, None) for name in (*DECORATED, "model_validators", "computed_fields"))
        and subject.model_config.get("extra") != "allow"
        and all(_is_plain_field(each) for each in subject.model_fields.values())
    )


def _is_plain_field(field: FieldInfo) -> bool:
    is_renamed = field.alias is not None or field.validation_alias is not None or field.serialization_alias is not None
    is_bare = not (field.exclude or is_renamed or _has_functions(field.metadata))
    return is_bare and _is_plain_type(field.annotation)


def _is_plain_type(annotation: Any) -> bool:
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return all(type(each) in EXACT_TYPES for each in parts)
    if origin is list or origin is typing.Union or origin is UnionType:
        return all(map(_is_plain_type, parts))
    return annotation in EXACT_TYPES


def _has_functions(metadata: Sequence[Any]) -> bool:
    """Whether an annotation has functions, such as a validator: other parts are bounds."""
    return any(type(each).__module__.startswith("pydantic") or callable(each) for each in metadata)


def _differences(was: Any, now: Any, where: str, *, is_lost: bool) -> Iterator[Loss]:
    """Where two values differ. `is_lost` is False inside a field that the class itself writes in another form."""
    if isinstance(was, SecretStr | SecretBytes):
        yield Loss(where, "a secret is recorded as asterisks", is_lost=False)
    elif isinstance(was, BaseModel) or _is_record(was):
        yield from _in_record(was, now, where, is_lost=is_lost)
    elif isinstance(was, Mapping) and isinstance(now, Mapping):
        yield from _in_mapping(was, now, where, is_lost=is_lost)
    elif isinstance(was, ORDERED) and isinstance(now, ORDERED):
        yield from _in_parts(was, now, where, is_lost=is_lost)
        if type(was) is not type(now):
            yield _retyped(was, now, where)
    elif isinstance(was, SETS) and not (isinstance(now, SETS) and was == now):
        yield _retyped(was, now, where) if len(was) == len(now) else _lost(was, now, where, is_lost=is_lost)
    elif not _is_same(was, now):
        is_written_alike = type(was) is not type(now) and _jsonable(was) == _jsonable(now)
        yield _retyped(was, now, where) if is_written_alike else _lost(was, now, where, is_lost=is_lost)


def _in_record(was: Any, now: Any, where: str, *, is_lost: bool) -> Iterator[Loss]:
    """In the fields of a model or of a dataclass."""
    if type(was) is not type(now):
        is_whole = _jsonable(was) == _jsonable(now)
        yield _retyped(was, now, where) if is_whole else _lost(was, now, where, is_lost=is_lost)
        return
    if not isinstance(was, BaseModel):
        for each in dataclasses.fields(was):
            value, value_now = (getattr(part, each.name, None) for part in (was, now))
            yield from _differences(value, value_now, _inside(where, each.name), is_lost=is_lost)
        return
    written = _written_by_class(type(was))
    for name, value in [*vars(was).items(), *(was.__pydantic_extra__ or {}).items()]:
        inside = _inside(where, name) if name != "root" else where or name
        field = type(was).model_fields.get(name)
        is_own = "*" in written or name in written or (field is not None and _has_own_form(field))
        other = getattr(now, name, None)
        yield from _differences(value, other, inside, is_lost=is_lost and not is_own)


def _in_mapping(was: Mapping[Any, Any], now: Mapping[Any, Any], where: str, *, is_lost: bool) -> Iterator[Loss]:
    if len(was) != len(now):
        yield Loss(where, _entries(was, len(now)), is_lost=is_lost)
        return
    for (key, value), (key_now, value_now) in zip(was.items(), now.items(), strict=True):
        if type(key) is not type(key_now):
            yield _retyped(key, key_now, where)
        else:
            yield from _differences(key, key_now, where, is_lost=is_lost)
        yield from _differences(value, value_now, f"{where}[{key!r}]", is_lost=is_lost)


def _in_parts(was: Sequence[Any], now: Sequence[Any], where: str, *, is_lost: bool) -> Iterator[Loss]:
    if len(was) != len(now):
        yield Loss(where, f"{len(was)} values are {len(now)} in the record", is_lost=is_lost)
        return
    for number, (value, value_now) in enumerate(zip(was, now, strict=True)):
        yield from _differences(value, value_now, f"{where}[{number}]", is_lost=is_lost)


def _lost_entries(value: Any, where: str = "") -> Iterator[Loss]:
    """Dictionaries with keys that are one text in JSON, such as 1 and "1"."""
    if isinstance(value, BaseModel):
        for name, part in vars(value).items():
            yield from _lost_entries(part, _inside(where, name))
    elif isinstance(value, Mapping):
        try:
            n_written = len(to_jsonable_python(value))
        except ValueError:  # of a type that the class writes itself
            return
        if n_written < len(value):
            yield Loss(where, _entries(value, n_written), is_lost=True)
        for key, part in value.items():
            yield from _lost_entries(part, f"{where}[{key!r}]")
    elif isinstance(value, ORDERED):
        for number, part in enumerate(value):
            yield from _lost_entries(part, f"{where}[{number}]")


def _is_same(was: Any, now: Any) -> bool:
    """Whether two single values are equal; those of a type without a comparison are, as their JSON is."""
    if isinstance(was, float) and isinstance(now, float) and math.isnan(was):
        return math.isnan(now)
    if type(was) is not type(now) and (isinstance(was, enum.Enum) or not isinstance(was, type(now))):
        return False
    try:
        return getattr(type(was), "__eq__", None) is object.__eq__ or bool(was == now)
    except (ValueError, TypeError):  # an array
        return True


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _has_own_form(field: FieldInfo) -> bool:
    return bool(field.exclude) or any(isinstance(each, PlainSerializer | WrapSerializer) for each in field.metadata)


@lru_cache(maxsize=1000)
def _written_by_class(subject: type[BaseModel]) -> frozenset[str]:
    """The fields for which a class has its own serializer; `*` for all."""
    decorators = subject.__pydantic_decorators__
    names = {name for each in decorators.field_serializers.values() for name in each.info.fields}
    return frozenset(names | ({"*"} if decorators.model_serializers else set()))


def _retyped(was: Any, now: Any, where: str) -> Loss:
    why = f"a value of type {_type_name(was)} is read back as {_type_name(now)}; {ANNOTATE}"
    return Loss(where, why, is_lost=False)


def _lost(was: Any, now: Any, where: str, *, is_lost: bool) -> Loss:
    name = _type_name(was)
    if isinstance(was, re.Pattern) and was.pattern == getattr(now, "pattern", None):
        return Loss(where, "the flags of a pattern are not recorded; write them into it: (?i)...", is_lost=is_lost)
    if isinstance(was, BaseModel) and type(was) is not type(now):
        why = f"a {name} is read back as {_type_name(now)} without all of its fields; annotate the field with {name}"
        return Loss(where, why, is_lost=is_lost)
    if not is_lost:
        return Loss(where, "the class does not record it as it is, so it is read back as another", is_lost=False)
    why = f"the record does not give this {name} back; give the class a serializer and a validator that reads it"
    return Loss(where, why, is_lost=True)


def _entries(value: Mapping[Any, Any], n: int) -> str:
    return f"{len(value)} entries are {n} in the record: keys are texts in JSON, and 1 and '1' are the same one"


def _jsonable(value: Any) -> Any:
    try:
        return to_jsonable_python(value)
    except ValueError:
        return value


def _type_name(value: Any) -> str:
    return type(value).__qualname__


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
