"""OpenModel: a model that AutoGen calls outside of runs, with the rate limiter of its quota.

Both are opened by the first call in an event loop and stay open, so that the turns of a chat share one session and one
count of requests. A task keeps them; they are closed by `close`, or with the event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import Completion, Request
from fellowship.providers.autogen import ClientProvider
from fellowship.providers.catalog import open_provider, read_variable
from fellowship.providers.completion_check import CheckedProvider
from fellowship.providers.outside_runs import check_asking_process, limited_outside, limits_hold
from fellowship.ratelimit.registry import registry
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.settings import configured_servers, load_settings

Send: TypeAlias = Callable[[Request], Awaitable[Completion]]


def chat_model(own: str | ChatCompletionClient | None) -> str | ChatCompletionClient | None:
    """The model of an AutoGen turn: FELLOWSHIP_MODEL, else the agent's own, else that of the settings, else None."""
    model = read_variable("FELLOWSHIP_MODEL") or own
    if model is not None and not isinstance(model, str):
        return model
    settings = load_settings()
    model = model or settings.model
    return model and settings.resolved(model)


class OpenModel:
    """A model that is opened by a function, which enters into a stack all that must be closed after use."""

    _send: "asyncio.Future[Send]"

    def __init__(self, name: str, opened: Callable[[AsyncExitStack], Awaitable[Send]]) -> None:
        self._name, self._opened = name, opened
        self._keeper: asyncio.Task[None] | None = None

    async def complete(self, request: Request) -> Completion:
        """The completion. ProviderError without one; ConfigurationError for a model that cannot be opened."""
        loop = asyncio.get_running_loop()
        if self._keeper is None or self._keeper.done() or self._keeper.get_loop() is not loop:
            check_asking_process(self._name)
            self._send = loop.create_future()
            self._keeper = loop.create_task(self._keep_open(self._send), name=f"model {self._name}")
        send = await asyncio.shield(self._send)
        return await send(request)

    async def close(self) -> None:
        """Close the session and leave the rate limiter; the next call opens them again."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None and not keeper.done() and keeper.get_loop() is asyncio.get_running_loop():
            keeper.cancel()
            await asyncio.wait([keeper])

    async def _keep_open(self, opened: "asyncio.Future[Send]") -> None:
        try:
            async with AsyncExitStack() as stack:
                opened.set_result(await self._opened(stack))
                await asyncio.get_running_loop().create_future()  # until cancelled
        except Exception as error:
            if not opened.done():
                opened.set_exception(error)
        finally:
            opened.cancel()  # a call that still waits for the model, when the agent is closed


async def opened(name: str, model: str | ChatCompletionClient | None, stack: AsyncExitStack) -> Send:
    """Sends to a model by its name, or to an AutoGen client, which retries as its owner has set it up."""
    if model is not None and not isinstance(model, str):
        client = ClientProvider(model, own_retries=not limits_hold())  # which would not count the client's own
        client.keeps_max_tokens = limits_hold(dollars=True)
        stack.push_async_callback(client.close)
        return limited_outside(CheckedProvider(client)).complete
    settings = load_settings()
    provider = open_provider(name, own=configured_servers(settings))
    stack.push_async_callback(provider.close)
    quota = getattr(provider, "quota", None)
    limited = limited_outside(CheckedProvider(provider))
    if quota is None:
        return limited.complete
    group, limits = ConfiguredLimits(settings).of(name)
    quota = replace(quota, group=group) if group else quota
    limiter, tenant = await stack.enter_async_context(registry().joined(quota, limits))
    return partial(limiter.complete, limited, tenant=tenant)
