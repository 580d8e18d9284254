"""The kinds of failures, and their limits as docs/decisions/0018 has them."""

from typing import Any

import pytest

from fellowship.protocols.errors import (
    MalformedResponse,
    NotRecorded,
    Overloaded,
    ProviderBug,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    RequestRejected,
)
from fellowship.runners.failure_kinds import FAILURE_LIMITS, attempts_count, failure_of, unreadable
from tests.cli.kit import ROOT


def rejected(text: str, *, is_about_request: bool) -> RequestRejected:
    error = RequestRejected(text)
    error.is_about_request = is_about_request
    return error


@pytest.mark.parametrize(
    ("text", "item", "kind"),
    [
        ("Invalid request: 'Which policy is safe?'", "Which policy is safe?", "request"),
        ("wrong: messages=[{'role': 'user', 'content': 'Risk of\\nsand fil...'}]", "Risk of\nsand filters", "request"),
        ('{"input": "a caf\\u00e9 blocked by snow"}', "It is a café blocked by snow.", "request"),
        ("Risk?: not served here", "Risk?", "request"),
        (f"no: {'the blocked road ' * 9_000}", "The blocked road " * 9_000, "request"),
        ("'Which policy is safe?' is flagged by the content filter", "Which policy is safe?", "content"),
        (f"{'the blocked road ' * 9_000} is too long", "The blocked road " * 9_000, "content"),
    ],
    ids=range(7),
)
def test_words_of_the_item_do_not_say_what_a_refusal_is_about(text: str, item: str, kind: Any) -> None:
    """Whatever the marks around them, also where they are cut off."""
    error = rejected(text, is_about_request=True)

    assert failure_of(error, ["You answer briefly.", item]).limits is FAILURE_LIMITS[kind]


def not_retryable(error: ProviderError) -> ProviderError:
    error.retryable = False
    return error


def test_the_decision_has_the_limits_of_the_code() -> None:
    (path,) = (ROOT / "docs" / "decisions").glob("0018-*.md")
    rows = [line.split("|")[1:-1] for line in path.read_text().splitlines() if line.startswith("|")]
    written = {cells[0].partition(":")[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows[2:]}

    assert written == {
        kind: [*("-" if n is None else str(n) for n in limits[:4]), "yes" if limits.attempts_count else "no"]
        for kind, limits in FAILURE_LIMITS.items()
    }


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (rejected("the model is not known (404)", is_about_request=False), "setup"),
        (rejected("bad request (400)", is_about_request=True), "request"),
        (rejected("prompt flagged as unsafe", is_about_request=True), "content"),
        (rejected("too many tokens", is_about_request=True), "content"),
        (rejected("your key's policy", is_about_request=False), "setup"),
        (ProviderTimeout("no first byte"), "later"),
        (MalformedResponse("no JSON"), "later"),
        (not_retryable(MalformedResponse("no JSON")), "provider"),
        (RateLimited("slow down"), "paused"),
        (Overloaded("busy"), "overloaded"),
        (not_retryable(Overloaded("busy")), "provider"),
        (ProviderBug("KeyError"), "provider"),
        (ZeroDivisionError("division by zero"), "scenario"),
        (NotRecorded("no reply"), "not recorded"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_error_is_of_one_kind(error: BaseException, kind: Any) -> None:
    """Its limits are those of the kind, and so is whether its attempts count."""
    assert failure_of(error).limits is FAILURE_LIMITS[kind]
    if isinstance(error, ProviderError):
        assert attempts_count(error) == (kind == "later")


@pytest.mark.parametrize(
    ("first", "second", "are_equal", "are_alike"),
    [
        (failure_of(ProviderTimeout("at 2026-11-28T08:00:00Z")), failure_of(ProviderTimeout("at 10:00")), False, True),
        (failure_of(ProviderTimeout("id 12345678")), failure_of(ProviderTimeout("id 87654321")), True, True),
        (failure_of(ValueError("x")), failure_of(TypeError("x")), False, False),
        (
            failure_of(rejected("'a' has 3 parts", is_about_request=True)),
            failure_of(rejected("'b' has 4 parts", is_about_request=True)),
            *(False, True),
        ),
        (
            unreadable("score: expected a number, found 'x'"),
            unreadable("score: expected a number, found ''"),
            False,
            True,
        ),
        (unreadable("parse raises KeyError: 'good'"), unreadable("parse raises KeyError: 'bad'"), False, True),
        (unreadable("score: expected a number"), unreadable("1 of 3 votes failed: score: expected"), False, False),
    ],
)
def test_equal_and_alike_failures(first: Any, second: Any, are_equal: bool, are_alike: bool) -> None:
    assert (first.equal == second.equal, first.alike == second.alike) == (are_equal, are_alike)


@pytest.mark.parametrize("id", ["5051f1cbd5f1b7ed", "c565652490ee305f", "c18643155debd164"])
def test_ids_of_requests_make_no_difference(id: str) -> None:
    """Also where one looks like the name of a conversation."""
    first, second = (
        rejected(f"temperature is fixed (request id: {each})", is_about_request=True) for each in (id, "7")
    )
    same = rejected("temperature is fixed (request id: f8df5c851ec97f98)", is_about_request=True)

    assert failure_of(first).equal == failure_of(same).equal != failure_of(second).equal
