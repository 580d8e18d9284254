"""The server in a process of its own."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import orjson
import pytest

from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import RequestRejected
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.testing.server import StartedServer, body_digest, started


@pytest.fixture(scope="module")
def simulated() -> Iterator[StartedServer]:
    """One server process for this module."""
    with started("sim") as server:
        yield server


def a_request(model: str = "openai/org/mid", conversation: str = "c1", text: str = "Why?") -> Request:
    key = AskKey(conversation, "", "generator", 0)
    return Request(key, 1, model, ({"role": "user", "content": text},), {"seed": 5}, "text")


def ask(server: StartedServer, *requests: Request) -> list[Completion]:
    async def main() -> list[Completion]:
        provider = OpenAIProvider(server.base_url)
        try:
            return [await provider.complete(request) for request in requests]
        finally:
            await provider.close()

    return asyncio.run(main())


def test_a_simulated_reply_depends_on_the_body_only(simulated: StartedServer) -> None:
    """Whoever asks, and whenever."""
    first, other, again = ask(simulated, a_request(), a_request(text="How?"), a_request(conversation="c2"))

    assert first.text == again.text
    assert first.text != other.text
    assert first.served_model == "org/mid"
    assert first.usage.completion_tokens > 0


def test_an_unknown_simulated_model_is_rejected(simulated: StartedServer) -> None:
    """As a real server does it."""
    with pytest.raises(RequestRejected, match="does not know the model 'nobody'"):
        ask(simulated, a_request("openai/nobody"))


def test_requests_are_counted_by_body(simulated: StartedServer) -> None:
    """So a test can say that nothing was asked twice."""
    before = simulated.stats()
    requests = [a_request(text="counted once"), *[a_request(text="counted twice")] * 2]

    ask(simulated, *requests)

    after = simulated.stats()
    counts = [
        after["by_body"][body_digest({"model": "org/mid", "messages": request.messages, "seed": 5})]
        for request in requests[:2]
    ]
    assert counts == [1, 2]
    assert after["requests"] - before["requests"] == 3
    assert (after["in_flight"], after["max_in_flight"]) == (0, 1)


def test_a_given_text_is_the_answer() -> None:
    """Anything that is not the name of a kind."""
    with started("Overall score: 7/10") as server:
        (completion,) = ask(server, a_request())

    assert completion.text == "Overall score: 7/10"


def test_the_helper_stops_the_process_even_if_the_test_fails() -> None:
    """Nothing is left listening."""
    with pytest.raises(ZeroDivisionError), started("canned") as server:
        _ = 1 / 0

    with pytest.raises(ConnectionRefusedError):
        server.stats()


@pytest.mark.parametrize("ending", ["input closes", "SIGTERM"])
def test_the_server_ends_by_itself(ending: str) -> None:
    """A killed test closes the input; a person sends the signal."""
    command = [sys.executable, "-m", "fellowship.testing.server", "--answers", "canned"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin
        assert child.stdout
        ready = orjson.loads(child.stdout.readline())
        assert ready["pid"] == child.pid

        if ending == "SIGTERM":
            child.send_signal(signal.SIGTERM)
        else:
            child.stdin.close()

        assert child.wait(10) == 0


def test_options_that_are_wrong_end_it_at_once() -> None:
    """With argparse's exit code, instead of waiting for a line that never comes."""
    with pytest.raises(RuntimeError, match="exit code 2"), started("canned", speed=3):
        pass
