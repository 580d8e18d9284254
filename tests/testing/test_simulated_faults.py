"""What goes wrong with the simulated server when it is told to."""

import asyncio
import random
from typing import Any

import aiohttp
import orjson
import pytest

from fellowship.testing import simulated_server
from fellowship.testing.server_answers import CANNED
from fellowship.testing.server_faults import FAULT_KINDS, Faults
from tests.testing.kit import FORMS, Client, Got, asked, talk


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["429", "429_bare", "500", "503"])
def test_a_share_of_1_refuses_every_request(kind: str, form: str) -> None:
    """Only one kind says for how long; overloaded is 529 with Anthropic."""

    async def script(client: Client) -> Got:
        return await client.ask(form)

    got = talk(script, **{f"rate_{kind}": 1.0})

    expected = 529 if (kind, form) == ("503", "anthropic") else int(kind[:3])
    assert got.status == expected
    assert got.headers.get("Retry-After") == ("1" if kind == "429" else None)
    assert got.body["error"]["message"] in ("simulated rate limit", "the simulated server has failed")


@pytest.mark.parametrize("form", FORMS)
def test_malformed_is_status_200_and_broken_json(form: str) -> None:
    """Half of it."""
    (got,) = asked(form=form, rate_malformed=1.0)

    assert got.status == 200
    assert got.raw.startswith(b"{")
    with pytest.raises(orjson.JSONDecodeError):
        _ = got.body


def test_truncated_is_half_of_the_text_and_says_so() -> None:
    """By each form's finish reason; of any answers but the canned."""

    async def script(client: Client) -> list[Any]:
        return [(await client.ask(form)).body for form in FORMS]

    openai, anthropic, gemini = talk(script, answers="all of it is here", rate_truncated=1.0)

    assert (openai["choices"][0]["message"]["content"], openai["choices"][0]["finish_reason"]) == ("all of i", "length")
    assert (anthropic["content"][0]["text"], anthropic["stop_reason"]) == ("all of i", "max_tokens")
    assert (gemini["candidates"][0]["content"]["parts"][0]["text"]) == "all of i"
    assert gemini["candidates"][0]["finishReason"] == "MAX_TOKENS"


def test_canned_answers_are_truncated_too_and_only_those_that_are_drawn() -> None:
    """Their bytes are kept, which must not keep a fault."""
    finishes = {
        (choice["finish_reason"], len(choice["message"]["content"]))
        for got in asked(20, rate_truncated=0.5)
        for choice in got.body["choices"]
    }

    assert finishes == {("stop", len(CANNED.text)), ("length", len(CANNED.text) // 2)}


def test_a_drop_ends_the_connection_half_way_through_the_body() -> None:
    """After the status 200."""

    async def script(client: Client) -> dict[str, Any]:
        with pytest.raises(aiohttp.ClientPayloadError):
            await client.ask()
        return await client.stats()

    stats = talk(script, rate_drop=1.0)

    assert (stats["by_fault"], stats["by_status"]) == ({"drop": 1}, {"200": 1})


def test_slow_is_all_of_the_body_in_two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds apart, but for this test."""
    monkeypatch.setattr(simulated_server, "SLOW_BODY_S", 0.05)

    async def script(client: Client) -> tuple[Got, float, dict[str, Any]]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        return await client.ask(), loop.time() - start, await client.stats()

    got, took_s, stats = talk(script, rate_slow=1.0, requests=5, announce=True)

    assert got.body["choices"][0]["message"]["content"] == CANNED.text
    assert took_s >= 0.05
    assert got.headers["x-ratelimit-remaining-requests"] == "4"
    assert stats["by_status"] == {"200": 1}


def test_a_hang_lasts_until_the_client_goes() -> None:
    """And no longer: what hangs must not fill the server up."""

    async def script(client: Client) -> list[int]:
        flying = asyncio.create_task(client.ask())
        counts = [await until_in_flight(client, 1)]
        flying.cancel()
        return [*counts, await until_in_flight(client, 0)]

    assert talk(script, rate_hang=1.0) == [1, 0]


async def until_in_flight(client: Client, n: int) -> int:
    """So many are in flight; asks a hundred times at most."""
    for _ in range(100):
        if (in_flight := int((await client.stats())["in_flight"])) == n:
            break
        await asyncio.sleep(0.001)
    return in_flight


@pytest.mark.parametrize(
    ("outage", "status"), [("0,60", 503), ("50,60", 200), ("0,0", 200)], ids=["in it", "before it", "after it"]
)
def test_in_an_outage_all_requests_fail(outage: str, status: int) -> None:
    """And outside of it none."""
    assert [got.status for got in asked(2, outage=outage)] == [status] * 2


def test_an_outage_can_have_another_status() -> None:
    """As a server behind a broken gateway has it."""
    (got,) = asked(outage="0,60", outage_status=502)

    assert (got.status, got.body["error"]["message"]) == (502, "the simulated server is down")


def test_the_seed_decides_which_requests_fail() -> None:
    """So that a failure can be had again."""
    first, again, other = ([got.status for got in asked(30, rate_500=0.3, seed=seed)] for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert set(first) == {200, 500}


def test_faults_are_counted_by_kind() -> None:
    """Those that were drawn."""

    async def script(client: Client) -> dict[str, Any]:
        for _ in range(40):
            await client.ask()
        return await client.stats()

    stats = talk(script, rate_500=0.3, rate_429=0.3)

    assert set(stats["by_fault"]) == {"500", "429"}
    assert stats["by_fault"]["500"] == stats["by_status"]["500"]
    assert stats["by_fault"]["429"] == stats["by_status"]["429"] == stats["rejected"]
    assert sum(stats["by_status"].values()) == 40


def test_faults_come_as_often_as_their_shares_say() -> None:
    """Each by itself."""
    faults, rng = Faults(dict.fromkeys(FAULT_KINDS, 0.1)), random.Random(0)

    drawn = [faults.draw(rng) for _ in range(5000)]

    assert {kind: drawn.count(kind) / 5000 for kind in (*FAULT_KINDS, None)} == pytest.approx(
        dict.fromkeys((*FAULT_KINDS, None), 0.1), abs=0.02
    )
