"""The answers of the simulated server: simulated models, a canned reply, gibberish, garbage, or a given text."""

import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.testing.server_dialects import ServedRequest

ServedAnswer: TypeAlias = Callable[[ServedRequest], Awaitable[Completion]]

GARBAGE = b"<html><body>504 upstream is having lunch</body></html>"
CANNED = Completion("A canned answer, long enough to look like one. " * 12, usage=Usage(200, 130))
FILLER_WORDS = ("blon", "trask", "wug", "fendle", "orim", "quib", "slarn", "dax", "mip", "tove", "gyre", "zupp")


def answers(kind: str) -> ServedAnswer:
    """The answer function of a kind; any other text is itself the answer to all requests."""
    if kind == "sim":
        return _simulated()
    if kind == "gibberish":
        return _gibberish
    return _canned if kind == "canned" else partial(_fixed_text, kind)


async def _canned(asked: ServedRequest) -> Completion:
    return CANNED


async def _fixed_text(text: str, asked: ServedRequest) -> Completion:
    n_prompt = sum(len(str(message["content"]).split()) for message in asked.messages)
    return Completion(text, usage=Usage(n_prompt, len(text.split())))


async def _gibberish(asked: ServedRequest) -> Completion:
    rng = random.Random(asked.digest)
    return await _fixed_text(" ".join(rng.choices(FILLER_WORDS, k=rng.randint(5, 60))), asked)


def _simulated() -> ServedAnswer:
    from fellowship.providers.sim.provider import SimProvider

    provider = SimProvider()

    async def answer(asked: ServedRequest) -> Completion:
        model = f"sim/{asked.model.rpartition('/')[2]}"
        key = AskKey(asked.digest, "", "served", 0)
        return await provider.complete(Request(key, 1, model, asked.messages, asked.settings, ""))

    return answer
