"""The route of a request: errors that no provider raises on purpose, and completions that are odd."""

from collections.abc import Callable
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import UNKNOWN_USAGE, AskKey, Completion, Request, Usage
from fellowship.providers.completion_check import checked
from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from fellowship.scenarios.answer import answer
from tests.runners.kit import jumping


class Broken:
    """A provider with a bug."""

    def __init__(self, reply: Callable[[Request], Completion]) -> None:
        self._reply = reply

    async def complete(self, request: Request) -> Completion:
        """What the bug makes of it."""
        return self._reply(request)

    async def close(self) -> None:
        """Nothing is open."""


def summary_of(provider: Broken) -> RunSummary:
    return jumping(
        arun(
            answer,
            prompts=["one", "two"],
            out=":memory:",
            quiet=True,
            generator=Generator("lab/m"),
            providers={"lab": provider},
        )
    )


def test_a_bug_of_a_provider_is_booked_as_the_providers_with_its_place_and_not_tried_again() -> None:
    """The scenario is not at fault, and the next conversation goes on."""
    asked: list[str] = []

    def reply(request: Request) -> Completion:
        asked.append(request.key.conversation)
        replies: dict[str, Completion] = {}
        return replies["text"]

    summary = summary_of(Broken(reply))

    rows = summary.rows()
    assert [(row["status"], row["fault"]) for row in rows] == [("failed", "provider")] * 2
    assert asked == ["c00000", "c00001"]
    error = "ProviderBug: the code of provider lab failed with KeyError: 'text' (at test_route.py:"
    assert str(rows[0]["error"]).startswith(error)


def test_a_provider_that_returns_no_completion_has_a_bug() -> None:
    """None has no usage."""

    (row, _) = summary_of(Broken(lambda request: None)).rows()  # type: ignore[arg-type,return-value]

    assert row["fault"] == "provider"
    assert "AttributeError" in str(row["error"])


PROMPT = "Why is the sky blue? " * 20


def a_request(**sampling: int) -> Request:
    chat = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT})
    return Request(AskKey("c1", "", "a", 0), 1, "lab/m", chat, sampling, "")  # type: ignore[arg-type]


POSSIBLE = {
    "sound": (Usage(110, 2, 40, 1), "text"),
    "nothing written": (Usage(110, 0), ""),
    "as long as allowed, with its end": (Usage(110, 65), "text"),
    "longer than max_tokens, which does not limit reasoning": (Usage(110, 564, 0, 500), "text"),
    "longer than max_tokens, which the server ignores": (Usage(110, 500), "word " * 400),
    "with hidden instructions": (Usage(1110, 9), "text"),
    "a token for each byte": (Usage(430, 9), "text"),
    "a token for a word": (Usage(110, 240), "The Rhine is long, and it is wide. " * 30),
    "a token for a run": (Usage(110, 9), "-" * 4000),
}
IMPOSSIBLE: dict[str, tuple[Any, str]] = {
    "none": (Usage(), "text"),
    "negative": (Usage(-1, 2), "text"),
    "a negative reply": (Usage(110, -5), "text"),
    "a float": (Usage(110.0, 2), "text"),  # type: ignore[arg-type]
    "NaN": (Usage(110, float("nan")), "text"),  # type: ignore[arg-type]
    "infinite": (Usage(float("inf"), 2), "text"),  # type: ignore[arg-type]
    "digits": (Usage("110", 2), "text"),  # type: ignore[arg-type]
    "a truth value": (Usage(True, 2), "text"),
    "missing": (Usage(110, None), "text"),  # type: ignore[arg-type]
    "400 digits": (Usage(10**399, 2), "text"),
    "far more than max_tokens": (Usage(110, 2 * 10**5), "text"),
    "far more than bytes": (Usage(10_000, 2), "text"),
    "a token for 400 characters": (Usage(1, 2), "text"),
    "nothing, but a text": (Usage(110, 0), "text"),
    "a token for 2,000 characters": (Usage(110, 1), "word " * 400),
    "a token for a sentence": (Usage(110, 30), "The Rhine is long, and it is wide. " * 30),
    "a chunk for a token": (Usage(110, 12), "莱茵河很长。" * 40),
    "more cached than sent": (Usage(110, 2, 111), "text"),
    "more reasoning than reply": (Usage(110, 2, 0, 3), "text"),
}


@pytest.mark.parametrize(("usage", "text"), POSSIBLE.values(), ids=list(POSSIBLE))
def test_counts_that_can_be_true_are_kept(usage: Usage, text: str) -> None:
    assert checked(Completion(text, usage=usage), a_request(max_tokens=64)).usage == usage


@pytest.mark.parametrize(("usage", "text"), IMPOSSIBLE.values(), ids=list(IMPOSSIBLE))
def test_counts_that_cannot_be_true_are_unknown(usage: Usage, text: str) -> None:
    """Whatever a server or a client counts."""
    assert checked(Completion(text, usage=usage), a_request(max_tokens=64)).usage is UNKNOWN_USAGE


def test_without_max_tokens_a_reply_is_at_most_a_million_tokens_long() -> None:
    usages = [checked(Completion("text", usage=Usage(110, n)), a_request()).usage for n in (10**5, 10**15)]

    assert usages == [Usage(110, 10**5), UNKNOWN_USAGE]


def test_half_surrogate_pairs_are_replaced_behind_the_check() -> None:
    """No file can hold them; a whole emoji stays, and a sound completion is the same object."""
    sound = Completion("naïve 🙂")

    assert checked(Completion("cut \ud83d off"), a_request()).text == "cut \ufffd off"
    assert checked(sound, a_request()) is sound
