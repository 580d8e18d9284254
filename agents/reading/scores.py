"""The forms in which evaluators state scores: labels, table rows, JSON fields, a line of its own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from fellowship.agents.reading.corrections import CORRECTS
from fellowship.agents.reading.json_values import own_objects
from fellowship.agents.reading.lines import (
    END,
    FIELDS,
    LINE_PREFIX,
    NOUN,
    NOUNS,
    Scale,
    ends,
    labelled,
    lead,
    number_at,
    settled_number,
)
from fellowship.agents.reading.statements import Statement
from fellowship.agents.reading.wording import wording

_WHOSE = r"(?:(?:my|the|your|overall|final|total)[\s_]++){0,3}"
_SCALE = r"(?:\((?:out of|max\.?+|/|[01]\s*+(?:-|–|to))\s*+(?P<scale>\d{1,9})\)[\s*_`]*+)?+"
_SEP = rf"[\s*_`)\]]*+{_SCALE}(?:(?:is|are|was){END}(?=\s))?+(?P<sep>=>|-{{1,2}}>|[:：=|—–−→-])?+"
_WORD = (
    r"(?:scores?|ratings?|notes?|notas?|bewertung|wertung|punktzahl|puntuaci[óo]n|calificaci[óo]n|pontuação|punteggio|"
    r"cijfer|评分|得分|分数|評分|スコア|評価|점수|평가|оценка|الدرجة|التقييم|نمبر|स्कोर|अंक)"
)
_OVERALL = wording(
    rf"{LINE_PREFIX}{_WHOSE}(?:(?:grades?+|{_WORD}){END}(?: (?:for|of) (?:the|this) (?:assistant|response|"
    rf"answer){END})?+|overall(?=[\s*_`]*+[:：]))(?P<seat>)(?P<owner>)(?P<bare>){_SEP}"
)
_OWNED = rf"{END}(?:['’]s)?+(?:[\s*_`]++(?:response|answer){END})?+"
_SCORE_OF_SEAT = (
    rf"{_WHOSE}{_WORD}(?:[\s*_`(\[]*+|[\s*_`]*+[:：—–-][\s*_`]*+(?![12]))(?:(?:for|of|"
    rf"to) )?+(?:the )?+(?:{NOUN})?+(?P<seat>[ab12]){_OWNED}"
)
_SEAT_SCORE = (
    rf"(?:the )?+(?:{NOUN}(?=[ab12])|(?=[ab]))(?P<owner>[ab12]){_OWNED}[\s*_`,:：(—–-]*+(?:(?:overall|final|"
    rf"total) )?+(?:score|rating){END}"
)
_BARE_SEAT = (
    rf"(?:scores?+\s*+[:：—–-]\s*+)?+(?:{NOUN}(?=[ab12])|(?=[ab]))(?P<bare>[ab12]){END}(?=[\s*_`)]*+(?:[:：=—–-]|"
    rf"\d{{1,3}}\s*+/))"
)
_SEAT = wording(rf"{LINE_PREFIX}(?:{_SCORE_OF_SEAT}|{_SEAT_SCORE})(?P<bare>){_SEP}")
_ANY_SEAT = wording(rf"{LINE_PREFIX}(?:{_SCORE_OF_SEAT}|{_SEAT_SCORE}|{_BARE_SEAT}){_SEP}")
_ROW = re.compile(rf"\s*+\|[\s*_`]*+(?:{NOUN}(?=[ab12])|(?=[ab]))([ab12]){END}[\s*_`]*+\|([^|]++)\|?+\s*+\Z")
_KEY_NOUN = rf"(?:(?:{NOUNS})_)?"
_SEAT_KEY = re.compile(rf"{_KEY_NOUN}([ab12])")
_SEAT_SCORE_KEY = re.compile(
    rf"(?:overall_|final_|total_)?(?:scores?|rating)_(?:for_|of_)?{_KEY_NOUN}([ab12])|"
    rf"{_KEY_NOUN}([ab12])_(?:s_)?(?:score|rating)"
)
_SCORE_KEY = re.compile(r"(?:overall_|final_|total_)?(?:score|rating)|overall")
_SCALE_KEYS = ("out_of", "max", "max_score", "scale")
_HEADED_SEAT = wording(rf"[\s#*_`•\-]*+(?:the )?+{NOUN}(?P<seat>[ab12]){END}[\s*_`:：)]*+\Z")
_SEAT_CELL = wording(
    rf"[\s*_`]*+(?:{_WORD}\s*+(?:for |of )?+)?+(?:{NOUN}(?=[ab12])|"
    rf"(?=[ab]))(?P<seat>[ab12]){END}(?:\s*+{_WORD})?+[\s*_`]*+"
)
_OVERALL_CELL = re.compile(rf"[\s*_`]*+(?:(?:overall|final|total|{_WORD})\s*+){{1,2}}[\s*_`]*+")
_SEAT_DENOMINATOR = re.compile(r"(?:score|\b[ab12]\b)[^/\n]{0,40}?\d\s*+/\s*+(\d{1,4})(?!\d)")
_BOXED = re.compile(r"\\boxed\{\s*+([^{}\n]{1,30})\}")
_NAMED_NUMBER = re.compile(
    rf"[\s*_`•\-]*+{NOUN}(?P<seat>[ab12]){END}[\s*_`)]*+[:：=—–-][\s*_`]*+(?P<number>\d{{1,3}}(?:[.,]\d{{1,2}})?)"
    rf"[\s*_`.]*+"
)
_BETWEEN = re.compile(r"(?=[\s,;|])[\s*_`]*+(?:[,;|]|vs\.?|and\b)?[\s*_`]*+")


def score_statements(lines: Sequence[str], scale: Scale) -> list[Statement[float]]:
    """Every statement of an overall score."""
    statements = list(labelled(lines, _OVERALL, _OVERALL, scale))
    statements += [*_corrected_scores(lines, scale), *_boxed_scores(lines, scale)]
    if not statements or any(statement.value is not None for statement in statements):
        statements += _lone_scores(lines, scale)  # a label that we could not read may well announce that line
    for line, found in own_objects(lines):
        statements += _score_fields(found, line, scale, _SCORE_KEY)
    return statements


def seat_statements(lines: Sequence[str], scale: Scale) -> list[Statement[float]]:
    """Every statement of a seat's score; those that do not say "score" only where no other is."""
    statements = list(labelled(lines, _SEAT, _ANY_SEAT, scale))
    objects = own_objects(lines)
    for line, found in objects:
        statements += _seat_fields(found, line, scale)
    if any(each.value is not None or each.fault is not None for each in statements):
        return [*statements, *_corrected_seats(lines, statements, scale)]
    bare = [*labelled(lines, _ANY_SEAT, _ANY_SEAT, scale, bare=True), *_score_rows(lines, scale)]
    bare += [*_score_columns(lines, scale), *_overall_rows(lines, scale)]
    for line, found in objects:
        bare += _bare_pair(found, line, scale)
    return bare or statements or [*_blocks(lines, scale)] or [*_whole_pair(lines, scale)]


def any_seat_scores(lines: Sequence[str]) -> tuple[float, float] | None:
    """The scores of both seats in a reply that is asked for a choice, on the scale they name; None without them.

    Several for one seat ("Accuracy: A 7/10, B 9/10" and more) are about criteria, unless they say "score".
    """
    scale = next((match[1] for line in lines if (match := _SEAT_DENOMINATOR.search(line))), "1000000000")
    if float(scale) <= 0:
        return None
    for bare in (False, True):
        found: dict[str, list[float]] = {}
        label = _ANY_SEAT if bare else _SEAT
        anything = Scale(float(scale), 0.0)
        stated = [*labelled(lines, label, _ANY_SEAT, anything, bare=bare)]
        for line, value in own_objects(lines):
            stated += _bare_pair(value, line, anything) if bare else _seat_fields(value, line, anything)
        for statement in stated:
            if statement.value is not None:
                found.setdefault(statement.field, []).append(statement.value)
        if len(found) == 2 and (not bare or all(len(values) == 1 for values in found.values())):
            return found["score A"][-1], found["score B"][-1]
    return None


def _lone_scores(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """A fraction alone on the first or last line, if on our scale; the whole reply may also be a plain number."""
    for place, whole in ends(lines):
        line = lines[place]
        number = number_at(line, lead(line), scale)
        if number is not None and (whole or number.out_of == scale.out_of):
            value, fault = settled_number(line, number, scale, alone=True)
            if value is not None or fault is not None:
                yield Statement("score", value, fault, line, place)


def _corrected_scores(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """A score that is all that follows a correction: "Actually, 8/10."."""
    for place in range(1, len(lines)):
        if CORRECTS.match(lines[place - 1]) is not None and (number := number_at(lines[place], 0, scale)) is not None:
            value, fault = settled_number(lines[place], number, scale, alone=True)
            if (value is not None or fault is not None) and number.out_of is not None:
                yield Statement("score", value, fault, lines[place], place)


def _corrected_seats(
    lines: Sequence[str], statements: Sequence[Statement[float]], scale: Scale
) -> Iterator[Statement[float]]:
    """A number behind a correction, for the seat that was stated last: "Score A: 7/10. No, 8/10."."""
    for corrected in _corrected_scores(lines, scale):
        before = [each for each in statements if each.line < corrected.line]
        if before:
            field = max(before, key=lambda each: each.line).field
            yield Statement(field, corrected.value, corrected.fault, corrected.found, corrected.line)


def _boxed_scores(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    for place, line in enumerate(lines):
        for content in _BOXED.findall(line) if "\\boxed" in line else ():
            number = number_at(content, 0, scale)
            if number is not None and number.end == len(content.rstrip()):
                fault = number.fault or scale.fault(number.value)
                yield Statement("score", None if fault else number.value, fault, line, place)


def _blocks(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """A score in each of two sections: "## Response A", then "Score: 8/10"."""
    headings = [(place, match["seat"]) for place, line in enumerate(lines) if (match := _HEADED_SEAT.fullmatch(line))]
    for (place, seat), (end, _) in pairwise([*headings, (len(lines), "")]):
        for stated in labelled(lines[place:end], _OVERALL, _OVERALL, scale):
            yield Statement(FIELDS[seat], stated.value, stated.fault, stated.found, place + stated.line)


def _whole_pair(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """Two numbers that are the whole reply: "8 7", "[8, 7]", "8/10 vs 7/10", or "Assistant 1: 8" and its pair."""
    texts = [(place, line) for place, line in enumerate(lines) if line.strip()]
    if not 1 <= len(texts) <= 2 or sum(len(line) for _, line in texts) > 60:
        return
    named = [(place, line, match) for place, line in texts if (match := _NAMED_NUMBER.fullmatch(line))]
    if {match["seat"] for _, _, match in named} in ({"a", "b"}, {"1", "2"}):
        for place, line, match in named:
            yield _stated(FIELDS[match["seat"]], match["number"], place, scale, line)
        return
    whole = " ".join(line.strip() for _, line in texts).strip("[]().! ")
    first = number_at(whole, 0, scale)
    between = _BETWEEN.match(whole, first.end) if first is not None else None
    second = number_at(whole, between.end(), scale) if between is not None else None
    if first is None or second is None or second.end != len(whole) or (first.out_of is None) != (second.out_of is None):
        return
    for field, number in (("score A", first), ("score B", second)):
        fault = number.fault or scale.fault(number.value)
        yield Statement(field, None if fault else number.value, fault, whole, texts[-1][0])


def _score_columns(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """A table with a column for each seat: its only row, or the one that says overall."""
    table = [(place, _cells(line)) for place, line in enumerate(lines) if "|" in line and line.strip(" \t|:-")]
    heads = ((index, _seat_columns(cells)) for index, (_, cells) in enumerate(table))
    heading = next(((index, columns) for index, columns in heads if len(columns) == 2), None)
    if heading is None:
        return
    index, columns = heading
    rows = table[index + 1 :]
    if len(rows) != 1 or len(table[index][1]) != 2:
        rows = [(place, cells) for place, cells in rows if cells and _OVERALL_CELL.fullmatch(cells[0])]
    for place, cells in rows:
        for seat, column in columns.items():
            if column < len(cells):
                yield _stated(FIELDS[seat], cells[column].strip(" *_`"), place, scale)


def _overall_rows(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """A table with a row for each seat and a column that says overall."""
    table = [(place, _cells(line)) for place, line in enumerate(lines) if "|" in line and line.strip(" \t|:-")]
    if len(table) != 3:
        return
    columns = [column for column, cell in enumerate(table[0][1]) if column and _OVERALL_CELL.fullmatch(cell)]
    seats = [_SEAT_CELL.fullmatch(cells[0]) for _, cells in table[1:]]
    if len(columns) != 1 or None in seats:
        return
    for (place, cells), seat in zip(table[1:], seats, strict=True):
        if seat is not None and columns[0] < len(cells):
            yield _stated(FIELDS[seat["seat"]], cells[columns[0]].strip(" *_`"), place, scale)


def _seat_columns(cells: Sequence[str]) -> dict[str, int]:
    return {match["seat"]: column for column, cell in enumerate(cells) if (match := _SEAT_CELL.fullmatch(cell))}


def _cells(line: str) -> list[str]:
    return line.strip().strip("|").split("|")


def _score_rows(lines: Sequence[str], scale: Scale) -> Iterator[Statement[float]]:
    """Rows `| A | 8 |` of a two-column table, one for each seat and no others; its heading, if any, says score."""
    table = [
        (place, line) for place, line in enumerate(lines) if line.lstrip().startswith("|") and line.strip(" \t|:-")
    ]
    rows = [(place, match) for place, line in table if (match := _ROW.match(line))]
    heading = table[: len(table) - len(rows)]
    if len(rows) != 2 or len(heading) > 1 or not all("score" in line or "rating" in line for _, line in heading):
        return
    for place, row in rows:
        yield _stated(FIELDS[row[1]], row[2], place, scale)


def _stated(field: str, value: object, line: int, scale: Scale, shown: str | None = None) -> Statement[float]:
    """The statement that a JSON value or a table cell makes."""
    shown = shown or str(value)
    text = value.strip() if isinstance(value, str) else repr(value)
    if isinstance(value, float | int) and not isinstance(value, bool):
        fault = scale.fault(value)
        return Statement(field, None if fault else float(value), fault, shown, line)
    number = number_at(text, 0, scale) if isinstance(value, str) else None
    if number is None:
        return Statement(field, None, None, shown, line)
    return Statement(field, *settled_number(text, number, scale, alone=True), shown, line)


def _score_fields(
    found: Mapping[str, object], line: int, scale: Scale, name: re.Pattern[str], field: str | None = None
) -> Iterator[Statement[float]]:
    """The scores among an object's fields with such a name. One that names another scale is out_of_range."""
    named = [(_normal(key), value) for key, value in found.items()]
    limits = [value for key, value in named if key in _SCALE_KEYS and isinstance(value, int | float)]
    for key, value in named:
        if (match := name.fullmatch(key)) is not None:
            said, shown = field or FIELDS["".join(match.groups(""))], f'"{key}": {value}'
            if any(limit != scale.out_of for limit in limits):
                yield Statement(said, None, "out_of_range", shown, line)
            else:
                yield _stated(said, value, line, scale, shown)


def _seat_fields(found: Mapping[str, object], line: int, scale: Scale) -> Iterator[Statement[float]]:
    """{"score_a": 8}, {"scores": {"a": 8}}, {"scores": [8, 7]}, {"A": {"score": 8}}."""
    yield from _score_fields(found, line, scale, _SEAT_SCORE_KEY)
    for key, value in found.items():
        if isinstance(value, dict):
            if (seat := _SEAT_KEY.fullmatch(_normal(key))) is not None:
                yield from _score_fields(value, line, scale, _SCORE_KEY, FIELDS[seat[1]])
            elif _normal(key) in ("score", "scores", "ratings"):
                yield from _score_fields(value, line, scale, _SEAT_KEY)
        elif isinstance(value, list) and len(value) == 2 and _normal(key) in ("scores", "ratings"):
            for field, score in zip(("score A", "score B"), value, strict=True):
                yield _stated(field, score, line, scale)


def _bare_pair(found: Mapping[str, object], line: int, scale: Scale) -> Iterator[Statement[float]]:
    """{"a": 8, "b": 7} with both seats and no other number: anything else is not about seats."""
    numbers = [key for key, value in found.items() if isinstance(value, int | float)]
    seats = [key for key in found if _SEAT_KEY.fullmatch(_normal(key))]
    if len(seats) == 2 and set(numbers) <= set(seats):
        yield from _score_fields(found, line, scale, _SEAT_KEY)


def _normal(key: str) -> str:
    return re.sub(r"[\s_\-:'’]+", "_", key.lower()).strip("_")
