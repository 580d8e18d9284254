"""How a pattern of words is written, and the lists of words that several modules share.

In every pattern of words and every part of one, a blank stands for one or more blanks of any kind. Texts are
lower-cased before they are matched. Repeats are possessive where they can be, so that time grows with the length of the
text and no faster.
"""

import re

ANSWER_NOUN = "assistant|response|answer|candidate|model"
SEAT_NOUN = f"{ANSWER_NOUN}|option"


def wording(pattern: str) -> re.Pattern[str]:
    """The compiled pattern, with each blank of it as one or more blanks."""
    return re.compile(pattern.replace(" ", r"\s++"))


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for comparison with whole words."""
    return frozenset(text.split())
