"""Failures that all conversations of a run share: recognised by the first few, so that the others do not meet them.

A misspelt model, a wrong base URL, a scenario with an impossible argument, a parser with a bug: each further
conversation would fail in the same way. A failure is shared while nothing has succeeded in this start, and the failures
so far are of one kind. Failures that conversations have of their own differ in their text, so more of them are allowed.
"""

import re
import traceback
from collections import Counter

from fellowship.protocols.errors import NotRecorded, ProviderError, RequestRejected

MAX_EQUAL = 10  # failures with the same text
MAX_ALIKE = 50  # failures of the same type at the same place, each with a text of its own
VARYING = re.compile(r"\b(?:c\d{5,}\S*|(?=[\w-]*\d)[\w-]{8,})")  # names of conversations, ids of requests


class SharedFailures:
    """Counts failures by kind until the first success."""

    def __init__(self) -> None:
        self._equal: Counter[str] = Counter()
        self._alike: Counter[str] = Counter()
        self._has_succeeded = False

    def succeed(self) -> None:
        """Something got through: from now on failures are not shared by all."""
        self._has_succeeded = True

    def add(self, error: BaseException) -> int | None:
        """Count a failure; the number of its kind once that is so large that all others would fail too."""
        if self._has_succeeded or isinstance(error, NotRecorded):
            return None
        kind = kind_of(error)
        text = f"{kind}: {VARYING.sub('…', str(error))}"
        self._alike[kind] += 1
        self._equal[text] += 1
        n_equal, n_alike = self._equal[text], self._alike[kind]
        if n_equal >= MAX_EQUAL and not _may_be_of_the_request(error):
            return n_equal
        return n_alike if n_alike >= MAX_ALIKE else None


def kind_of(error: BaseException) -> str:
    """The type of an error, and the place in the code that raised it, for errors that are not a provider's."""
    name = type(error).__name__
    if isinstance(error, ProviderError):
        return name
    frames = traceback.extract_tb(error.__traceback__)
    return f"{name} at {frames[-1].filename}:{frames[-1].lineno}" if frames else name


def _may_be_of_the_request(error: BaseException) -> bool:
    """Whether a server may have refused the content of this one request, such as a filtered or too long prompt."""
    return isinstance(error, RequestRejected) and error.is_about_request
