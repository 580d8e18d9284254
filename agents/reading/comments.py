"""What may stand behind a closing statement: comment, which is about the answers, the task or the criteria.

A sentence is no comment where it speaks of the statement itself (about_statement.py), of its writer (about_judge.py),
of missing input or of guidelines (missing_input.py), or commands something about "this" (commands.py), unless its form
is known there as harmless; and where it names another result (later_results.py). A form that nobody listed makes the
reply unreadable, which costs one request.
"""

import re

from fellowship.agents.reading.about_judge import is_about_judge
from fellowship.agents.reading.about_statement import is_about_statement
from fellowship.agents.reading.commands import is_command
from fellowship.agents.reading.missing_input import is_about_input
from fellowship.agents.reading.wording import word_set, wording

_CODE = re.compile(r"\w\(['\"`]|[{}]\s*+\Z")
_ONE_WORD = re.compile(r"[\s*_`(#>•-]*+(?P<word>[^\W\d_]{3,20})[\s*_`)]*+[.!…]++[\s*_`)]*+")
_HARMLESS_WORDS = word_set(
    "acceptable accurate adequate amen analysis best bland bravo brief cheers clear comments complete concise "
    "conclusion confidence congratulations correct decent detailed done dry end evaluation excellent explanation "
    "feedback final fine finished generic good great helpful impressive incomplete informative justification long "
    "mediocre nice notes overall perfect poor rationale readable reasoning redundant regards relevant repetitive "
    "shallow short solid strengths suggestions summary superficial thanks thin thorough unhelpful vague verbose weak "
    "weaknesses wordy"
)
UNDER_CONDITION = wording(
    r"\b(?:if|unless|had|would|could|might|may|can|perhaps|was|were|first|before|initially|previously|than|from|"
    r"(?:the |an)?other (?:judge|juror|reviewer|critic|debater|rater)s?|unlike|short|brings?|earlier|prior|previous|"
    r"compared|require[sd]?|needs?|reach(?:es)?|elevate|stricter|lenient|typical|user|annotators?)\b|"
    r"n['’]t\b|\?"
)
"""Words beside which a seat or a number is not the result: of a condition, a comparison, or an earlier time."""


def no_comment(sentence: str) -> bool:
    """Whether a lower-cased sentence is about the statement or the judge, in a form that is not known as harmless."""
    return _CODE.search(sentence) is None and (
        is_about_statement(sentence) or is_about_judge(sentence) or is_about_input(sentence) or is_command(sentence)
    )


def is_odd_word(line: str) -> bool:
    """Whether a line is a single word that no judge is known to end with: "Void."."""
    word = _ONE_WORD.fullmatch(line)
    return word is not None and word["word"] not in _HARMLESS_WORDS
