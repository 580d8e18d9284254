"""The server in a process of its own."""

import asyncio
import signal
import subprocess
import sys

import orjson
import pytest

from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import RequestRejected
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.testing.server import StartedServer, body_digest, started
from tests.servers import Serve


@pytest.fixture
def simulated(serve: Serve) -> StartedServer:
    """Answers by the simulated models."""
    return serve("sim")


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


def test_a_given_text_is_the_answer(serve: Serve) -> None:
    """Anything that is not the name of a kind."""
    (completion,) = ask(serve("Overall score: 7/10"), a_request())

    assert completion.text == "Overall score: 7/10"


def test_a_reset_server_is_like_a_new_one(serve: Serve) -> None:
    """Counts, answers and options are those of the reset, in the same process."""
    before = serve("Overall score: 7/10", models="org/mid,org/other")
    ask(before, a_request())

    after = serve("Overall score: 3/10", models="org/mid")

    assert after == before
    assert after.stats()["requests"] == 0
    assert ask(after, a_request())[0].text == "Overall score: 3/10"
    with pytest.raises(RequestRejected, match="does not know the model 'org/other'"):
        ask(after, a_request("openai/org/other"))


def test_a_reset_with_wrong_options_names_them_and_changes_nothing(serve: Serve) -> None:
    """In the words of the command."""
    server = serve("Overall score: 7/10")

    with pytest.raises(ValueError, match="unrecognized arguments: --speed=3"):
        server.reset(speed=3)

    assert ask(server, a_request())[0].text == "Overall score: 7/10"


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
