"""Columns under other names that hold a decision between the two answers of a row, known by their names and values.

Such a decision would be lost, and an export would count the evaluator's in its place. A value that says which answer is
better (`A>B`, `model_b`, `A is better`) is a decision in a column of any name. `A` alone is one unless the name is of a
group; a number, `first` or `BAA` is one where the name says that something was decided. Free text, ids and scores are
none, but for numbers that score both answers (`score_columns.py`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fellowship.formatting.shorten import short_repr
from fellowship.storage.column_meanings import GROUPS, DecisionMeaning, decision_meaning, says
from fellowship.storage.column_names import Means
from fellowship.storage.item_columns import IGNORED, RESPONSES, Defect, ItemColumns, filled
from fellowship.storage.score_columns import ScorePair, seat_scores

YES_NO = frozenset({"yes", "no", "true", "false", "y", "n"})
SEAT_LETTERS = frozenset({"a", "b"})
FOREIGN_ANSWER = (
    "(?:antwort|modell|réponse|reponse|modèle|modele|respuesta|modelo|resposta|risposta|modello|antwoord|svar|"
    "odpowiedź|odpowiedz|ответ|модель|回答|答案|回复|模型|応答|답변)"
)
FOREIGN_SEATS = "\u0430\u0431\u03b1\u03b2\uff41\uff42\u7532\u4e59"  # the first two letters in other scripts
OF_OTHER_LANGUAGE = re.compile(
    rf"{FOREIGN_ANSWER}[ _-]?[ab12{FOREIGN_SEATS}]|[ab12][^\x00-\x7f]{{1,8}}|[^\x00-\x7f]{{1,8}}[ab12]"
)
"""A seat in another language: an answer's word and the seat, or a seat beside letters that are not Latin."""
LONE_SEAT = re.compile(r"(?<![^\W_])[AB](?![^\W_])")
ANSWER_WORD = "(?i:model|response|answer|assistant|output|completion|candidate|option|reply|system|text)"
SEAT_FORM = (
    rf"(?:(?:{ANSWER_WORD}[ _-]?)\(?(?i:[ab12]|one|two)\)?"
    rf"|[AB12]|(?i:first|second|left|right)(?: {ANSWER_WORD})?|(?i:former|latter))"
)
COMPARED_WORD = (
    "(?i:better|best|worse|wins?|won|winner|preferred|preferable|prefer|stronger|superior|safer|chosen|loses|lost)"
)
DEGREE_WORD = "(?i:is|was|seems|the|much|far|slightly|clearly|significantly|marginally|strongly|somewhat|a bit|a lot|i)"
CHOICE_STATEMENT = re.compile(
    rf"\W*(?:(?:(?i:the) )?{SEAT_FORM}(?:[ _-]{DEGREE_WORD})*[ _-]{COMPARED_WORD}(?:\s(?:than|over|to)\s.*)?"
    rf"|(?:{DEGREE_WORD}[ _-])*{COMPARED_WORD}(?: is| {ANSWER_WORD})?[ :=_-]+(?:(?i:the) )?{SEAT_FORM})\W*"
)
SEAT_ORDER = re.compile(rf"\W*(?i:{SEAT_FORM})\s*(?:[<>≻≺≈~]+|=+)\s*(?i:{SEAT_FORM})\W*")
NAMED_SEAT = re.compile(
    rf"{ANSWER_WORD}[ _-]?\(?[ab]\)?|(?:left|right|tie|bothbad|model_[ab])[ _-]?vote"
    rf"|[ab](?:\s*[,;|/]\s*(?:[ab]|tie)){{2,}}"
)
IN_BRACKETS = re.compile(r"\[\[?(?:[abc]|tie)\]?\]")
TIE_TEXTS = frozenset({"tie", "tied", "tie (bothbad)", "both bad", "bothbad", "both_bad", "both good", "a tie"})
IN_OTHER_WORDS = re.compile(
    rf"(?i:{SEAT_FORM})(?:[ _-]{COMPARED_WORD})?|[ab](?:[\s,;|/-]*(?:[ab]|tie|t))+|[<>=]{{1,2}}"
)
OTHER_WORDS = frozenset(
    {"same", "equal", "draw", "both", "neither", "either", "equally good", "win", "loss", "lose", "0", "top", "bottom"}
)
EQUAL_WORDS = frozenset({"tie", "equal", "equally", "same", "both", "neither", "difference", "draw", "none"})
LONGEST_STATEMENT = 60
MOST_WORDS_OF_A_SEAT = 3
SMALL_NUMBER = re.compile(r"[+-]?\d{1,2}(?:\.\d)?")
NO_STATEMENT = "", ""
LONGEST_DECISION = 80
LARGEST_NUMBER = 3
DECISION_DEPTH = 10
MOST_COLUMNS_NAMED = 5
MOST_VOTES = 200
"""A longer list, such as an embedding, holds no votes."""


def hidden_decisions(
    row: Mapping[str, Any], columns: ItemColumns, class_names: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Any]]:
    """The columns, with their values, of a row with two answers that hold a decision which is not read."""
    texts = [value for names in RESPONSES for name in names if isinstance(value := row.get(name), str)]
    models = [value.lower() for name in ("model_a", "model_b") if isinstance(value := row.get(name), str)]
    for name in columns.others:
        if isinstance(given := row.get(name), list) and len(given) > MOST_VOTES:
            continue
        if (value := filled(row, name)) is None:
            continue
        about, value = decision_meaning(name), _named(value, class_names.get(name))
        is_repeated = about.names_models and _repeats(value, texts)
        if is_repeated or _is_decision(value, about, models):
            yield name, value
    yield from ((found.columns[0], found) for found in seat_scores(row, columns.others))


def stated_seat(row: Mapping[str, Any], name: str, class_names: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    """The form of what a value says of the seats, and the seat where the form alone does not show that it is one.

    `("", "=")` for a tie; `NO_STATEMENT` for other values, None without a value. A column in which all rows say
    something, in few forms, is one of decisions, whatever its name.
    """
    value = _named(filled(row, name), class_names.get(name))
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_STATEMENT or says(name, Means.ORDER):
        return NO_STATEMENT
    lower = text.lower()
    is_said = SEAT_ORDER.fullmatch(lower) or NAMED_SEAT.fullmatch(lower) or IN_BRACKETS.fullmatch(lower)
    if (is_said and not lower[0].isdigit()) or CHOICE_STATEMENT.fullmatch(text):
        return "A>B", ""
    seats = LONE_SEAT.findall(text)
    if len(seats) == 1 and len(text.split()) <= MOST_WORDS_OF_A_SEAT and len(text) > 1:
        is_group = says(text, GROUPS) or says(name, GROUPS)
        return NO_STATEMENT if is_group else (LONE_SEAT.sub("*", text), seats[0])
    is_word = len(text.split()) == 1 and not any(each.isdigit() for each in text)
    is_tie = lower in TIE_TEXTS or lower in OTHER_WORDS or not EQUAL_WORDS.isdisjoint(lower.split())
    return ("", "=") if is_word or is_tie else NO_STATEMENT


def decision_defect(found: Mapping[str, Any]) -> Defect:
    """The refusal of the first of such columns, given with their values, with what to do."""
    (name, value), *_ = found.items()
    if isinstance(value, ScorePair):
        return value.defect()
    several = isinstance(value, list | Mapping)
    others = [each for each, given in found.items() if each != name and isinstance(given, str)]
    if others and isinstance(value, str):  # a number may be a count, or a flag of one seat
        beside = f"so may {', '.join(map(repr, others[:MOST_COLUMNS_NAMED]))}"
        target = "'votes', a list of A, B or tie, if several people decided, or one of them as 'label'"
        advice = f"rename each to '{IGNORED}NAME' that is to be ignored"
        return Defect(name, f"{short_repr(value, 40)} may be a label; {beside}: write all as {target}; {advice}")
    target = "'votes', a list of A, B or tie," if several else "'label' with A, B or tie"
    advice = f"write it as {target} if people decided; rename it to '{IGNORED}{name}' if it is to be ignored"
    return Defect(name, f"{short_repr(value, 40)} may be a label; {advice}")


def _named(value: Any, names: Sequence[str] | None) -> Any:
    """The name of a class, or of several, for their numbers."""
    if names is None:
        return value
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    is_class = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names)
    return names[value] if is_class else value


def _repeats(value: Any, texts: Sequence[str]) -> bool:
    """Whether a value is the text of one of two different answers, or a chat that ends with it."""
    if isinstance(value, list) and value and isinstance(value[-1], Mapping):
        value = value[-1].get("content")
    given = {text.strip().lower() for text in texts}
    return isinstance(value, str) and value.strip().lower() in given and len(given) > 1


def _is_decision(value: Any, name: DecisionMeaning, models: list[str], depth: int = DECISION_DEPTH) -> bool:
    if isinstance(value, Mapping):
        if (name.words or name.measures) and {str(key).lower() for key in value} <= SEAT_LETTERS:
            return True
        named = ((part, each) for key, part in value.items() for each in {name, decision_meaning(str(key))})
        return depth > 0 and any(_is_decision(part, each, models, depth - 1) for part, each in named)
    if isinstance(value, list):
        many = name.several_numbers and len(value) > 1 and all(_is_number(part) for part in value)
        return depth > 0 and (many or any(_is_decision(part, name, models, depth - 1) for part in value))
    if isinstance(value, bool):
        return name.flags or name.any_short
    if isinstance(value, str):
        return _is_text_decision(value.strip(), name, models)
    return _is_number(value) and (name.any_short or _is_number_decision(value, name))


def _is_number_decision(number: float, name: DecisionMeaning) -> bool:
    """Whole and half numbers, and shares where the name says of what."""
    is_usual = number % 0.5 == 0 or name.flags
    return name.counts or (name.numbers and abs(number) <= LARGEST_NUMBER and is_usual)


def _is_text_decision(text: str, name: DecisionMeaning, models: list[str]) -> bool:
    if len(text) > LONGEST_DECISION:
        return False
    lower = text.lower()
    if name.any_short or (name.names_models and lower in models):
        return True
    is_order = SEAT_ORDER.fullmatch(lower) is not None and (name.words or not lower[0].isdigit())
    is_said = lower in TIE_TEXTS or NAMED_SEAT.fullmatch(lower) or IN_BRACKETS.fullmatch(lower)
    if name.statements and (is_order or is_said):
        return True
    if name.statements and len(text) <= LONGEST_STATEMENT and CHOICE_STATEMENT.fullmatch(text):
        return True
    if name.letters and text in ("A", "B"):
        return True
    if name.letters and name.statements and OF_OTHER_LANGUAGE.fullmatch(lower) is not None:
        return True
    if name.flags and lower in YES_NO:
        return True
    if SMALL_NUMBER.fullmatch(text):
        return _is_number_decision(float(text), name)
    return name.words and (lower in OTHER_WORDS or IN_OTHER_WORDS.fullmatch(lower) is not None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
