"""Whether servers on this machine are there: asked for their models, all of them side by side, within a second."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

LONGEST_S = 0.9
LONGEST_BODY = 1_000_000
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a probe. `found`: a server that serves models listens there."""

    state: str
    found: bool = False


def probed(urls: Mapping[str, str], *, longest_s: float = LONGEST_S) -> dict[str, Answered]:
    """What answers at each base URL, by name."""
    return asyncio.run(_all(urls, longest_s))


async def _all(urls: Mapping[str, str], longest_s: float) -> dict[str, Answered]:
    import aiohttp

    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=longest_s)) as session,
        asyncio.TaskGroup() as group,
    ):
        tasks = {name: group.create_task(_probe(session, url)) for name, url in urls.items()}
    return {name: task.result() for name, task in tasks.items()}


async def _probe(session: "aiohttp.ClientSession", base_url: str) -> Answered:
    """Ollama of any age knows /api/tags beside /v1; all others know /v1/models."""
    at = base_url.rstrip("/")
    async with asyncio.TaskGroup() as group:
        usual = group.create_task(_asked(session, f"{at}/models"))
        ollamas = group.create_task(_asked(session, f"{at.removesuffix('/v1')}/api/tags"))
    return ollamas.result() if ollamas.result().found and not usual.result().found else usual.result()


async def _asked(session: "aiohttp.ClientSession", url: str) -> Answered:
    import aiohttp

    try:
        async with session.get(url, allow_redirects=False) as response:
            raw = await response.content.read(LONGEST_BODY)
            while not response.content.at_eof() and len(raw) < LONGEST_BODY:
                raw += await response.content.read(LONGEST_BODY)
            return _read(response.status, raw)
    except TimeoutError:
        return Answered("something listens there, but does not answer")
    except aiohttp.ClientConnectorError:
        return Answered("not running")
    except aiohttp.ClientError:
        return Answered("something listens there, but it is not an LLM server: it does not speak HTTP")


def _read(status: int, raw: bytes) -> Answered:
    import orjson

    from fellowship.providers.http import quoted

    if status in (401, 403):
        return Answered("is there, and wants a key", found=True)
    try:
        names = [quoted(name) for name in _names(orjson.loads(raw))] if status == 200 else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        names = None
    if names is None:
        return Answered(f"something listens there, but it is not an LLM server: status {status}, no list of models")
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return Answered(f"is there, with {', '.join(names[:SHOWN])}{more}" if names else "is there, without a model", True)


def _names(answer: Any) -> Iterable[str]:
    """OpenAI lists `data` with ids, Ollama `models` with names; KeyError or TypeError for anything else."""
    if "data" in answer:
        return [_text(each["id"]) for each in answer["data"] or ()]
    return [_text(each["name"]) for each in answer["models"] or ()]


def _text(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError
    return name
