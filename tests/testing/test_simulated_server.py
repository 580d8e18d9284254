"""What the simulated server answers in each of its three forms, and what it counts."""

import asyncio
from http.client import HTTPConnection
from typing import Any

import orjson
import pytest

from fellowship.testing.server import StartedServer
from fellowship.testing.server_answers import CANNED
from tests.servers import Serve
from tests.testing.kit import ASKED, FORMS, Client, Got, asked, talk


@pytest.fixture
def simulated(serve: Serve) -> StartedServer:
    """Answers by the simulated models."""
    return serve("sim")


def post(server: StartedServer, form: str) -> dict[str, Any]:
    """The body of the answer."""
    path, body = ASKED[form]
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("POST", path, orjson.dumps(body))
        response = connection.getresponse()
        answer: dict[str, Any] = orjson.loads(response.read())
    finally:
        connection.close()
    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
    return answer


def test_an_answer_in_openai_s_form(simulated: StartedServer) -> None:
    """With usage that adds up."""
    answer = post(simulated, "openai")

    (choice,), usage = answer["choices"], answer["usage"]
    assert (answer["object"], answer["model"], choice["finish_reason"]) == ("chat.completion", "mid", "stop")
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"]
    assert usage["prompt_tokens"] > 0
    assert usage["completion_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_an_answer_in_anthropic_s_form(simulated: StartedServer) -> None:
    """With usage."""
    answer = post(simulated, "anthropic")

    (part,), usage = answer["content"], answer["usage"]
    assert (answer["type"], answer["role"], answer["model"]) == ("message", "assistant", "mid")
    assert (answer["stop_reason"], part["type"]) == ("end_turn", "text")
    assert part["text"]
    assert min(usage["input_tokens"], usage["output_tokens"]) > 0


def test_an_answer_in_gemini_s_form(simulated: StartedServer) -> None:
    """With usage that adds up."""
    answer = post(simulated, "gemini")

    (candidate,), usage = answer["candidates"], answer["usageMetadata"]
    assert (candidate["finishReason"], candidate["content"]["role"]) == ("STOP", "model")
    assert candidate["content"]["parts"][0]["text"]
    assert answer["modelVersion"] == "mid"
    assert usage["candidatesTokenCount"] > 0
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["candidatesTokenCount"]


def test_the_three_forms_say_the_same(simulated: StartedServer) -> None:
    """The answer depends on what is asked, however it is put."""
    openai, anthropic, gemini = (post(simulated, form) for form in FORMS)

    text = openai["choices"][0]["message"]["content"]
    assert anthropic["content"][0]["text"] == text
    assert gemini["candidates"][0]["content"]["parts"][0]["text"] == text


def test_canned_answers_are_the_same_bytes_for_all() -> None:
    """So that serving them costs next to nothing."""

    async def script(client: Client) -> list[Got]:
        return [await client.ask(), await client.ask(model="strong"), await client.ask("gemini")]

    first, second, gemini = talk(script)

    assert first.raw == second.raw
    assert gemini.body["candidates"][0]["content"]["parts"][0]["text"] == CANNED.text


SYSTEM: dict[str, dict[str, Any]] = {
    "openai": {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]},
    "anthropic": {
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Why?"}]}],
    },
    "gemini": {"systemInstruction": {"parts": [{"text": "Be brief."}]}, "contents": [{"parts": [{"text": "Why?"}]}]},
}


def test_a_system_message_is_the_same_wherever_a_form_puts_it() -> None:
    """The body's digest is of what is meant."""

    async def script(client: Client) -> dict[str, Any]:
        for form in FORMS:
            assert (await client.ask(form, **SYSTEM[form])).status == 200
        return await client.stats()

    assert list(talk(script)["by_body"].values()) == [3]


NO_SENSE = [b"", b"{", b"[]", b"7", b'{"model": "mid"}', b'{"messages": [], "contents": [], "model": "mid"}']
STRANGE = [
    b'{"model": "mid", "messages": ["Why?"]}',
    b'{"model": "mid", "messages": 7}',
    b'{"model": "mid", "messages": [{"role": "user"}]}',
    b'{"model": "mid", "messages": [{"role": "user", "content": null}]}',
    b'{"model": "mid", "messages": [{"role": "user", "content": "Why?"}], "max_tokens": "many"}',
]


@pytest.mark.parametrize("raw", [*NO_SENSE, *STRANGE], ids=repr)
def test_a_body_that_makes_no_sense_gets_400(raw: bytes) -> None:
    """Never 500: that would be asked again."""

    async def script(client: Client) -> Got:
        return await client.send("POST", "/v1/chat/completions", raw)

    got = talk(script, answers="sim", tokens=1000)

    assert got.status == 400
    assert got.body["error"]["message"] == "expected a JSON object with model and messages"


def test_an_address_without_meaning_gets_404() -> None:
    """With the address."""

    async def script(client: Client) -> Got:
        return await client.send("GET", "/v2/nothing")

    got = talk(script)

    assert (got.status, got.body["error"]["message"]) == (404, "there is nothing at /v2/nothing")


def test_stats_count_requests_by_status_body_and_second() -> None:
    """All that a test may want to know."""

    async def script(client: Client) -> dict[str, Any]:
        for text in ("one", "two", "two", "three"):
            await client.ask(messages=[{"role": "user", "content": text}])
        return await client.stats()

    stats = talk(script, requests=3)

    assert (stats["simulated"], stats["requests"], stats["rejected"]) == (True, 4, 1)
    assert stats["by_status"] == {"200": 3, "429": 1}
    assert sorted(stats["by_body"].values()) == [1, 1, 2]
    assert (stats["in_flight"], stats["max_in_flight"]) == (0, 1)
    assert (stats["window_s"], stats["most_in_window"], stats["most_admitted_in_window"]) == (60.0, 4, 3)
    assert (sum(stats["arrived_by_second"]), sum(stats["rejected_by_second"])) == (4, 1)
    assert 0 <= stats["first_at"] <= stats["last_at"] < 10


def test_stats_tell_how_many_were_in_flight_together() -> None:
    """While they are, and the most of them afterwards."""

    async def script(client: Client) -> dict[str, Any]:
        await asyncio.gather(*(client.ask() for _ in range(5)))
        return await client.stats()

    stats = talk(script, latency_ms=30)

    assert (stats["in_flight"], stats["max_in_flight"]) == (0, 5)


def test_reset_sets_counts_to_0_and_limits_go_on() -> None:
    """For the next measurement with the same server."""

    async def script(client: Client) -> tuple[dict[str, Any], Got]:
        await client.ask()
        await client.send("POST", "/reset")
        return await client.stats(), await client.ask()

    stats, refused = talk(script, requests=1)

    assert (stats["requests"], stats["by_status"], stats["by_body"]) == (0, {}, {})
    assert (stats["first_at"], stats["last_at"], stats["most_in_window"]) == (None, None, 0)
    assert refused.status == 429


def test_reset_keeps_count_of_what_is_in_flight() -> None:
    """Otherwise there would be fewer than none when it is done."""

    async def script(client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
        flying = asyncio.create_task(client.ask())
        while (await client.stats())["in_flight"] == 0:
            pass
        await client.send("POST", "/reset")
        during = await client.stats()
        await flying
        return during, await client.stats()

    during, after = talk(script, latency_ms=80)

    assert (during["in_flight"], during["max_in_flight"]) == (1, 1)
    assert (after["in_flight"], after["max_in_flight"]) == (0, 1)


def test_the_time_of_an_answer_is_latency_and_its_tokens() -> None:
    """130 tokens at 2600 a second are 50 ms."""

    async def script(client: Client) -> float:
        loop = asyncio.get_running_loop()
        start = loop.time()
        await client.ask()
        return loop.time() - start

    assert talk(script, latency_ms=20, tokens_per_s=2600) >= 0.07


def test_garbage_is_no_json() -> None:
    """As a gateway answers that has lost its server."""
    (got,) = asked(answers="garbage")

    assert got.status == 200
    with pytest.raises(orjson.JSONDecodeError):
        _ = got.body
