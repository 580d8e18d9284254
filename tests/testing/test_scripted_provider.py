"""The provider that answers from a script."""

import asyncio
from typing import Any

import pytest

from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import NotRecorded, RateLimited
from fellowship.protocols.interfaces import Provider
from fellowship.testing import ScriptedProvider


def a_request(agent: str = "judge", occurrence: int = 0) -> Request:
    key = AskKey("c1", "", agent, occurrence)
    return Request(key, 1, "scripted/any", ({"role": "user", "content": "Hi."},), {}, "text")


def texts(provider: ScriptedProvider, *requests: Request) -> list[str]:
    async def main() -> list[str]:
        return [(await provider.complete(request)).text for request in requests]

    return asyncio.run(main())


def test_the_provider_has_the_shape_of_the_interface() -> None:
    """It can stand wherever a Provider is wanted."""
    assert isinstance(ScriptedProvider([]), Provider)


def test_a_sequence_is_answered_in_order_and_calls_are_kept() -> None:
    """What it was asked can be looked at."""
    provider = ScriptedProvider(["one", Completion("two", "length")])
    first, second = a_request(), a_request("juror_1")

    assert texts(provider, first, second) == ["one", "two"]
    assert provider.requests == [first, second]
    assert repr(provider) == "ScriptedProvider(n_calls=2)"


def test_a_scripted_text_is_marked_as_simulated() -> None:
    """No model has written it."""
    assert asyncio.run(ScriptedProvider(["one"]).complete(a_request())) == Completion("one", simulated=True)


def test_a_function_sees_the_request() -> None:
    """It answers whom it likes as it likes."""
    provider = ScriptedProvider(lambda request: f"{request.key.agent} speaks")

    assert texts(provider, a_request(), a_request("juror_1")) == ["judge speaks", "juror_1 speaks"]


def test_a_mapping_goes_by_agent_and_the_whole_ask_wins() -> None:
    """One reply for every time, or a sequence of them."""
    provider = ScriptedProvider({"judge": "always", "juror_1": ["first", "second"], "c1/judge.7": "special"})
    asked = [a_request(), a_request("juror_1"), a_request("juror_1"), a_request(), a_request(occurrence=7)]

    assert texts(provider, *asked) == ["always", "first", "second", "always", "special"]


@pytest.mark.parametrize("replies", [[RateLimited("slow down")], lambda request: RateLimited("slow down")])
def test_an_exception_is_raised(replies: Any) -> None:
    """Failures can be scripted too."""
    provider = ScriptedProvider(replies)

    with pytest.raises(RateLimited, match="slow down"):
        asyncio.run(provider.complete(a_request()))

    assert provider.n_calls == 1


@pytest.mark.parametrize("replies", [["one"], {"judge": ["one"]}])
def test_a_used_up_sequence_names_the_ask(replies: Any) -> None:
    """So that the missing reply can be written."""
    with pytest.raises(NotRecorded, match=r"^all 1 scripted replies are used; none is left for c1/judge\.3$"):
        texts(ScriptedProvider(replies), a_request(), a_request(occurrence=3))


def test_an_agent_without_replies_is_named() -> None:
    """A mapping answers for those it knows."""
    with pytest.raises(NotRecorded, match=r"^no reply is scripted for c1/judge\.0; expected one under 'judge'$"):
        texts(ScriptedProvider({"juror_1": "one"}), a_request())


def test_a_text_is_not_taken_for_a_sequence_of_letters() -> None:
    """A mistake that is easily made."""
    with pytest.raises(TypeError, match="expected a function, a mapping or a sequence of replies"):
        ScriptedProvider("one")


def test_closing_is_put_down() -> None:
    """A test may ask whether it was closed."""
    provider = ScriptedProvider([])

    asyncio.run(provider.close())

    assert provider.closed
