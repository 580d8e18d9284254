"""Probe LLM servers on this machine: requests their lists of models, concurrently, within one second in all."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from fellowship.providers.http import quoted

PROBE_TIMEOUT_S = 0.9
MAX_BODY_BYTES = 1_000_000
MAX_LISTED_MODELS = 3


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of a probe as text. `found`: a server that serves models listens there."""

    state: str
    found: bool = False


def probe_servers(urls: Mapping[str, str], *, timeout_s: float = PROBE_TIMEOUT_S) -> dict[str, ProbeResult]:
    """The result for each base URL, by name."""
    return asyncio.run(_probe_all(urls, timeout_s))


async def _probe_all(urls: Mapping[str, str], timeout_s: float) -> dict[str, ProbeResult]:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout_s)) as session,
        asyncio.TaskGroup() as group,
    ):
        tasks = {name: group.create_task(_probe(session, url)) for name, url in urls.items()}
    return {name: task.result() for name, task in tasks.items()}


async def _probe(session: aiohttp.ClientSession, base_url: str) -> ProbeResult:
    """Requests /v1/models, and /api/tags, which older versions of Ollama serve instead."""
    root = base_url.rstrip("/")
    async with asyncio.TaskGroup() as group:
        openai = group.create_task(_request_models(session, f"{root}/models"))
        ollama = group.create_task(_request_models(session, f"{root.removesuffix('/v1')}/api/tags"))
    return ollama.result() if ollama.result().found and not openai.result().found else openai.result()


async def _request_models(session: aiohttp.ClientSession, url: str) -> ProbeResult:
    try:
        async with session.get(url, allow_redirects=False) as response:
            raw = await response.content.read(MAX_BODY_BYTES)
            while not response.content.at_eof() and len(raw) < MAX_BODY_BYTES:
                raw += await response.content.read(MAX_BODY_BYTES)
            return _read_response(response.status, raw)
    except TimeoutError:
        return ProbeResult("a server listens there, but does not answer")
    except aiohttp.ClientConnectorError:
        return ProbeResult("not running")
    except aiohttp.ClientError:
        return ProbeResult("a server listens there, but it is not an LLM server: it does not speak HTTP")


def _read_response(status: int, raw: bytes) -> ProbeResult:
    if status in (401, 403):
        return ProbeResult("running, requires a key", found=True)
    try:
        names = [quoted(name) for name in _model_names(orjson.loads(raw))] if status == 200 else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        names = None
    if names is None:
        return ProbeResult(f"a server listens there, but it is not an LLM server: status {status}, no list of models")
    if not names:
        return ProbeResult("running, without a model", found=True)
    more = f" and {len(names) - MAX_LISTED_MODELS} more" if len(names) > MAX_LISTED_MODELS else ""
    return ProbeResult(f"running, with {', '.join(names[:MAX_LISTED_MODELS])}{more}", found=True)


def _model_names(answer: Any) -> Iterable[str]:
    """OpenAI lists `data` with ids, Ollama `models` with names; KeyError or TypeError for anything else."""
    listed, name = ("data", "id") if "data" in answer else ("models", "name")
    names = [each[name] for each in answer[listed] or ()]
    if not all(isinstance(each, str) for each in names):
        raise TypeError
    return names
