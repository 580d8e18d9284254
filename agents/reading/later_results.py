"""Results that the words behind the closing statement name: comment may follow a statement, another result may not.

"Verdict: A", and below it "so I'd go with B" or "the verdict must be B", is contradictory, and so is
"Score A: 7/10" with "A deserves an 8" below. Which words name a choice stands in later_choices.py, which give a score
in later_scores.py, which change one in later_changes.py; what is comment, in comments.py. What somebody else says is
comment.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fellowship.agents.reading.about_statement import takes_away
from fellowship.agents.reading.attributions import is_attributed
from fellowship.agents.reading.choices import Choice
from fellowship.agents.reading.comments import is_odd_word, no_comment
from fellowship.agents.reading.corrections import CORRECTS, first_of_feedback, names_result
from fellowship.agents.reading.hypotheses import RULES_OUT_TIES
from fellowship.agents.reading.later_changes import changing_sentence
from fellowship.agents.reading.later_choices import later_choices
from fellowship.agents.reading.later_scores import announced_scores, other_scores, repeats
from fellowship.agents.reading.lines import Scale
from fellowship.agents.reading.own_lines import FOREIGN
from fellowship.agents.reading.statements import Statement, UnreadableReply
from fellowship.agents.reading.wording import wording

_SENTENCES = re.compile(r"(?<=[.!?;。！？；])[\s*_`]*+(?!\d)")
_HEADING = wording(
    r"\s*+(?:#{1,6} |\*\*)[\s*_`]*+(?:\d[.)] )?(?:(?:the|my|final|overall) )*+(?:verdict|decision|winner|"
    r"judge?ment|votes?|ranking|scores?|ratings?)[\s*_`:：]*+"
)
_SECOND_SENTENCE = wording(r"[.!?;] (?!\d)|\((?=edit|correct|update|no\b|now)")
_HAS_SCORE = wording(
    r"\b(?:has|have|ends? (?:up )?(?:at|with|on)|holds?|carries|starts? at) (?:now |only )?(?:an? )?\d"
)
_OF_BOTH = wording(
    r"[\s*_`#>•\-(]*+(?:(?:the|my|combined|overall|score|rating) )*+(?:average|mean|median|difference|gap|margin)"
    r"(?: (?:score|rating|of both|of the two|of the scores|between them))*+[\s*_`]*+(?:[:=]|is)[\s*_`]*+\d[\d.,/\s]*+"
    r"(?:points?)?[\s*_`.)]*+\Z"
)
"""A figure of both scores together, which is the score of neither."""
_LONGEST = 600  # characters of a sentence


def refuse_other_choice(lines: Sequence[str], statements: Sequence[Statement[Choice]], choice: Choice) -> None:
    """Raise UnreadableReply (contradictory) where the words behind the closing statement choose something else."""
    _refuse_odd_words(lines, statements, "choice", choice)
    for sentence in _sentences_behind(lines, statements):
        named = later_choices(sentence)
        repeated = bool(named) and not takes_away(sentence)
        ruled_out = choice == "tie" and RULES_OUT_TIES.search(sentence) is not None
        if ruled_out or any(each != choice for each in named) or (no_comment(sentence) and not repeated):
            _refuse("choice", choice, sentence)


def refuse_other_scores(
    lines: Sequence[str], statements: Sequence[Statement[float]], scores: Mapping[str, float], scale: Scale
) -> None:
    """Raise UnreadableReply (contradictory) where the words behind the closing statement give another score."""
    shown, first = " and ".join(f"{each:g}" for each in scores.values()), next(iter(scores))
    _refuse_odd_words(lines, statements, first, shown)
    for sentence in _corrections_between(lines, statements):
        if any(True for _ in other_scores(sentence, scores, scale.out_of, corrects=True)):
            _refuse(first, shown, sentence)
    sentences = [*_sentences_behind(lines, statements)]
    for sentence in sentences:
        if len(scores) > 1 and _OF_BOTH.match(sentence) is not None:
            continue
        if not is_attributed(sentence) or _HAS_SCORE.search(sentence) is not None:
            for field, value in announced_scores(sentence, scale):
                if value not in (scores.values() if field is None else [scores.get(field, value)]):
                    _refuse(field or "score", shown, sentence)
            if any(True for _ in other_scores(sentence, scores, scale.out_of)):
                _refuse(first, shown, sentence)
        if no_comment(sentence) and not repeats(sentence, scores, scale.out_of):
            _refuse(first, shown, sentence)
    if (changing := changing_sentence(sentences, scores, scale)) is not None:
        _refuse(first, shown, changing)


def _refuse_odd_words(lines: Sequence[str], statements: Sequence[Statement[Any]], field: str, shown: str) -> None:
    for line in _lines_behind(lines, statements):
        if is_odd_word(line):
            _refuse(field, shown, line)


def _sentences_behind(lines: Sequence[str], statements: Sequence[Statement[Any]]) -> Iterator[str]:
    for line in _lines_behind(lines, statements):
        for sentence in _SENTENCES.split(line):
            if len(sentence) > 3:
                yield from (sentence[start : start + _LONGEST] for start in range(0, len(sentence), _LONGEST))


def _corrections_between(lines: Sequence[str], statements: Sequence[Statement[Any]]) -> Iterator[str]:
    """The lines behind a correction that stands between two statements, and that are no statement."""
    stating = sorted({each.line for each in statements if each.value is not None})
    for number in range(stating[0] + 1, stating[-1]) if stating else ():
        if number not in stating and CORRECTS.match(lines[number - 1]) is not None and number - 1 > stating[0]:
            yield lines[number][:_LONGEST]


def _lines_behind(lines: Sequence[str], statements: Sequence[Statement[Any]]) -> Iterator[str]:
    """The rest of the closing line, and the lines below it; of a section of feedback those that name the result."""
    closing = max((each.line for each in statements if each.value is not None), default=len(lines))
    if closing < len(lines):
        yield _rest_of(lines, closing)
    feedback = first_of_feedback(lines, closing + 1)
    for number, line in enumerate(lines[closing + 1 :], closing + 1):
        is_about_answer = number >= feedback and not names_result(line)
        is_text = len(line) > 3 and line.strip() != FOREIGN and not _HEADING.fullmatch(line)
        if is_text and "|" not in line and not is_about_answer:
            yield line


def _rest_of(lines: Sequence[str], place: int) -> str:
    """What stands behind the first sentence, or the first bracket, of a line."""
    if lines[place].lstrip().startswith("{") or "[[" in lines[place] or "\\boxed" in lines[place]:
        return ""
    begins = _SECOND_SENTENCE.search(lines[place])
    return "" if begins is None else lines[place][begins.end() :]


def _refuse(field: str, stated: str, sentence: str) -> None:
    message = f"expected only comment behind {stated}, found {sentence.strip()[:80]!r}"
    raise UnreadableReply("contradictory", field, message)
