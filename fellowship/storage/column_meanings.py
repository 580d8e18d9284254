"""What the name of an input column says of its values: the one place that decides, from `column_names.py`."""

import re
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_

from fellowship.storage.column_names import NO_MEANING, WORD_MEANINGS, Means, name_words, snake

PART_OF_PROMPT = re.compile(
    r"(?:prompt|question|instruction|input|context|history|turn|text|sentence|claim|query)_?(?:\d|(?<=_)[a-e])"
    r"|system_?\d"
    r"|(?:answer_|multiple_)?(?:option|choice|ending|sol|alternative|opt)_?(?:\d{1,2}|(?<=_)[a-h])|opt[a-h]|\d_?option"
    r"|(?:answer|multiple|mc|possible|candidate)_?(?:options|choices|alternatives)|endings|alternatives"
)
"""Names of numbered parts and of options, beside those of `Means.WHOLE`."""
ABOUT_AT_END = Means.ABOUT | Means.ABOUT_LAST
OF_DECISION = Means.CHOICE | Means.DECISION | Means.LABEL | Means.PEOPLE
OF_ROW = OF_DECISION | Means.OF_LABEL
OF_ANSWERS = OF_ROW | Means.VERDICT | Means.HUMAN | Means.OF_CHOICE
GROUPS = Means.GROUP | Means.WEAK_GROUP | Means.ORDER


@dataclass(frozen=True, slots=True)
class PromptMeaning:
    """What a text under a name may be."""

    is_part: bool  # of the prompt
    is_request: bool  # what the answer is to be like, a number as well
    is_setting: bool  # the same in words; a number is a setting of a call
    is_apart: bool  # not a part of the prompt
    keys_say: bool  # what an object is
    has_versions: bool  # of one text, as an object
    is_side: bool  # an object with several things beside the prompt
    may_tell_apart: bool  # it distinguishes two equal prompts
    may_be_data: bool  # the one instruction of all rows is about it
    may_be_medium: bool  # a path or content of an image, a recording or a document


@dataclass(frozen=True, slots=True)
class DecisionMeaning:
    """The least that is a decision under a name."""

    any_short: bool
    numbers: bool
    several_numbers: bool
    flags: bool
    words: bool
    letters: bool
    statements: bool
    counts: bool
    names_models: bool
    measures: bool


@dataclass(frozen=True, slots=True)
class ScoreMeaning:
    """Whether a name is of scores of an answer, or of measures that no person gives."""

    words: tuple[str, ...]
    is_score: bool
    is_machine: bool


class _Words:
    """The words of a name, with their meanings."""

    def __init__(self, name: str) -> None:
        self.all = name_words(name)
        self.last = self.all[-1] if self.all else ""
        self._meanings = [(word, WORD_MEANINGS.get(word, NO_MEANING)) for word in self.all]
        self.said = reduce(or_, (means for _, means in self._meanings), NO_MEANING)
        self.about = [  # the words by which the column does not hold what the others say
            means for word, means in self._meanings if means & (ABOUT_AT_END if word == self.last else Means.ABOUT)
        ]

    def has(self, *words: str) -> bool:
        return not set(self.all).isdisjoint(words)

    def says(self, meaning: Means) -> bool:
        return bool(self.said & meaning)

    def are(self, meaning: Means, *, or_numbers: bool = False) -> bool:
        """Whether each word has one of the meanings."""
        return all(means & meaning or (or_numbers and word.isdigit()) for word, means in self._meanings)

    def asks(self, meaning: Means, last: Means) -> bool:
        """Whether the last word has the second meaning, and those in front of it, at least one, have the first."""
        before = [means for _, means in self._meanings[:-1]]
        return bool(before) and bool(self._meanings[-1][1] & last) and all(means & meaning for means in before)


def says(text: str, meaning: Means) -> bool:
    """Whether a word of a text or name has the meaning."""
    return any(WORD_MEANINGS.get(word, NO_MEANING) & meaning for word in name_words(text))


@lru_cache(maxsize=1024)
def prompt_meaning(column: str) -> PromptMeaning:
    """The meaning of a name for the prompt."""
    name, spelt = _Words(column), snake(column)
    end, whole = WORD_MEANINGS.get(name.last, NO_MEANING), WORD_MEANINGS.get(spelt, NO_MEANING)
    is_prompt = end & Means.HEAD and not name.says(Means.EVALUATOR)
    is_apart = not is_prompt and (name.says(Means.APART) or bool(name.about))
    is_repeat = name.says(Means.REPEAT)
    is_limit = name.says(Means.LIMIT) and name.says(Means.UNIT) and name.are(Means.LIMIT | Means.UNIT)
    return PromptMeaning(
        is_part=(name.says(Means.CONTEXT) and not name.about)
        or (name.says(Means.SYSTEM) and name.are(Means.SYSTEM | Means.OF_SYSTEM))
        or (name.says(Means.MEDIUM) and name.are(Means.MEDIUM | Means.OF_MEDIUM, or_numbers=True))
        or (name.says(Means.PROMPT) and bool(end & Means.ADDITION))
        or bool(whole & Means.WHOLE)
        or PART_OF_PROMPT.fullmatch(spelt) is not None,
        is_request=bool(whole & Means.REQUEST)
        or name.asks(Means.ASKS, Means.REQUESTED)
        or name.asks(Means.ASKS_LANGUAGE, Means.MANNER)
        or name.asks(Means.COUNTS, Means.COUNTED)
        or (is_limit and not name.has("length")),
        is_setting=is_limit and name.has("length"),
        is_apart=is_apart,
        keys_say=bool(end & Means.KEYS),
        has_versions=bool(end & Means.VERSIONS),
        is_side=name.says(Means.SIDE),
        may_tell_apart=not is_apart and not is_repeat,
        may_be_data=bool(column) and not is_repeat and not name.says(Means.SAMPLED),
        may_be_medium=(not is_apart or name.has("file", "path", "name")) and not name.says(Means.NO_MEDIUM),
    )


@lru_cache(maxsize=1024)
def decision_meaning(column: str) -> DecisionMeaning:
    """The meaning of a name for a decision between two answers."""
    name = _Words(column)
    seated, people, preferred = name.has("a", "b"), name.says(Means.HUMAN), name.says(Means.PREFERENCE)
    of_answers = name.are(OF_ANSWERS, or_numbers=True)
    is_adjective = name.all[:1] in (("more",), ("less",), ("most",)) and len(name.all) <= 4
    chosen = name.says(Means.CHOICE) and (of_answers or is_adjective)
    decided = name.says(Means.DECISION) and (of_answers or not preferred)
    of_people = name.says(Means.PEOPLE)
    says = chosen or decided or of_people or name.says(Means.LABEL)
    about = [means for means in name.about if not (chosen and means & Means.POINTER)]
    scored = any(means & Means.MEASURE for means in about)
    is_share = preferred and of_answers and not name.has("confidence", "count", "counts")
    is_win = name.has("win", "wins") and not name.has("model")
    measured = scored and (is_share or (seated and (is_win or people)))
    holds = all(measured and means & Means.MEASURE for means in about)
    is_order = name.says(Means.ORDER)
    is_label = name.says(Means.LABEL) and name.are(OF_ROW)
    is_numbered = (of_people and name.last.isdigit()) or (seated and name.has("rank"))
    is_group = is_order or name.says(Means.GROUP) or (name.says(Means.WEAK_GROUP) and not says)
    voted = preferred or name.has("vote", "votes", "wins")
    return DecisionMeaning(
        any_short=holds and of_answers and name.says(Means.VERDICT),
        numbers=holds and (chosen or decided or is_label or is_numbered) and {*name.all} != {"comparison"},
        several_numbers=holds and says,
        flags=holds and ((chosen and not name.are(Means.FLAG)) or (decided and seated)),
        words=holds and says and not is_order,
        letters=holds and not is_group,
        statements=not is_order and (measured or all(means & (Means.POINTER | Means.TAG) for means in name.about)),
        counts=holds and seated and (voted or measured),
        names_models=holds and (chosen or decided),
        measures=measured or (people and scored and name.are(Means.HUMAN | Means.MEASURE)),
    )


@lru_cache(maxsize=1024)
def score_meaning(column: str) -> ScoreMeaning:
    """The meaning of a name for numbers that score an answer."""
    name = _Words(column)
    is_machine = name.says(Means.MACHINE)
    is_about_scores = any(not means & Means.SCORE for means in name.about)
    is_score = name.says(Means.SCORE) and not is_machine and not is_about_scores
    return ScoreMeaning(name.all, is_score=is_score, is_machine=is_machine)
