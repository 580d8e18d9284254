"""How a pattern of words is written, and the lists of words that several modules share.

In every pattern of words and every part of one, a blank stands for one or more blanks of any kind. Texts are
lower-cased before they are matched. Repeats are possessive where they can be, so that time grows with the length of the
text and no faster.
"""

import re
from typing import Any, cast

ANSWER_NOUN = "assistant|response|answer|candidate|model"
SEAT_NOUN = f"{ANSWER_NOUN}|option"


class _Wording:
    """A pattern that is compiled at its first use: there are a hundred, and most replies need few of them."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __getattr__(self, name: str) -> Any:
        """The attribute of the compiled pattern, which is kept: the next use finds it without this method."""
        value = self.__dict__[name] = getattr(re.compile(self._pattern.replace(" ", r"\s++")), name)
        return value


def wording(pattern: str) -> re.Pattern[str]:
    """The pattern, with each blank of it as one or more blanks."""
    return cast("re.Pattern[str]", _Wording(pattern))


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for comparison with whole words."""
    return frozenset(text.split())
