"""The forms in which evaluators state scores: labels, table rows, JSON fields, a line of its own."""

import re
from collections.abc import Iterator, Mapping, Sequence

from fellowship.agents.reading.json_values import own_objects
from fellowship.agents.reading.lines import (
    END,
    FIELDS,
    LINE_PREFIX,
    NOUN,
    NOUNS,
    Scale,
    Statement,
    ends,
    labelled,
    lead,
    number_at,
    settled_number,
)

_WHOSE = r"(?:(?:my|the|your|overall|final|total)\s++){0,3}"
_SCALE = r"(?:\((?:out\s++of|max\.?+|/|[01]\s*+(?:-|–|to))\s*+(?P<scale>\d{1,9})\)[\s*_`]*+)?+"
_SEP = rf"[\s*_`)\]]*+{_SCALE}(?P<sep>[:：=|—–−-])?+"
_OVERALL = re.compile(
    rf"{LINE_PREFIX}{_WHOSE}(?:(?:score|rating|grade)s?+{END}"
    rf"(?:\s++(?:for|of)\s++(?:the|this)\s++(?:assistant|response|answer){END})?+"
    rf"|overall(?=[\s*_`]*+[:：]))(?P<seat>)(?P<owner>)(?P<bare>){_SEP}"
)
_OWNED = rf"{END}(?:['’]s)?+(?:[\s*_`]++(?:response|answer){END})?+"
_SCORE_OF_SEAT = (
    rf"{_WHOSE}(?:score|rating)s?+(?:[\s*_`(\[]*+|[\s*_`]*+[:：—–-][\s*_`]*+(?![12]))"
    rf"(?:(?:for|of|to)\s++)?+(?:the\s++)?+(?:{NOUN})?+(?P<seat>[ab12]){_OWNED}"
)
_SEAT_SCORE = (
    rf"(?:the\s++)?+(?:{NOUN}(?=[ab12])|(?=[ab]))(?P<owner>[ab12]){_OWNED}"
    rf"[\s*_`,:：(—–-]*+(?:(?:overall|final|total)\s++)?+(?:score|rating){END}"
)
_BARE_SEAT = rf"(?:scores?+\s*+[:：—–-]\s*+)?+(?:{NOUN}(?=[ab12])|(?=[ab]))(?P<bare>[ab12]){END}(?=[\s*_`)]*+[:：=—–-])"
_SEAT = re.compile(rf"{LINE_PREFIX}(?:{_SCORE_OF_SEAT}|{_SEAT_SCORE})(?P<bare>){_SEP}")
_ANY_SEAT = re.compile(rf"{LINE_PREFIX}(?:{_SCORE_OF_SEAT}|{_SEAT_SCORE}|{_BARE_SEAT}){_SEP}")
_ROW = re.compile(rf"\s*+\|[\s*_`]*+(?:{NOUN}(?=[ab12])|(?=[ab]))([ab12]){END}[\s*_`]*+\|([^|]++)\|?+\s*+\Z")
_KEY_NOUN = rf"(?:(?:{NOUNS})_)?"
_SEAT_KEY = re.compile(rf"{_KEY_NOUN}([ab12])")
_SEAT_SCORE_KEY = re.compile(
    rf"(?:overall_|final_|total_)?(?:scores?|rating)_(?:for_|of_)?{_KEY_NOUN}([ab12])|{_KEY_NOUN}([ab12])_(?:s_)?(?:score|rating)"
)
_SCORE_KEY = re.compile(r"(?:overall_|final_|total_)?(?:score|rating)")
_SCALE_KEYS = ("out_of", "max", "max_score", "scale")


def score_statements(lines: Sequence[str], scale: Scale) -> list[Statement[float]]:
    """Every statement of an overall score."""
    statements = list(labelled(lines, _OVERALL, _OVERALL, scale))
    if not statements or any(statement.value is not None for statement in statements):
        statements += _lone_scores(lines, scale)  # otherwise the line may well belong to the label we could not read
    for found in own_objects(lines):
        statements += _score_fields(found, scale, _SCORE_KEY)
    return statements


def seat_statements(lines: Sequence[str], scale: Scale) -> list[Statement[float]]:
    """Every statement of a seat's score; those that do not say "score" only where no other is."""
    statements = list(labelled(lines, _SEAT, _ANY_SEAT, scale))
    objects = own_objects(lines)
    for found in objects:
        statements += _seat_fields(found, scale)
    if statements:
        return statements
    statements = [*labelled(lines, _ANY_SEAT, _ANY_SEAT, scale, bare=True), *_score_rows(lines, scale)]
    for found in objects:
        statements += _bare_pair(found, scale)
    return statements


def _lone_scores(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """A fraction alone on the first or last line, if on our scale; the whole reply may also be a plain number."""
    for line, whole in ends(lines):
        number = number_at(line, lead(line), scale)
        if number is not None and (whole or number.out_of == scale.out_of):
            value, fault = settled_number(line, number, scale, alone=True)
            if value is not None or fault is not None:
                yield Statement("score", value, fault, line)


def _score_rows(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """Rows `| A | 8 |` of a two-column table, one for each seat and no others; its heading, if any, says score."""
    table = [line for line in lines if line.lstrip().startswith("|") and line.strip(" \t|:-")]
    rows = [match for line in table if (match := _ROW.match(line))]
    heading = table[: len(table) - len(rows)]
    if len(rows) != 2 or len(heading) > 1 or not all("score" in line or "rating" in line for line in heading):
        return
    for row in rows:
        yield _stated(FIELDS[row[1]], row[2], scale)


def _stated(field: str, value: object, scale: Scale, shown: str | None = None) -> Statement[float]:
    """The statement that a JSON value or a table cell makes."""
    shown = shown or str(value)
    text = value.strip() if isinstance(value, str) else repr(value)
    if isinstance(value, float | int) and not isinstance(value, bool):
        fault = scale.fault(value)
        return Statement(field, None if fault else float(value), fault, shown)
    number = number_at(text, 0, scale) if isinstance(value, str) else None
    if number is None:
        return Statement(field, None, None, shown)
    return Statement(field, *settled_number(text, number, scale, alone=True), shown)


def _score_fields(
    found: Mapping[str, object], scale: Scale, name: re.Pattern[str], field: str | None = None
) -> Iterator[Statement[float]]:
    """The scores among an object's fields with such a name. One that names another scale is out_of_range."""
    named = [(_normal(key), value) for key, value in found.items()]
    limits = [value for key, value in named if key in _SCALE_KEYS and isinstance(value, int | float)]
    for key, value in named:
        if (match := name.fullmatch(key)) is not None:
            said, shown = field or FIELDS["".join(match.groups(""))], f'"{key}": {value}'
            other_scale = any(limit != scale.out_of for limit in limits)
            yield Statement(said, None, "out_of_range", shown) if other_scale else _stated(said, value, scale, shown)


def _seat_fields(found: Mapping[str, object], scale: Scale) -> Iterator[Statement[float]]:
    """{"score_a": 8}, {"scores": {"a": 8}}, {"A": {"score": 8}}."""
    yield from _score_fields(found, scale, _SEAT_SCORE_KEY)
    for key, value in found.items():
        if isinstance(value, dict):
            if (seat := _SEAT_KEY.fullmatch(_normal(key))) is not None:
                yield from _score_fields(value, scale, _SCORE_KEY, FIELDS[seat[1]])
            elif _normal(key) in ("score", "scores", "ratings"):
                yield from _score_fields(value, scale, _SEAT_KEY)


def _bare_pair(found: Mapping[str, object], scale: Scale) -> Iterator[Statement[float]]:
    """{"a": 8, "b": 7} with both seats and no other number: anything else is not about seats."""
    numbers = [key for key, value in found.items() if isinstance(value, int | float)]
    seats = [key for key in found if _SEAT_KEY.fullmatch(_normal(key))]
    if len(seats) == 2 and set(numbers) <= set(seats):
        yield from _score_fields(found, scale, _SEAT_KEY)


def _normal(key: str) -> str:
    return re.sub(r"[\s_\-:'’]+", "_", key.lower()).strip("_")
