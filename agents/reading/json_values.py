"""JSON inside a model's reply: the whole of it, a fenced block, or an object in the middle of prose, in one pass."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fellowship.agents.reading.attributions import LEADS_ELSEWHERE, attribution
from fellowship.agents.reading.corrections import CONDITION, CORRECTS, WITHDRAWS
from fellowship.agents.reading.fences import fences
from fellowship.agents.reading.leads import is_inside_sentence, is_lead_of_others
from fellowship.agents.reading.placeholders import is_template_object
from fellowship.agents.reading.refusals import REFUSES
from fellowship.agents.reading.statements import UnreadableReply, corrections_apart
from fellowship.agents.reading.wording import wording

MOST_BROKEN = 200
MOST_RELAXED = 5  # objects that are tried once more without their comments and trailing commas
LONGEST_LEAD = 300  # characters
LONGEST_FOLLOWER = 60  # characters
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
_CLAUSES = re.compile(r"[:：]\s")
IS_WRONG = wording(
    r"\W*+(?:(?:the|this|that|my) )?(?:(?:object|json|above|verdict|result|output)(?: above)? )?(?:is|was) (?:wrong|"
    r"incorrect|(?:not|no longer) (?:right|correct|mine|my|final)|an? (?:mistake|typo|placeholder|draft)|withdrawn|"
    r"void)\b|"
    r"\W*+(?:please )?(?:ignore|disregard|discard|forget|scrap|delete) (?:(?:the|this|that|my) )?(?:\{|object|json)"
)
_FORM = wording(r"\b(?:forms?|formats?|shapes?|schemas?|templates?|structures?|syntax)\b")
_MUST_BE = wording(
    r"\b(?:looks? like|(?:should|must|has to|have to) (?:be|look|have|follow|return|contain)(?: like)?"
    r"|of the kind|such as)\Z"
)
_NEEDED = wording(
    r"(?:(?:is|was) )?(?:the )?(?:required|requested|expected|demanded|wanted|needed|format|form|template)\b"
)
_DISOWNED = re.compile(r"\b(?:ignore|disregard|discard|forget|scrap|delete|instead of|rather than|and not|, not)\Z")
_ANNOUNCED = re.compile(r"[:：=—–-][\s*_`]*+\Z|\A(?:[^\W\d_]+[\s,]*){0,4}\Z")


@dataclass(frozen=True, slots=True)
class _Found:
    """A value in a reply.

    is_fenced  whether it is all of a fenced block
    text       the lines it was found in, of which the first has the number `first`
    end        where it ends in that text
    is_form    whether its sentence says that it shows the form that is asked for
    """

    is_fenced: bool
    value: object
    text: str
    first: int
    end: int
    is_form: bool = False


def read_json(text: str) -> object:
    """The JSON value of a reply: of the whole, else of its fenced block, else the one object embedded in its prose.

    NaN and Infinity, which JSON does not have, become null; comments and a comma behind the last value are passed over.
    Raises UnreadableReply: missing when there is no JSON, or a refusal behind it;
    contradictory when objects differ and no single fenced one stands last, when one object gives a key two values, and
    when the words behind it take it back.
    """
    for form in (text.strip(), _relaxed(text.strip())):
        try:
            return _decoder.decode(form)
        except json.JSONDecodeError:
            pass
    lines = text.splitlines()
    found = _without_templates(_segments(lines))
    fenced = _distinct([each.value for each in found if each.is_fenced])
    if len(fenced) == 1 and found[-1].is_fenced:
        _refuse_taken_back(lines, found)
        return fenced[0]
    values = _distinct([each.value for each in found])
    if not values:
        raise UnreadableReply("missing", "JSON", f"expected one JSON object, found {text.strip()[:80]!r}")
    if len(values) > 1:
        pair = [json.dumps(value, ensure_ascii=False)[:40] for value in values[:2]]
        raise UnreadableReply("contradictory", "JSON", f"expected one JSON object, found {pair[0]!r} and {pair[1]!r}")
    _refuse_taken_back(lines, found)
    return values[0]


def _refuse_taken_back(lines: Sequence[str], found: Sequence[_Found]) -> None:
    """Raise UnreadableReply where the words behind the last value take it back ("Wait, ...") or refuse the task.

    Braces that hold no value ("{see note}", LaTeX) are words too.
    """
    last = max(found, key=_place)
    rest = last.text[last.end :].partition("\n")[0]
    below = lines[last.first + last.text.count("\n", 0, last.end) + 1 :]
    for line in corrections_apart([line.lower() for line in (rest.lstrip(" \t,;"), *below)]):
        if any(map(_takes_back, (line, *_CLAUSES.split(line)[1:]))):
            message = f"expected only comment behind the object, found {line.strip()[:80]!r}"
            raise UnreadableReply("contradictory", "JSON", message)
        if REFUSES.search(line) is not None:
            message = f"expected an object that stands, found a refusal: {line.strip()[:80]!r}"
            raise UnreadableReply("missing", "JSON", message)


def _takes_back(line: str) -> bool:
    if CORRECTS.match(line) is not None or IS_WRONG.match(line) is not None:
        return True
    return WITHDRAWS.search(line) is not None and CONDITION.search(line) is None


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
    """The text without comments and trailing commas outside of its strings, of the same length.

    A comment that corrects ("// wait, B") stays, and keeps the object from being read.
    """
    if "//" not in text and "/*" not in text and "," not in text:
        return text
    return _NOT_JSON.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    corrects = found[0][0] == "/" and CORRECTS.match(found[0].lower()) is not None
    return found[0] if corrects or found[0][0] == '"' else " " * len(found[0])


def _relaxed_object(text: str) -> tuple[dict[str, object], int] | None:
    try:
        return _decoder.raw_decode(_relaxed(text), 0)
    except json.JSONDecodeError:
        return None


def _before(text: str, start: int) -> str:
    """What stands before an object on its line, as far as it can announce or attribute it."""
    near = text[max(0, start - LONGEST_LEAD) : start]
    return near[near.rfind("\n") + 1 :]


def _stated_values(lines: Sequence[str], first: int) -> list[_Found]:
    """The objects that lines of the reply state: those that begin a line, and those that their line announces.

    `first` is the number of the first of these lines.

    One in the middle of a sentence may speak of another's object or of an example, and so states nothing; beside a
    stated one it may be another answer, and counts.
    """
    text = "\n".join("" if line.lstrip().startswith(">") else line for line in lines)
    stated: list[_Found] = []
    further: list[_Found] = []
    for start, end, value in embedded_objects(text):
        before = _before(text, start).lower().strip(" \t`*_")
        if not before and _is_led_elsewhere(text[max(0, start - LONGEST_LEAD) : start], text[end : end + LONGEST_LEAD]):
            continue
        found = _Found(False, value, text, first, end, _is_form(before, text[end : end + LONGEST_FOLLOWER]))
        if not before or _ANNOUNCES_OBJECT.search(before) is not None:
            if before.endswith((".", "!", "?")) or not _is_of_others(before):
                stated.append(found)
        elif not _is_of_others(before):
            further.append(found)
    return stated + further if stated else []


def _is_led_elsewhere(above: str, below: str) -> bool:
    """Whether the nearest lines around an object say that it is not the reply's own."""
    lead = _nearest(reversed(above.split("\n"))).lower().rpartition("}")[2].lstrip(" ,;")
    return is_lead_of_others(lead) or is_inside_sentence(lead, _nearest(below.split("\n")))


def _nearest(lines: Iterable[str]) -> str:
    return next((line.strip() for line in lines if line.strip()), "")


def _is_form(before: str, behind: str) -> bool:
    """Whether an object inside of a sentence shows the form that is asked for: "The form {...} is required."."""
    behind = behind.partition("\n")[0].lower().lstrip(" \t`*_")
    if not before or before.endswith((":", "：", "}")):
        return False
    sentence = before[max(map(before.rfind, (". ", "! ", "? "))) + 1 :]
    return (
        _NEEDED.match(behind) is not None
        or _MUST_BE.search(sentence) is not None
        or (_FORM.search(sentence) is not None and behind[:1].isalpha())
    )


def _is_of_others(before: str) -> bool:
    return any((attribution(before) is not None, LEADS_ELSEWHERE.search(before), _DISOWNED.search(before)))


def _segments(lines: Sequence[str]) -> list[_Found]:
    """Each JSON value, in order. Block quotes are not the reply's own words."""
    found: list[_Found] = []
    done = 0
    for start, end in [*fences(lines), (len(lines), len(lines))]:
        found += _stated_values(lines[done:start], done)
        is_json = start < len(lines) and lines[start].strip("`~ ").lower() in ("", "json")
        near = "\n".join(lines[max(done, start - 9) : start]), "\n".join(lines[end + 1 : end + 10])
        if is_json and not _is_led_elsewhere(*near):
            found += _block("\n".join(lines[start + 1 : end]), start + 1)
        done = end + 1
    return found


def _without_templates(found: Sequence[_Found]) -> list[_Found]:
    """The values without an empty form ({"winner": "A|B"}) where one with the same keys stands below it.

    An object that is shown as the form states nothing beside one that is not.
    """
    found = [each for each in found if not each.is_form] or found
    last = max(found, key=_place, default=None)
    return [
        each
        for each in found
        if last is None
        or is_template_object(last.value)
        or _place(each) >= _place(last)
        or not (
            isinstance(each.value, dict) and isinstance(last.value, dict) and each.value.keys() == last.value.keys()
        )
        or not is_template_object(each.value)
    ]


def _place(found: _Found) -> tuple[int, int]:
    return found.first, found.end


def _block(body: str, first: int) -> list[_Found]:
    for form in (body.strip(), _relaxed(body.strip())):
        try:
            return [_Found(True, _decoder.decode(form), body, first, len(body))]
        except json.JSONDecodeError:
            pass
    return [_Found(False, value, body, first, end) for _, end, value in embedded_objects(body)]


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
