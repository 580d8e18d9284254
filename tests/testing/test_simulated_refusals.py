"""Whom the simulated server turns away, in which words, and how it announces limits."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from fellowship.protocols.errors import ConfigurationError
from tests.testing.kit import FORMS, Client, Got, asked, config, talk

WORDS = {
    "openai": {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded", 503: "server_is_overloaded"},
    "anthropic": {
        401: "authentication_error",
        404: "not_found_error",
        429: "rate_limit_error",
        529: "overloaded_error",
    },
    "gemini": {401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"},
}


def error_of(form: str, got: Got) -> dict[str, Any]:
    """The error of a refusal, after a check that it is in that form: its own word, and a sentence."""
    error: dict[str, Any] = got.body["error"]
    word = {"openai": "code", "anthropic": "type", "gemini": "status"}[form]
    assert error[word] == WORDS[form][got.status]
    assert (got.body.get("type") == "error") == (form == "anthropic")
    assert error.get("code") == got.status or form != "gemini"
    return error


@pytest.mark.parametrize("form", FORMS)
def test_a_used_up_limit_refuses_with_429_and_tells_when(form: str) -> None:
    """In whole seconds, rounded up."""
    first, second, refused = asked(3, form, requests=2, window=30)

    assert (first.status, second.status, refused.status) == (200, 200, 429)
    assert error_of(form, refused)["message"] == "the limit of requests is used up"
    assert 29 <= int(refused.headers["Retry-After"]) <= 30
    assert "Retry-After" not in first.headers


def test_a_server_can_keep_to_itself_when() -> None:
    """As many do."""
    _, refused = asked(2, requests=1, no_retry_after=True)

    assert refused.status == 429
    assert "Retry-After" not in refused.headers


@pytest.mark.parametrize("kind", ["sliding-log", "token-bucket", "fixed-window"])
def test_limits_of_every_kind_can_be_asked_for(kind: str) -> None:
    """Two in a thousand seconds, so that none comes back."""
    assert [got.status for got in asked(3, requests=2, window=1000, limit_as=kind)] == [200, 200, 429]


def test_a_limit_per_second_takes_a_second_s_worth() -> None:
    """120 a minute are two at once."""

    async def script(client: Client) -> list[int]:
        return sorted(got.status for got in await asyncio.gather(*(client.ask() for _ in range(3))))

    assert talk(script, requests=120, limit_as="per-second") == [200, 200, 429]


@pytest.mark.parametrize(
    ("limit", "statuses"),
    [
        ({"tokens": 1000}, [200, 429]),  # 1 + 4000 / 4 + 500
        ({"input_tokens": 1500}, [200, 429]),
        ({"input_tokens": 2100}, [200, 200]),
        ({"output_tokens": 130}, [200, 429]),  # as many as a canned answer has
        ({"output_tokens": 131}, [200, 200]),
    ],
    ids=str,
)
def test_tokens_are_limited_as_input_with_what_may_be_written_or_as_what_was_written(
    limit: dict[str, int], statuses: list[int]
) -> None:
    """1001 tokens come in, 500 may be written, and 130 are."""

    async def script(client: Client) -> list[int]:
        text = [{"role": "user", "content": "a" * 4000}]
        return [(await client.ask(messages=text, max_tokens=500)).status for _ in range(2)]

    assert talk(script, **limit) == statuses


def test_openai_s_limits_are_announced_in_its_headers() -> None:
    """With every response, of refusals too."""
    first, refused = asked(2, requests=1, tokens=100_000, announce=True)

    assert first.headers["x-ratelimit-limit-requests"] == "1"
    assert first.headers["x-ratelimit-remaining-requests"] == "0"
    assert 59.0 < float(first.headers["x-ratelimit-reset-requests"].removesuffix("s")) <= 60.0
    assert first.headers["x-ratelimit-limit-tokens"] == "100000"
    assert 99_000 < int(first.headers["x-ratelimit-remaining-tokens"]) < 100_000
    assert (refused.status, refused.headers["x-ratelimit-remaining-requests"]) == (429, "0")
    assert "Retry-After" in refused.headers


def test_anthropic_s_limits_are_announced_in_its_headers() -> None:
    """Input and output apart, and moments instead of spans."""
    (got,) = asked(form="anthropic", requests=2, input_tokens=500, output_tokens=300, announce=True)

    limits = {name: got.headers[f"anthropic-ratelimit-{name}-limit"] for name in ("requests", "input-tokens")}
    assert limits == {"requests": "2", "input-tokens": "500"}
    assert got.headers["anthropic-ratelimit-requests-remaining"] == "1"
    assert got.headers["anthropic-ratelimit-output-tokens-remaining"] == "170"
    reset = datetime.fromisoformat(got.headers["anthropic-ratelimit-requests-reset"])
    assert 25 < (reset - datetime.now(UTC)).total_seconds() <= 30


@pytest.mark.parametrize(("form", "options"), [("gemini", {"announce": True}), ("openai", {})])
def test_limits_are_not_announced_unless_asked_for_and_never_by_gemini(form: str, options: dict[str, bool]) -> None:
    """As the real ones do."""
    (got,) = asked(form=form, requests=9, **options)

    assert not [name for name in got.headers if "ratelimit" in name.lower()]


@pytest.mark.parametrize(
    ("form", "header", "prefix"),
    [("openai", "Authorization", "Bearer "), ("anthropic", "x-api-key", ""), ("gemini", "x-goog-api-key", "")],
)
def test_a_key_is_looked_for_where_the_form_puts_it(form: str, header: str, prefix: str) -> None:
    """None and a wrong one get 401, and are told neither."""

    async def script(client: Client) -> list[Got]:
        return [
            await client.ask(form),
            await client.ask(form, headers={header: f"{prefix}wrong"}),
            await client.ask(form, headers={header: f"{prefix}right"}),
        ]

    none, wrong, right = talk(script, key="right")

    assert (none.status, wrong.status, right.status) == (401, 401, 200)
    assert error_of(form, wrong)["message"] == "the key is not accepted"


@pytest.mark.parametrize("form", FORMS)
def test_a_model_that_is_not_named_gets_404(form: str) -> None:
    """With its name."""
    (got,) = asked(form=form, models="small,large")

    assert got.status == 404
    assert error_of(form, got)["message"] == "there is no model mid"


@pytest.mark.parametrize(("models", "listed"), [("small,mid", ["small", "mid"]), ("", ["weak", "mid", "strong"])])
def test_models_are_listed(models: str, listed: list[str]) -> None:
    """Those that are named, or all simulated ones."""

    async def script(client: Client) -> Got:
        return await client.send("GET", "/v1/models")

    names = [model["id"] for model in talk(script, models=models).body["data"]]

    assert set(listed) <= set(names)
    assert not models or names == listed


@pytest.mark.parametrize(("form", "status"), [("openai", 503), ("anthropic", 529), ("gemini", 503)])
def test_more_at_once_than_it_can_take_are_too_much(form: str, status: int) -> None:
    """Only those that are too many."""

    async def script(client: Client) -> list[Got]:
        return sorted(await asyncio.gather(*(client.ask(form) for _ in range(3))), key=lambda got: got.status)

    *served, refused = talk(script, max_concurrency=2, latency_ms=60)

    assert [got.status for got in served] == [200, 200]
    assert refused.status == status
    assert error_of(form, refused)["message"] == "the simulated server is overloaded"


def test_shares_of_faults_that_are_more_than_all_are_refused() -> None:
    """With their sum."""
    with pytest.raises(ConfigurationError, match=r"^the shares of faults add up to 1\.2; expected at most 1$"):
        config(rate_500=0.7, rate_503=0.5)
