"""A run that is being stopped sends nothing more, and what a scenario makes of that does not count."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import Draining, Interrupted, ProviderRefused, RunStopped
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.protocols.quota import Limits, Quota
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.runners.workers import StopSignal
from fellowship.testing import ScriptedProvider
from tests.ratelimit.asks import Answering, a_request
from tests.runners.kit import MODEL, jumping, queried, scripted_run, told


def test_what_waits_in_line_is_turned_away_and_what_is_out_is_answered() -> None:
    """Of this run alone: another run on the same gate goes on."""
    provider = Answering(takes_s=10.0)

    async def main() -> list[Any]:
        async with RateLimiter(Quota("x"), Limits(max_concurrency=2)) as limiter:
            ours, others = limiter.join(), limiter.join()
            shares = [ours, ours, ours, others]
            asks = [
                asyncio.ensure_future(limiter.complete(provider, a_request(f"c{number}"), tenant=share))
                for number, share in enumerate(shares)
            ]
            await asyncio.sleep(1.0)
            limiter.close(ours, Draining("the run is being stopped"))
            late = asyncio.ensure_future(limiter.complete(provider, a_request("c4"), tenant=ours))
            return await asyncio.gather(*asks, late, return_exceptions=True)

    first, second, waiting, other, late = jumping(main())

    assert (first.text, second.text, other.text) == ("done", "done", "done")
    assert [type(each) for each in (waiting, late)] == [Draining, Draining]
    assert provider.asked == ["c0", "c1", "c3"]


async def stubborn(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
    """Makes do with what it has."""
    draft = await talk.ask(generator, prompt)
    try:
        return await talk.ask(generator, prompt, draft)
    except Exception:
        return draft


def test_what_a_scenario_makes_of_being_stopped_does_not_count(tmp_path: Path) -> None:
    """The conversation stays open, and is continued as if nothing had been."""
    stop = StopSignal()

    def reply(request: Request) -> str:
        stop("interrupted")
        stop.drain()
        return told(request)

    with pytest.raises(Interrupted, match="1 replies are safe"):
        scripted_run(stubborn, tmp_path, ScriptedProvider(reply), prompts=["one"], stop=stop)
    open_then = queried(tmp_path, "SELECT status FROM conversations")
    provider = ScriptedProvider(told)
    summary = scripted_run(stubborn, tmp_path, provider, prompts=["one"])

    assert open_then == ["started"]
    assert [request.key.occurrence for request in provider.requests] == [1]
    assert [row["text"] for row in summary.rows()] == ["reply to c00000/generator.1, attempt 1"]


def test_nor_what_it_makes_of_a_refusing_provider(tmp_path: Path) -> None:
    """Whatever ends the whole run leaves the conversation open."""
    provider = ScriptedProvider(
        lambda request: ProviderRefused("no credit") if request.key.occurrence else told(request)
    )

    with pytest.raises(RunStopped, match="no credit"):
        scripted_run(stubborn, tmp_path, provider, prompts=["one"], generator=Generator(MODEL))

    assert queried(tmp_path, "SELECT status FROM conversations") == ["started"]
