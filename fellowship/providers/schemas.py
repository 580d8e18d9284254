"""JSON schemas for servers with structured output: closed objects in which every property is required."""

from collections.abc import Mapping
from typing import Any

DROPPED = frozenset({"default", "title"})


def closed(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema with every object closed; None where that changes its meaning, as for free-form objects."""
    result = _closed_part(schema)
    return result if isinstance(result, dict) else None


def _closed_part(part: Any) -> Any:
    if isinstance(part, list):
        parts = [_closed_part(each) for each in part]
        return None if any(each is None for each in parts) else parts
    if not isinstance(part, Mapping):
        return part if part is not None else "null"
    if part.get("type") == "object" and "properties" not in part:
        return None
    result: dict[str, Any] = {}
    for name, value in part.items():
        if name in DROPPED and not isinstance(value, Mapping):
            continue
        if name in ("properties", "$defs"):
            inner = {key: _closed_part(each) for key, each in value.items()}
            if any(each is None for each in inner.values()):
                return None
            result[name] = inner
            continue
        kept = value if name in ("enum", "const", "required") else _closed_part(value)
        if kept is None:
            return None
        result[name] = kept
    if "properties" in result:
        result |= {"required": list(result["properties"]), "additionalProperties": False}
    return result
