"""The route of a request: errors that no provider raises on purpose, and completions that are odd."""

from collections.abc import Callable

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.tokens import LARGEST_COUNT
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


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        (Usage(10, 2, 4, 1), Usage(10, 2, 4, 1)),
        (Usage(-1, 2), Usage(0, 2)),
        (Usage(10, 2**70), Usage(10, LARGEST_COUNT)),
        (Usage(None, 2), Usage(0, 2)),  # type: ignore[arg-type]
        (Usage("10", 2.5), Usage(0, 0)),  # type: ignore[arg-type]
        (Usage(True, 2), Usage(1, 2)),
    ],
    ids=["sound", "negative", "huge", "missing", "texts and fractions", "a truth value"],
)
def test_counts_are_whole_numbers_behind_the_check(given: Usage, counted: Usage) -> None:
    """Whatever a server or a client counts."""
    completion = checked(Completion("text", usage=given))

    assert completion.usage == counted
    assert all(type(count) is int for count in (completion.usage.prompt_tokens, completion.usage.completion_tokens))


def test_half_surrogate_pairs_are_replaced_behind_the_check() -> None:
    """No file can hold them; a whole emoji stays, and a sound completion is the same object."""
    sound = Completion("naïve 🙂")

    assert checked(Completion("cut \ud83d off")).text == "cut \ufffd off"
    assert checked(sound) is sound
