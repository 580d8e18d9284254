"""A completion over the wire: what is sent, what is read, how many at a time, what is left behind."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web

from fellowship.protocols.completions import UNKNOWN_USAGE, AskKey, Completion, Request, Usage
from fellowship.protocols.errors import (
    ConfigurationError,
    MalformedResponse,
    ProviderError,
    ProviderTimeout,
    RequestRejected,
)
from fellowship.protocols.interfaces import Provider
from fellowship.providers.completion_check import checked
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.testing.server import StartedServer
from tests.servers import Serve


def a_request(model: str = "openai/gpt-4o", **sampling: Any) -> Request:
    key = AskKey("c1", "", "judge", 0)
    return Request(key, 1, model, ({"role": "user", "content": "Which one?"},), sampling, "Verdict")


def a_body(message: Any = None, finish: Any = "stop", **fields: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": "The first."} if message is None else message
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "message": message, "finish_reason": finish}], **fields}


@asynccontextmanager
async def answering(handler: Callable[[web.BaseRequest], Any]) -> AsyncIterator[str]:
    """A server in this process; gives its base URL."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


class Asked:
    """Answers every request with the same body, and keeps the requests."""

    def __init__(self, body: Any, headers: dict[str, str] | None = None) -> None:
        self.raw = body if isinstance(body, bytes) else orjson.dumps(body)
        self.answer_headers = headers or {}
        self.paths: list[str] = []
        self.headers: list[Any] = []
        self.bodies: list[Any] = []
        self.peers: set[Any] = set()

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.paths.append(request.path_qs)
        self.headers.append(request.headers)
        self.bodies.append(orjson.loads(await request.read()))
        self.peers.add(request.transport.get_extra_info("peername") if request.transport else None)
        return web.Response(body=self.raw, headers=self.answer_headers)


def ask(
    server: Callable[[web.BaseRequest], Any],
    request: Request | None = None,
    path: str = "",
    times: int = 1,
    **options: Any,
) -> Completion:
    """The (last) completion of a provider that is opened for the purpose, and closed."""

    async def main() -> Completion:
        async with answering(server) as base_url:
            provider = OpenAIProvider(base_url + path, **options)
            try:
                for _ in range(times):
                    completion = await provider.complete(request or a_request())
            finally:
                await provider.close()
            return completion

    return asyncio.run(main())


@pytest.fixture
def gibberish(serve: Serve) -> StartedServer:
    """Answers that mean nothing."""
    return serve("gibberish", latency_ms=5)


def test_the_provider_has_the_shape_of_the_interface() -> None:
    """It can stand wherever a Provider is wanted."""
    assert isinstance(OpenAIProvider("http://localhost:8000/v1"), Provider)


def test_the_request_carries_model_messages_and_sampling() -> None:
    """The model is what follows the first slash; settings that are not set are not sent."""
    server = Asked(a_body())

    ask(server, a_request("together/meta-llama/Llama-3", temperature=0.0, top_p=0.9, max_tokens=7, seed=3, stop=("a",)))

    assert server.paths == ["/v1/chat/completions"]
    assert server.bodies == [
        {
            "model": "meta-llama/Llama-3",
            "messages": [{"role": "user", "content": "Which one?"}],
            "temperature": 0.0,
            "top_p": 0.9,
            "max_tokens": 7,
            "seed": 3,
            "stop": ["a"],
        }
    ]


def test_max_tokens_goes_by_the_servers_own_name() -> None:
    """OpenAI's reasoning models refuse max_tokens."""
    server = Asked(a_body())

    ask(server, a_request(max_tokens=7, seed=1), max_tokens_name="max_completion_tokens")

    assert server.bodies[0]["max_completion_tokens"] == 7
    assert "max_tokens" not in server.bodies[0]


def test_a_key_is_sent_as_bearer_and_no_key_sends_no_header() -> None:
    """Servers of one's own need none."""
    with_key, without = Asked(a_body()), Asked(a_body())

    ask(with_key, api_key="sk-hush-hush")
    ask(without)

    assert with_key.headers[0]["Authorization"] == "Bearer sk-hush-hush"
    assert "Authorization" not in without.headers[0]


@pytest.mark.parametrize("path", ["/", "?api-version=2024-10-21"])
def test_a_base_url_may_end_in_a_slash_or_have_a_query(path: str) -> None:
    """Azure wants a version in every address."""
    server = Asked(a_body())

    ask(server, path=path)

    assert server.paths == ["/v1/chat/completions" + path.strip("/")]


def test_a_whole_completion_is_read() -> None:
    """Text, finish, tokens, served model and request id, with the time it took."""
    usage = {
        "prompt_tokens": 11,
        "completion_tokens": 22,
        "total_tokens": 33,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }

    completion = ask(Asked(a_body(model="gpt-4o-2024-08-06", usage=usage), {"x-request-id": "req_7"}))

    assert completion == Completion(
        "The first.", "stop", Usage(11, 22, 4, 5), "gpt-4o-2024-08-06", "req_7", completion.latency_s
    )
    assert 0 < completion.latency_s < 5


def counts(prompt: Any = 12, completion: Any = 5, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, **more}


USAGES: dict[str, tuple[Any, Usage]] = {
    "no details": (counts(), Usage(12, 5)),
    "details of other types": (counts(prompt_tokens_details=None, completion_tokens_details="?"), Usage(12, 5)),
    "null": (None, UNKNOWN_USAGE),
    "a text": ("many", UNKNOWN_USAGE),
    "a list": ([12, 5], UNKNOWN_USAGE),
    "no reply": ({"prompt_tokens": 12}, UNKNOWN_USAGE),
    "a null": (counts(completion=None), UNKNOWN_USAGE),
    "a float": (counts(12.0), UNKNOWN_USAGE),
    "negative": (counts(-12), UNKNOWN_USAGE),
    "a truth value": (counts(True), UNKNOWN_USAGE),
    "digits": (counts("12"), UNKNOWN_USAGE),
    "10**15": (counts(10**15), UNKNOWN_USAGE),
    "400 digits": (counts(completion=10**399), UNKNOWN_USAGE),
    "a total that agrees": (counts(total_tokens=17), Usage(12, 5)),
    "a total with hidden reasoning, as Gemini behind this format": (counts(total_tokens=900), Usage(12, 888)),
    "a total with the cache beside": (
        counts(prompt_tokens_details={"cached_tokens": 8}, total_tokens=25),
        Usage(20, 5, 8),
    ),
    "a total that is too small": (counts(total_tokens=16), UNKNOWN_USAGE),
    "a total of 10**15": (counts(total_tokens=10**15), UNKNOWN_USAGE),
    "a total of no type": (counts(total_tokens="17"), UNKNOWN_USAGE),
    "reasoning within": (
        counts(completion_tokens_details={"reasoning_tokens": 3}, total_tokens=17),
        Usage(12, 5, 0, 3),
    ),
    "reasoning beside, as xAI": (
        counts(completion_tokens_details={"reasoning_tokens": 3}, total_tokens=20),
        Usage(12, 8, 0, 3),
    ),
    "more reasoning than reply": (counts(completion_tokens_details={"reasoning_tokens": 9}), Usage(12, 14, 0, 9)),
    "reasoning apart, as Perplexity": (counts(reasoning_tokens=4, total_tokens=21), Usage(12, 9, 0, 4)),
    "reasoning that is negative": (counts(completion_tokens_details={"reasoning_tokens": -3}), UNKNOWN_USAGE),
    "from the cache, as DeepSeek": (counts(prompt_cache_hit_tokens=8, prompt_cache_miss_tokens=4), Usage(12, 5, 8)),
    "a cache that contradicts": (counts(prompt_cache_hit_tokens=8, prompt_cache_miss_tokens=400), UNKNOWN_USAGE),
    "more cached than sent": (counts(prompt_tokens_details={"cached_tokens": 13}), Usage(12, 5)),
}


@pytest.mark.parametrize(("usage", "expected"), USAGES.values(), ids=list(USAGES))
def test_tokens_are_read_or_unknown(usage: Any, expected: Usage) -> None:
    """Local servers leave out details, or all of it."""
    completion = ask(Asked(json.dumps(a_body(usage=usage)).encode()))

    assert checked(completion, a_request()).usage == expected


NO_JSON_OF_OURS = {
    "brackets": b"[" * 100_000,
    "brackets within": b'{"choices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "5,000 digits": b'{"choices": [' + b"7" * 5_000 + b"]}",
    "an error of numbers": b'{"error": {"code": 1e400, "metadata": 7, "message": 5}}',
}


@pytest.mark.parametrize("raw", NO_JSON_OF_OURS.values(), ids=list(NO_JSON_OF_OURS))
def test_odd_json_is_the_fault_of_the_provider(raw: bytes) -> None:
    with pytest.raises(ProviderError) as raised:
        ask(Asked(raw))

    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("message", "reason", "text", "finish"),
    [
        ({"content": "Yes."}, "stop", "Yes.", "stop"),
        ({"content": "Ye"}, "length", "Ye", "length"),
        ({"content": ""}, "content_filter", "", "content_filter"),
        ({"content": "Yes."}, "eos_or_so", "Yes.", "unknown"),
        ({"content": "Yes."}, None, "Yes.", "unstated"),
        ({"content": "Yes."}, ["stop"], "Yes.", "unknown"),
        ({"content": "Yes."}, "eos", "Yes.", "stop"),
        ({"content": [{"type": "refusal", "refusal": "I will not."}]}, "stop", "I will not.", "refusal"),
        ({"content": None, "refusal": "I will not."}, "stop", "I will not.", "refusal"),
        ({"content": "Yes.", "refusal": None}, "stop", "Yes.", "stop"),
        ({"content": None}, "length", "", "length"),
        ({"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Yes."}]}, "stop", "Yes.", "stop"),
    ],
)
def test_text_and_finish_are_read(message: Any, reason: Any, text: str, finish: str) -> None:
    """A refusal is a result with its text; what we do not know is called unknown."""
    completion = ask(Asked(a_body(message, reason)))

    assert (completion.text, completion.finish) == (text, finish)


@pytest.mark.parametrize(
    ("message", "reasoning"),
    [
        ({"content": "Yes."}, ""),
        ({"content": "Yes.", "reasoning_content": "Hm."}, "Hm."),
        ({"content": "Yes.", "reasoning_content": None, "reasoning": "Hm."}, "Hm."),
        ({"content": None, "reasoning_content": "Hm."}, "Hm."),
        ({"content": "Yes.", "reasoning": {"effort": "low"}}, ""),
        ({"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}]}, "Hm."),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}, {"text": None}]}]}, "Hm."),
    ],
)
def test_reasoning_beside_the_text_is_kept(message: Any, reasoning: str) -> None:
    """vLLM and DeepSeek name it reasoning_content, OpenRouter and newer vLLM reasoning; Mistral sends it as a part."""
    assert ask(Asked(a_body(message))).reasoning == reasoning


def test_the_request_id_may_come_from_the_body() -> None:
    """Servers without the header have an id in the completion."""
    assert ask(Asked(a_body())).request_id == "chatcmpl-1"


def test_one_connection_serves_one_request_after_another() -> None:
    """Connections are kept alive."""
    server = Asked(a_body())

    ask(server, times=4)

    assert len(server.bodies) == 4
    assert len(server.peers) == 1


def test_gibberish_is_a_completion_like_any_other(gibberish: StartedServer) -> None:
    """Whether a text means anything is for the role to say."""

    async def main() -> Completion:
        provider = OpenAIProvider(gibberish.base_url)
        try:
            return await provider.complete(a_request())
        finally:
            await provider.close()

    completion = asyncio.run(main())

    assert completion.finish == "stop"
    assert len(completion.text.split()) == completion.usage.completion_tokens


def test_a_slow_server_is_a_timeout() -> None:
    """The whole answer must be there in time."""

    async def never(request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    with pytest.raises(ProviderTimeout, match=r"^openai at http://127.* gave no complete answer within 0\.05 s$"):
        ask(never, timeout_s=0.05)


def test_a_cancelled_request_stays_cancelled() -> None:
    """Cancellation is never swallowed."""

    async def main() -> str:
        arrived = asyncio.Event()

        async def handler(request: web.BaseRequest) -> web.Response:
            if not arrived.is_set():
                arrived.set()
                await asyncio.sleep(60)
            return web.Response(body=orjson.dumps(a_body()))

        async with answering(handler) as base_url:
            provider = OpenAIProvider(base_url)
            async with asyncio.TaskGroup() as group:
                stuck = group.create_task(provider.complete(a_request()))
                await arrived.wait()
                stuck.cancel()
            assert stuck.cancelled()
            completion = await provider.complete(a_request())
            await provider.close()
            return completion.text

    assert asyncio.run(main()) == "The first."


def test_a_provider_asks_once() -> None:
    """Trying again is for who stands before it: the rate limiter."""
    server = Asked(b"<html>")

    with pytest.raises(
        MalformedResponse,
        match=r"^openai at .* answered with something that is not JSON: '<html>'; check that the base",
    ):
        ask(server)

    assert len(server.bodies) == 1


def test_a_closed_provider_is_not_opened_again() -> None:
    """No session is made that nobody would close; closing twice, or unused, is no error."""

    async def main() -> None:
        provider = OpenAIProvider("http://127.0.0.1:9/v1")
        await provider.close()
        await provider.close()
        await provider.complete(a_request())

    with pytest.raises(ConfigurationError, match="is closed; open another provider"):
        asyncio.run(main())


@pytest.mark.parametrize("base_url", ["", "localhost:8000", "ftp://localhost/v1", "http://", "http://[::1/v1"])
def test_a_base_url_that_cannot_be_used_is_refused_at_once(base_url: str) -> None:
    """Before anything is asked."""
    with pytest.raises(ConfigurationError, match="expected a form like 'http://localhost:8000/v1'"):
        OpenAIProvider(base_url)


def test_a_proxy_is_used_and_never_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy sees requests for other hosts only."""
    proxy = Asked(a_body())

    async def main() -> Completion:
        async with answering(proxy) as proxy_url:
            monkeypatch.setenv("http_proxy", proxy_url.removesuffix("/v1"))
            monkeypatch.delenv("no_proxy", raising=False)
            monkeypatch.delenv("NO_PROXY", raising=False)
            provider = OpenAIProvider("http://models.invalid/v1")
            completion = await provider.complete(a_request())
            await provider.close()
            return completion

    assert asyncio.run(main()).text == "The first."
    assert proxy.headers[0]["Host"] == "models.invalid"
    ask(Asked(a_body()))
    assert len(proxy.bodies) == 1


class Unlimited:
    """Refuses the limit on the length of replies under every name of a set, and answers what has none of them."""

    def __init__(self, *refused: str) -> None:
        self.refused, self.bodies = refused, list[Any]()

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        body = orjson.loads(await request.read())
        self.bodies.append(body)
        if (name := next((name for name in self.refused if name in body), None)) is not None:
            error = {"message": f"Unsupported parameter: {name}", "param": name}
            return web.Response(status=400, body=orjson.dumps({"error": error}))
        return web.Response(body=orjson.dumps(a_body()))


def test_a_request_is_never_sent_without_its_limit_on_the_reply() -> None:
    """Not the second one either, which knows of the first."""
    server = Unlimited("max_tokens", "max_completion_tokens")

    async def main() -> list[str]:
        async with answering(server) as base_url:
            provider, said = OpenAIProvider(base_url), list[str]()
            for _ in range(2):
                with pytest.raises(RequestRejected) as raised:
                    await provider.complete(a_request(max_tokens=7))
                said.append(str(raised.value))
            await provider.close()
            return said

    for line in asyncio.run(main()):
        assert "refuses the limit on the length of a reply for 'gpt-4o'" in line
        assert "\n" not in line
    assert all(body.get("max_tokens", body.get("max_completion_tokens")) == 7 for body in server.bodies)


def test_one_name_of_the_limit_is_enough_and_a_role_without_a_limit_asks_without_it() -> None:
    renamed, unlimited = Unlimited("max_tokens"), Unlimited("max_tokens", "max_completion_tokens")

    assert ask(renamed, a_request(max_tokens=7)).text == ask(unlimited, a_request()).text == "The first."
    assert [sorted(body) for body in renamed.bodies] == [
        ["max_tokens", "messages", "model"],
        ["max_completion_tokens", "messages", "model"],
    ]
