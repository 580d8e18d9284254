"""Failures that all conversations of a run share: recognised by the first few, so that the others do not meet them.

A misspelt model, a wrong base URL, a scenario with an impossible argument, a parser with a bug: each further
conversation would fail in the same way. A failure is shared while nothing has succeeded in this start, and the failures
so far are of one kind. Failures that conversations have of their own differ in their text, so more of them are allowed.
"""

import re
import traceback
from collections import defaultdict

from fellowship.protocols.errors import NotRecorded, ProviderError, RequestRejected, SharedFailure

MAX_EQUAL = 10  # failures with the same text
MAX_EQUAL_UNSURE = 20  # the same, where a server may have refused the content of a request, or may answer later
MAX_ALIKE = 50  # failures of the same type at the same place, each with a text of its own
VARYING = re.compile(r"\b(?:c\d{5,}\S*|(?=[\w-]*\d)[\w-]{8,})")  # names of conversations, ids of requests
FILTERED = re.compile(
    r"filter|polic|inspect|safety|moderat|sensitive|flagged|harmful|inappropriate|prohibited", re.IGNORECASE
)


class SharedFailures:
    """The conversations with failures of each kind, until the first success."""

    def __init__(self) -> None:
        self._equal: defaultdict[str, set[str]] = defaultdict(set)
        self._alike: defaultdict[str, set[str]] = defaultdict(set)
        self._has_succeeded = False

    def succeed(self) -> None:
        """Something got through: from now on failures are not shared by all."""
        self._has_succeeded = True

    def add(self, error: BaseException, conversation: str) -> int | None:
        """Count a failure; the number of conversations with its kind once all others can be expected to fail too."""
        is_of_its_own = isinstance(error, NotRecorded) or (_is_about_request(error) and FILTERED.search(str(error)))
        if self._has_succeeded or is_of_its_own:
            return None
        kind = kind_of(error)
        text = f"{kind}: {VARYING.sub('…', str(error))}"
        self._alike[kind].add(conversation)
        self._equal[text].add(conversation)
        n_equal, n_alike = len(self._equal[text]), len(self._alike[kind])
        may_differ = _is_about_request(error) or (isinstance(error, ProviderError) and error.retryable)
        if n_equal >= (MAX_EQUAL_UNSURE if may_differ else MAX_EQUAL):
            return n_equal
        return n_alike if n_alike >= MAX_ALIKE else None


def shared_failure(n: int, told: str) -> SharedFailure:
    """The error that stops a run after `n` conversations."""
    return SharedFailure(
        f"none of {n} conversations got through: {told}; correct that, and repeat the command: it tries them again"
    )


def kind_of(error: BaseException) -> str:
    """The type of an error, and the place in the code that raised it, for errors that are not a provider's."""
    name = type(error).__name__
    if isinstance(error, ProviderError):
        return name
    frames = traceback.extract_tb(error.__traceback__)
    return f"{name} at {frames[-1].filename}:{frames[-1].lineno}" if frames else name


def _is_about_request(error: BaseException) -> bool:
    """Whether a server may have refused the content of this one request, such as a filtered or too long prompt."""
    return isinstance(error, RequestRejected) and error.is_about_request
