"""OpenModel: the model of an agent that takes AutoGen turns, with the rate limiter of its quota.

Both are opened by the first call and stay open, so that the turns of a chat share one session and one count of
requests. A task keeps them; they are closed by `close`, or with the event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import Completion, Request
from fellowship.providers.catalog import read_variable
from fellowship.providers.completion_check import checked

Send: TypeAlias = Callable[[Request], Awaitable[Completion]]


def chat_model(own: str | ChatCompletionClient | None) -> str | ChatCompletionClient | None:
    """The model of an AutoGen turn: FELLOWSHIP_MODEL, else the agent's own, else that of the settings, else None."""
    from fellowship.settings.settings import load_settings

    named = read_variable("FELLOWSHIP_MODEL")
    if named is not None or own is not None:
        return named or own
    return load_settings().model


class OpenModel:
    """A model by its name, or an AutoGen client, which retries as its owner has set it up."""

    def __init__(self, model: str | ChatCompletionClient | None, name: str) -> None:
        self.model, self._name = model, name
        self._keeper: asyncio.Task[None] | None = None
        self._send: asyncio.Future[Send] | None = None

    async def complete(self, request: Request) -> Completion:
        """The completion. ProviderError without one; ConfigurationError for a model that cannot be opened."""
        loop = asyncio.get_running_loop()
        if self._keeper is None or self._send is None or self._keeper.done() or self._send.get_loop() is not loop:
            self._send = loop.create_future()
            self._keeper = loop.create_task(self._keep_open(self._send), name=f"model {self._name}")
        send = await asyncio.shield(self._send)
        return checked(await send(request))

    async def close(self) -> None:
        """Close the session and leave the rate limiter; the next call opens them again."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None and not keeper.done() and keeper.get_loop() is asyncio.get_running_loop():
            keeper.cancel()
            await asyncio.wait([keeper])

    async def _keep_open(self, opened: "asyncio.Future[Send]") -> None:
        try:
            async with _opened(self.model, self._name) as send:
                opened.set_result(send)
                await asyncio.get_running_loop().create_future()  # until cancelled
        except Exception as error:
            if not opened.done():
                opened.set_exception(error)


@asynccontextmanager
async def _opened(model: str | ChatCompletionClient | None, name: str) -> AsyncIterator[Send]:
    from fellowship.providers.autogen import ClientProvider
    from fellowship.providers.catalog import open_provider
    from fellowship.ratelimit.registry import registry
    from fellowship.settings.limits import ConfiguredLimits
    from fellowship.settings.servers import configured_servers
    from fellowship.settings.settings import load_settings

    async with AsyncExitStack() as stack:
        if model is not None and not isinstance(model, str):
            client = ClientProvider(model, own_retries=True)
            stack.push_async_callback(client.close)
            yield client.complete
            return
        settings = load_settings()
        resolved = settings.resolved(name)
        provider = open_provider(resolved, own=configured_servers(settings))
        stack.push_async_callback(provider.close)
        quota = getattr(provider, "quota", None)
        if quota is None:
            send: Send = provider.complete
        else:
            group, limits = ConfiguredLimits(settings).of(resolved)
            limiter = await registry().enter(replace(quota, group=group) if group else quota, limits)
            stack.push_async_callback(registry().leave, limiter)
            tenant = limiter.join()
            stack.callback(limiter.leave, tenant)
            send = partial(limiter.complete, provider, tenant=tenant)
        yield send if resolved == name else lambda request: send(replace(request, model=resolved))
