"""JSON inside a model's reply: the whole of it, a fenced block, or an object in the middle of prose, in one pass."""

import json
import re
from collections.abc import Sequence
from typing import Any

from fellowship.agents.reading.attributions import LEADS_ELSEWHERE, attribution
from fellowship.agents.reading.corrections import CORRECTS
from fellowship.agents.reading.fences import fences
from fellowship.agents.reading.refusals import REFUSES
from fellowship.agents.reading.statements import UnreadableReply

MOST_BROKEN = 200
MOST_RELAXED = 5  # objects that are tried once more without their comments and trailing commas
LONGEST_LEAD = 300  # characters
LONGEST_RELAXED = 20_000  # characters

_OBJECT = re.compile(r"\{\s*+(?:[\"}]|//|/\*)")
_NOT_JSON = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*+\"|//[^\n]*+|/\*(?:(?!\*/).)*+\*/|,(?=\s*+(?:(?://[^\n]*+|"
    r"/\*(?:(?!\*/).)*+\*/)\s*+)*+[}\]])",
    re.DOTALL,
)
_ANNOUNCES_OBJECT = re.compile(
    r"[:：=—–-]\Z|[.!?]\Z|<(?:answer|json|output|result|verdict|response|final)>\Z|\A(?:[^\W\d_]+[\s,]*){1,3}\Z|"
    r"\b(?:result|answer|output|json|object|verdict|reply|response|analysis|list)\s+(?:is|are)\Z"
)
_ANNOUNCED = re.compile(r"[:：=—–-][\s*_`]*+\Z|\A(?:[^\W\d_]+[\s,]*){0,4}\Z")


def read_json(text: str) -> object:
    """The JSON value of a reply: of the whole, else of its fenced block, else the one object embedded in its prose.

    NaN and Infinity, which JSON does not have, become null; comments and a comma behind the last value are passed over.
    Raises UnreadableReply: missing when there is no JSON, or a refusal behind it;
    contradictory when objects differ and no single fenced one stands last, when one object gives a key two values, and
    when a line behind it takes it back.
    """
    for form in (text.strip(), _relaxed(text.strip())):
        try:
            return _decoder.decode(form)
        except json.JSONDecodeError:
            pass
    found = _segments(text)
    fenced = _distinct([value for is_fenced, value in found if is_fenced])
    if len(fenced) == 1 and found[-1][0]:
        _refuse_taken_back(text)
        return fenced[0]
    values = _distinct([value for _, value in found])
    if not values:
        raise UnreadableReply("missing", "JSON", f"expected one JSON object, found {text.strip()[:80]!r}")
    if len(values) > 1:
        pair = [json.dumps(value, ensure_ascii=False)[:40] for value in values[:2]]
        raise UnreadableReply("contradictory", "JSON", f"expected one JSON object, found {pair[0]!r} and {pair[1]!r}")
    _refuse_taken_back(text)
    return values[0]


def _refuse_taken_back(text: str) -> None:
    """Raise UnreadableReply where a line behind the last object takes it back ("Wait, ...") or refuses the task."""
    behind = text[text.rfind("}") + 1 :].lower().split("\n")
    for line in behind:
        if CORRECTS.match(line) is not None:
            message = f"expected only comment behind the object, found {line.strip()[:80]!r}"
            raise UnreadableReply("contradictory", "JSON", message)
        if REFUSES.search(line) is not None:
            message = f"expected an object that stands, found a refusal: {line.strip()[:80]!r}"
            raise UnreadableReply("missing", "JSON", message)


def embedded_objects(text: str) -> list[tuple[int, int, dict[str, object]]]:
    """The outermost JSON objects in a text, and where each begins and ends.

    What only looks like an object is passed over, up to where it broke.

    Raises UnreadableReply (missing) after MOST_BROKEN of those: an error of the json module costs a pass over the text.
    """
    found: list[tuple[int, int, dict[str, object]]] = []
    position = broken = 0
    while match := _OBJECT.search(text, position):
        start = match.start()
        try:
            value, position = _decoder.raw_decode(text, start)
            found.append((start, position, value))
        except json.JSONDecodeError as error:
            position = max(start + 1, error.pos)
            if broken < MOST_RELAXED and (again := _relaxed_object(text[start : start + LONGEST_RELAXED])) is not None:
                value, length = again
                position = start + length
                found.append((start, position, value))
                continue
            broken += 1
            if broken > MOST_BROKEN:
                message = f"expected one JSON object, found more than {MOST_BROKEN} broken ones"
                raise UnreadableReply("missing", "JSON", message) from None
    return found


def own_objects(lines: Sequence[str]) -> list[tuple[int, dict[str, object]]]:
    """The JSON objects in the reply's own lines, and the number of the line where each begins.

    An object in the middle of a sentence is not the reply's statement: what stands before it on its line announces it.
    """
    if not any("{" in line for line in lines):
        return []
    text = "\n".join(lines)
    found = []
    for start, _, value in embedded_objects(text):
        before = _before(text, start)
        if _ANNOUNCED.search(before.strip()) and attribution(before) is None:
            found.append((text.count("\n", 0, start), value))
    return found


def _relaxed(text: str) -> str:
    """The text without comments and trailing commas outside of its strings, of the same length."""
    if "//" not in text and "/*" not in text and "," not in text:
        return text
    return _NOT_JSON.sub(lambda found: found[0] if found[0][0] == '"' else " " * len(found[0]), text)


def _relaxed_object(text: str) -> tuple[dict[str, object], int] | None:
    try:
        return _decoder.raw_decode(_relaxed(text), 0)
    except json.JSONDecodeError:
        return None


def _before(text: str, start: int) -> str:
    """What stands before an object on its line, as far as it can announce or attribute it."""
    near = text[max(0, start - LONGEST_LEAD) : start]
    return near[near.rfind("\n") + 1 :]


def _stated_values(text: str) -> list[object]:
    """The objects that the reply states: those at the beginning of a line, and those that their line announces.

    One in the middle of a sentence may speak of another's object or of an example, and so states nothing; beside a
    stated one it may be another answer, and counts.
    """
    stated: list[object] = []
    further: list[object] = []
    for start, _, value in embedded_objects(text):
        before = _before(text, start).lower().strip(" \t`*_")
        if not before or _ANNOUNCES_OBJECT.search(before) is not None:
            if before.endswith((".", "!", "?")) or not _is_of_others(before):
                stated.append(value)
        elif not _is_of_others(before):
            further.append(value)
    return stated + further if stated else []


def _is_of_others(before: str) -> bool:
    return attribution(before) is not None or LEADS_ELSEWHERE.search(before) is not None


def _unquoted(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if not line.lstrip().startswith(">"))


def _segments(text: str) -> list[tuple[bool, object]]:
    """(fenced, value) for each JSON value, in order. Block quotes are not the reply's own words."""
    lines = text.splitlines()
    found: list[tuple[bool, object]] = []
    done = 0
    for start, end in [*fences(lines), (len(lines), len(lines))]:
        found += [(False, value) for value in _stated_values(_unquoted(lines[done:start]))]
        if start < len(lines) and lines[start].strip("`~ ").lower() in ("", "json"):
            found += _block("\n".join(lines[start + 1 : end]))
        done = end + 1
    return found


def _block(body: str) -> list[tuple[bool, object]]:
    for form in (body.strip(), _relaxed(body.strip())):
        try:
            return [(True, _decoder.decode(form))]
        except json.JSONDecodeError:
            pass
    return [(False, value) for _, _, value in embedded_objects(body)]


def _distinct(values: Sequence[object]) -> list[object]:
    """The values without repetitions; 1, 1.0 and true are three."""
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise UnreadableReply("contradictory", "JSON", f"expected one value for a key, found two: {key[:40]!r}")
        found[key] = value
    return found


def _number(digits: str) -> int | float:
    """Python refuses to make an int of thousands of digits; a float of them is infinite, which is off every scale."""
    return int(digits) if len(digits) < 400 else float(digits)


class _Decoder(json.JSONDecoder):
    def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
        try:
            return super().raw_decode(s, idx)
        except RecursionError:
            message = "expected one JSON object, found brackets nested too deeply"
            raise UnreadableReply("missing", "JSON", message) from None


_decoder = _Decoder(object_pairs_hook=_object, parse_int=_number, parse_constant=lambda _: None)
