"""SHA-256 digests of texts and JSON. Many are stored: a change of their values breaks runs that are continued."""

import hashlib
from typing import Any

import orjson


def text_digest(text: str) -> bytes:
    """SHA-256 of the text in UTF-8; lone halves of surrogate pairs, which UTF-8 cannot hold, count as they are."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def json_digest(value: Any) -> bytes:
    """SHA-256 of the value's JSON with sorted keys and no white space; TypeError for a value that is not JSON."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()
