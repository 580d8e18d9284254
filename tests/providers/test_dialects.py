"""Every provider in the form its documentation shows: what is sent, what is made of the answer, what errors mean."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from fellowship.protocols import errors
from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.errors import ProviderError
from fellowship.protocols.interfaces import Provider
from fellowship.providers.catalog import open_provider

KEY = "canary-key"
FILES: dict[str, Any] = {
    path.stem: orjson.loads(path.read_bytes()) for path in sorted((Path(__file__).parent / "forms").glob("*.json"))
}
PAIRS = [(name, pair) for name, file in FILES.items() for pair in file["pairs"]]
ERRORS = [(name, error) for name, file in FILES.items() for error in file["errors"]]
MESSAGES: tuple[ChatMessage, ...] = (
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Why is the sky blue?"},
)


@dataclass
class Answering:
    """Answers everything alike, and keeps what it was asked."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.asked.append((request.path_qs, dict(request.headers), orjson.loads(await request.read())))
        raw = self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body)
        return web.Response(status=self.status, body=raw, headers=self.headers)


def with_provider(name: str, server: Answering, monkeypatch: pytest.MonkeyPatch, use: Callable[[Provider], Any]) -> Any:
    """What `use` makes of the provider, opened as users open it, with the server at its address."""
    opening = FILES[name]["open"]

    async def main() -> Any:
        runner = web.ServerRunner(web.Server(server), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        root = f"http://127.0.0.1:{runner.addresses[0][1]}"
        monkeypatch.setenv(opening["url"], root + opening.get("suffix", "/v1"))
        if "key" in opening:
            monkeypatch.setenv(opening["key"], KEY)
        provider = open_provider(opening["model"])
        try:
            return await use(provider)
        finally:
            await provider.close()
            await runner.cleanup()

    return asyncio.run(main())


def a_request(name: str, pair: dict[str, Any]) -> Request:
    model = FILES[name]["open"]["model"]
    sampling, schema = pair.get("sampling", {}), pair.get("schema")
    return Request(AskKey("c1", "", "judge", 0), 1, model, MESSAGES, sampling, "Reply", schema)


def ids(cases: list[tuple[str, Any]]) -> list[str]:
    return [f"{name}: {case['name']}" for name, case in cases]


@pytest.mark.parametrize(("name", "pair"), PAIRS, ids=ids(PAIRS))
def test_a_documented_exchange(name: str, pair: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The request is the documented one, and the answer becomes the completion that it means."""
    server = Answering(pair.get("status", 200), pair["answer"], pair.get("answer_headers", {}))

    completion: Completion = with_provider(
        name, server, monkeypatch, lambda provider: provider.complete(a_request(name, pair))
    )

    ((path, headers, sent),) = server.asked
    assert (completion.text, completion.finish) == (pair["text"], pair["finish"])
    assert completion.reasoning == pair.get("reasoning", "")
    assert path == pair.get("path", path)
    assert sent == pair.get("sent", sent)
    assert {header: headers.get(header) for header in pair.get("headers", {})} == pair.get("headers", {})
    assert completion.usage == (Usage(*pair["usage"]) if "usage" in pair else completion.usage)
    assert completion.served_model == pair.get("served", completion.served_model)
    assert completion.request_id == pair.get("request_id", completion.request_id)
    told = [[each.dimension, each.limit, each.remaining, each.reset_s, each.window_s] for each in completion.announced]
    assert told == pair.get("announced", [])


@pytest.mark.parametrize(("name", "error"), ERRORS, ids=ids(ERRORS))
def test_a_documented_error(name: str, error: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the class that says what to do, with all the server said about waiting; the key is in no text of it."""
    server = Answering(error["status"], error["body"], error.get("headers", {}))

    async def failed(provider: Provider) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            await provider.complete(a_request(name, {}))
        return caught.value

    raised: ProviderError = with_provider(name, server, monkeypatch, failed)

    assert type(raised) is getattr(errors, error["is"]), raised
    assert raised.retry_after_s == pytest.approx(error.get("retry_after_s"))
    assert getattr(raised, "dimension", None) == error.get("dimension")
    assert getattr(raised, "ramp", False) == error.get("ramp", False)
    assert KEY not in f"{raised} {raised!r} {vars(raised)}"
    assert name in str(raised)
    assert len(server.asked) == 1


REFUSALS = {
    "openai": (
        "temperature",
        {"error": {"message": "Unsupported value", "param": "temperature", "code": "unsupported_value"}},
    ),
    "anthropic": (
        "output_config",
        {"type": "error", "error": {"type": "invalid_request_error", "message": "output_config: not supported"}},
    ),
    "gemini": (
        "responseJsonSchema",
        {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "response_json_schema is not supported"}},
    ),
}


PAIR_OF_BOTH = {
    "sampling": {"temperature": 0.5},
    "schema": {"type": "object", "properties": {"ok": {"type": "boolean"}}},
}


def choosy(name: str) -> Answering:
    """A server that refuses one of the settings; it answers after all that were sent at once have arrived."""
    setting, body = REFUSALS[name]
    good = FILES[name]["pairs"][0]["answer"]

    class Choosy(Answering):
        async def __call__(self, request: web.BaseRequest) -> web.Response:
            sent = orjson.loads(await request.read())
            refused = setting in sent or setting in sent.get("generationConfig", {})
            self.asked.append((request.path_qs, {}, sent))
            await asyncio.sleep(0.05)
            return web.Response(status=400 if refused else 200, body=orjson.dumps(body if refused else good))

    return Choosy(200, None)


@pytest.mark.parametrize("name", REFUSALS)
def test_a_setting_that_a_model_refuses_is_left_out_from_then_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As reasoning models refuse a temperature: asked once more at once, and never again with it."""
    server = choosy(name)

    async def twice(provider: Provider) -> list[Completion]:
        return [await provider.complete(a_request(name, PAIR_OF_BOTH)) for _ in range(2)]

    first, second = with_provider(name, server, monkeypatch, twice)

    assert first.text == second.text == "It scatters."
    assert len(server.asked) == 3


def test_azure_has_addresses_by_deployment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the version of the interface that OPENAI_API_VERSION names."""
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    server = Answering(200, FILES["azure"]["pairs"][0]["answer"])

    with_provider("azure", server, monkeypatch, lambda provider: provider.complete(a_request("azure", {})))

    assert server.asked[0][0] == "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"


@pytest.mark.parametrize("name", REFUSALS)
def test_requests_that_were_out_when_a_setting_was_refused_are_made_again_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty are refused for the same setting at once: the first to come back must not fail the others."""
    server = choosy(name)

    async def at_once(provider: Provider) -> list[Completion]:
        return await asyncio.gather(*(provider.complete(a_request(name, PAIR_OF_BOTH)) for _ in range(20)))

    completions = with_provider(name, server, monkeypatch, at_once)

    assert [each.text for each in completions] == ["It scatters."] * 20
    assert len(server.asked) == 40
