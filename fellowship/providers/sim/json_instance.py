"""A plausible JSON value for a schema: the reply of simulated models to roles defined by users."""

import json
from random import Random
from typing import Any

MAX_DEPTH = 5


def json_instance(rng: Random, schema_text: str, source: str) -> str:
    """A JSON text that fits the schema (the usual keywords of pydantic's); texts are sentences of `source`."""
    schema = json.JSONDecoder().raw_decode(schema_text.strip())[0]
    sentences = [part.strip() for part in source.replace("\n", " ").split(".") if 3 <= len(part.split()) <= 40]
    return json.dumps(_value(rng, schema, schema.get("$defs", {}), sentences or ["nothing to quote"], 0))


def _value(rng: Random, schema: dict[str, Any], defs: dict[str, Any], sentences: list[str], depth: int) -> Any:
    if "$ref" in schema:
        return _value(rng, defs[schema["$ref"].rsplit("/", 1)[-1]], defs, sentences, depth)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return _value(rng, rng.choice(schema[choice]), defs, sentences, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _value(rng, part, defs, sentences, depth + 1) for name, part in properties.items()}
    if kind == "array":
        least = schema.get("minItems", 0)
        most = max(least, min(schema.get("maxItems", 2), 0 if depth >= MAX_DEPTH else 2))
        items = schema.get("items", {"type": "string"})
        return [_value(rng, items, defs, sentences, depth + 1) for _ in range(rng.randint(least, most))]
    if kind in ("integer", "number"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        high = schema.get("maximum", schema.get("exclusiveMaximum", low + 10))
        return rng.randint(int(low), int(high)) if kind == "integer" else round(rng.uniform(low, high), 1)
    if kind == "boolean":
        return rng.random() < 0.5
    return None if kind == "null" else rng.choice(sentences)[: schema.get("maxLength", 200)]
