"""Contents as the JSON that is recorded, and back: the same text in every process, the same values after reading."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from pydantic import VERSION, BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from fellowship.protocols.content import MESSAGE_CONTENTS, LoadedContent
from fellowship.protocols.stable_text import stable_json

ContentTypes: TypeAlias = Callable[[str], type[BaseModel] | None]
"""The content class of a message type's name, such as `ClaimsMessage`; None where it is not available."""

BUILT_IN_CONTENTS = frozenset(MESSAGE_CONTENTS.values())
ALIASES_AND_NAMES: dict[str, Any] = (
    {"by_alias": True, "by_name": True} if tuple(map(int, VERSION.split(".")[:2])) >= (2, 11) else {}
)
QUOTED_NOT_FINITE = re.compile(r'(?<=[:\[,])"(-?Infinity|NaN)"(?=[,\]}])')


def content_json(content: BaseModel) -> str:
    """The JSON that is recorded. ValueError for a value that JSON cannot hold, such as bytes that are not UTF-8."""
    try:
        text: str = content.__pydantic_serializer__.to_json(content).decode()
    except PydanticSerializationError as error:
        hint = '; bytes need model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")'
        raise ValueError(
            f"a {type(content).__name__} cannot be recorded as JSON: {error}{hint if 'utf-8' in str(error) else ''}"
        ) from error
    return text if type(content) in BUILT_IN_CONTENTS else stable_json(content, text)


def json_value(content: BaseModel) -> dict[str, Any]:
    """The recorded JSON as Python's values; that of a RootModel which is no object under the name `root`."""
    value = json.loads(content_json(content))
    return value if isinstance(value, dict) else {"root": value}


def load_content(message_type: str, data: str, own: ContentTypes | None = None) -> BaseModel:
    """A recorded content from its JSON, of its built-in class, else of the class that `own` has for it.

    `LoadedContent` where there is no class, and where the class does not give the recorded values back: it has changed
    since, or its validators change what they have changed already.
    """
    if message_type in MESSAGE_CONTENTS:
        return MESSAGE_CONTENTS[message_type].model_validate_json(data)
    known = own(message_type) if own is not None else None
    if known is not None:
        for content in _readings(known, data):
            if _is_recorded_as(content, data):
                return content
    return LoadedContent.model_validate_json(data if data.startswith("{") else f'{{"root":{data}}}')


def reading_error(known: type[BaseModel], data: str) -> tuple[str, str]:
    """The field that a class does not read from a recorded text, and why."""
    try:
        known.model_validate_json(data, **ALIASES_AND_NAMES)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return ".".join(map(str, first["loc"])), f"{known.__name__} does not read what it writes: {first['msg']}"
    except (ValueError, TypeError) as error:
        return "", f"{known.__name__} does not read what it writes: {error}"
    return "", f"{known.__name__} reads other values than it writes"


def _readings(known: type[BaseModel], data: str) -> Iterator[BaseModel]:
    """The contents that the class makes of the text: with numbers for the texts of infinity and NaN, then as it is."""
    for text in dict.fromkeys((QUOTED_NOT_FINITE.sub(r"\1", data), data)):
        try:
            yield known.model_validate_json(text, **ALIASES_AND_NAMES)
        except ValidationError as error:  # the class may have changed
            yield from _with_keys_read(known, text, error)
        except (ValueError, TypeError):
            continue


def _with_keys_read(known: type[BaseModel], text: str, error: ValidationError) -> Iterator[BaseModel]:
    """The content with keys of dictionaries that are texts in JSON: `1,2` of a tuple, `2` of an enum of numbers.

    Without the computed fields that the class writes and does not read.
    """
    value = json.loads(text)
    for each in error.errors():
        match each["loc"]:
            case (*path, str(key)) if each["type"] == "extra_forbidden":  # a computed field, where extra="forbid"
                _part(value, path).pop(key, None)
            case (*path, str(key), "[key]"):
                _read_key(value, path, key, is_tuple="tuple" in each["type"])
    try:
        yield known.model_validate(value, **ALIASES_AND_NAMES)
    except (ValidationError, ValueError, TypeError):
        return


def _read_key(value: Any, path: Sequence[Any], key: str, *, is_tuple: bool) -> None:
    """Change the key of the dictionary at the path."""
    value = _part(value, path)
    if key not in value:
        return
    read: Any = tuple(key.split(",")) if is_tuple else int(key) if key.lstrip("-").isdecimal() else key
    pairs = [(read if each == key else each, part) for each, part in value.items()]
    value.clear()
    value.update(pairs)


def _part(value: Any, path: Sequence[Any]) -> dict[Any, Any]:
    """The dictionary at the path; members of unions are part of a path, and not of the value."""
    for name in path:
        is_there = name in value if isinstance(value, dict) else isinstance(value, list) and isinstance(name, int)
        value = value[name] if is_there else value
    return value if isinstance(value, dict) else {}


def _is_recorded_as(content: BaseModel, data: str) -> bool:
    try:
        now = json_value(content)
    except ValueError:
        return False
    was = json.loads(data)
    was = was if isinstance(was, dict) else {"root": was}
    return bool(now == was) or _sorted_lists(now) == _sorted_lists(was)  # earlier versions recorded sets in any order


def _sorted_lists(value: Any) -> Any:
    if isinstance(value, list):
        return sorted((_sorted_lists(each) for each in value), key=json.dumps)
    if isinstance(value, dict):
        return {key: _sorted_lists(value[key]) for key in sorted(value)}
    return value
