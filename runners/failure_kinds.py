"""Kinds of failures, and how many conversations meet one before all others are expected to: the one table of limits.

Two failures are equal where their texts are, without moments, ids and names of conversations. They are alike where only
their kind is the same, and of errors of the code the type and place: failures that conversations have of their own
differ in their text, so more of them are allowed. No part of a text is compared for that: an error may quote the item
or the reply, in any form.
"""

import re
import traceback
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from fellowship.protocols.errors import NotRecorded, Overloaded, ProviderError, RateLimited, RequestRejected
from fellowship.protocols.failed_votes import failed_for_votes
from fellowship.runners.quotations import without_quotations

FailureKind: TypeAlias = Literal[
    "setup", "request", "content", "later", "overloaded", "paused", "provider", "scenario", "unreadable", "not recorded"
]


class FailureLimits(NamedTuple):
    """How many conversations have failed when a failure is shared; None where their number does not show it."""

    equal: int | None  # while nothing has succeeded in this start
    alike: int | None
    equal_in_a_row: int | None  # where nothing that was sent between them has succeeded, whatever succeeded before
    alike_in_a_row: int | None
    attempts_count: bool  # each attempt of a request counts, as of MAX_ATTEMPTS
    longest_s: float | None = None  # from the first failed attempt on, without one answer of the model


FAILURE_LIMITS: dict[FailureKind, FailureLimits] = {
    # until the first success:  equal, alike; in a row: equal, alike; attempts count; seconds
    "setup": FailureLimits(None, 10, None, 20, False),  # rejected whatever is asked, such as a wrong model
    "request": FailureLimits(10, 100, 20, 50, False),  # rejected, perhaps for this request
    "content": FailureLimits(50, 100, None, None, False),  # rejected with words about content or length
    "later": FailureLimits(20, 50, None, None, True, 300.0),  # may succeed later
    "overloaded": FailureLimits(20, 50, None, None, False, 300.0),  # 503 and the like, which have pauses of their own
    "paused": FailureLimits(20, 50, None, None, False),  # 429, likewise
    "provider": FailureLimits(10, 50, 20, 50, False),  # any other failure of a provider, or of its code
    "scenario": FailureLimits(10, 50, None, 50, False),  # a bug in a scenario or role, or a wrong argument
    "unreadable": FailureLimits(10, 50, None, 50, False),  # replies, or too few votes
    "not recorded": FailureLimits(None, None, None, None, False),  # of a conversation that is executed again
}
MAX_ATTEMPTS, FEWEST_CONVERSATIONS, PATIENCE_S = 10, 3, 5.0
"""Failed attempts, conversations with one, and seconds since the first, before attempts are shared."""
FEWEST_ATTEMPTS = 3
"""Failed attempts before a model that has answered nothing is reported, or given up."""
MOST_UNDECIDED = 0.25
"""Requests without an outcome between failures in a row, and conversations that are open while the replies of others
could not be read, as a share of these."""
CHANCE_FACTOR, SUPPOSED_UNREADABLE = 15, 15
"""Unreadable conversations in a row, as a multiple of the conversations for each one that was read: by chance as many
follow one another in one of three million cases (exp(-15)). And as many are supposed to be unreadable before the first,
so that the share is not estimated from a few that were read."""
LONGEST_END = 1_000
"""Characters at each end of an error's text in which its own words are looked for."""
VARYING = re.compile(  # moments, names of conversations, ids of requests
    r"\b(?:\d{1,4}[-/:]\d\d[-/:]\d\d[\d:.,TZ]*|\d+\.\d{3,}|c\d{5,}[^\s)\]\"',;]*|(?=[\w-]*\d)[\w-]{8,})"
)
SAYS_CONTENT = re.compile(
    r"filter|polic|inspect|safety|moderat|sensitive|flagged|harmful|inappropriate|prohibited|blocked|unsafe|violat|risk"
    r"|\b(?:too|max\w*|exceed\w*|longer|larger)\b.*\b(?:long|large|big|many|length|size|tokens?|characters|context)\b"
    r"|context.?(?:length|window|size)|\d tokens?\b|truncat|shorten",
    re.IGNORECASE | re.DOTALL,
)
"""Words of rejections for what a prompt contains, or for its length."""


class Failure(NamedTuple):
    """A failure of one conversation: the limits of its kind, and the names under which equal and alike ones count."""

    limits: FailureLimits
    equal: str
    alike: str

    def counts(self) -> list[tuple[str, int]]:
        """The names under which it counts until the first success, each with its limit."""
        given = ((self.equal, self.limits.equal), (self.alike, self.limits.alike))
        return [(name, n) for name, n in given if n is not None]

    def counts_in_a_row(self) -> list[tuple[str, int]]:
        """The same for failures in a row."""
        given = ((self.equal, self.limits.equal_in_a_row), (self.alike, self.limits.alike_in_a_row))
        return [(name, n) for name, n in given if n is not None]


def failure_of(error: BaseException, sent: Iterable[str] = ()) -> Failure:
    """The failure that an error is; `sent` are the texts of the request that met it."""
    kind, place = _kind(error, sent), _place(error)
    alike = f"refused: {kind}" if kind in ("request", "content") else place
    return Failure(FAILURE_LIMITS[kind], f"{place}: {VARYING.sub('…', str(error))}", alike)


def unreadable(reason: str) -> Failure:
    """The failure that a reply could not be read, or too few votes. Reasons quote replies, so all are alike."""
    alike = "too few votes" if failed_for_votes(reason) else "not read"
    return Failure(FAILURE_LIMITS["unreadable"], f"{alike}: {VARYING.sub('…', reason)}", alike)


def attempts_count(error: ProviderError) -> bool:
    """Whether an attempt that failed counts, although its request is sent again."""
    return FAILURE_LIMITS[_kind(error)].attempts_count


def longest_s(error: ProviderError) -> float | None:
    """Seconds after which a model that has answered nothing is given up; None where it is waited for."""
    return FAILURE_LIMITS[_kind(error)].longest_s


def _kind(error: BaseException, sent: Iterable[str] = ()) -> FailureKind:
    if isinstance(error, NotRecorded):
        return "not recorded"
    if isinstance(error, RequestRejected):
        if not error.is_about_request:
            return "setup"
        own_words = without_quotations(_ends(str(error)), sent)
        return "content" if SAYS_CONTENT.search(VARYING.sub("…", own_words)) else "request"
    if not isinstance(error, ProviderError):
        return "scenario"
    if not error.retryable:
        return "provider"
    if isinstance(error, RateLimited):
        return "paused"
    return "overloaded" if isinstance(error, Overloaded) else "later"


def _ends(text: str) -> str:
    """Begin and end of a text that quotes a long request whole."""
    return text if len(text) <= 2 * LONGEST_END else f"{text[:LONGEST_END]}… {text[-LONGEST_END:]}"


def _place(error: BaseException) -> str:
    """The type of an error, and the place in the code that raised it, for errors that are not a provider's."""
    name = type(error).__name__
    if isinstance(error, ProviderError):
        return name
    frames = traceback.extract_tb(error.__traceback__)
    return f"{name} at {frames[-1].filename}:{frames[-1].lineno}" if frames else name
