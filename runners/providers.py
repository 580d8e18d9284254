"""From the names of models to providers: given ones, clients of AutoGen, and those that are opened for a run."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Self

from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Quota
from fellowship.providers.autogen import ClientProvider
from fellowship.providers.catalog import NO_SERVERS, SERVERS, open_provider, provider_name, server_address
from fellowship.providers.recorded import RecordedProvider
from fellowship.providers.server import Server
from fellowship.providers.sim.provider import SimProvider, profile_of
from fellowship.storage.recorded_run import RecordedRun


class Providers:
    """The providers of a run. Given ones take precedence over those of the names, and `servers` over known servers.

    Leaving `async with` closes those that were opened here; given ones belong to their owner. `opened`: by model.
    """

    def __init__(
        self,
        clients: Mapping[str, ChatCompletionClient] | None = None,
        given: Mapping[str, Provider] | None = None,
        servers: Mapping[str, Server] = NO_SERVERS,
    ) -> None:
        asked: dict[str, Provider] = {name: ClientProvider(client) for name, client in (clients or {}).items()}
        self._own = list(asked.values())
        self._by_name = {**asked, **(given or {})}
        self._servers = servers
        self.opened: dict[str, Provider] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        async with AsyncExitStack() as stack:
            for provider in self._own:
                stack.push_async_callback(provider.close)

    def address(self, model: str) -> str | None:
        """The URL of the server behind a model, opened or not; None where there is no server."""
        name = provider_key(model)
        if name in self._by_name:
            quota = quota_of(self._by_name[name])
            return None if quota is None else quota.url
        server = {**SERVERS, **self._servers}.get(name)
        return None if server is None else server_address(name, server)

    def keep_max_tokens(self) -> None:
        """Ask no client of AutoGen without the length that a reply may have, as a budget needs it."""
        for provider in self._own:
            if isinstance(provider, ClientProvider):
                provider.keeps_max_tokens = True

    def open_or_postpone(self, model: str) -> None:
        """Open the provider of a model that may not be asked: what prevents that is the error of its first request."""
        try:
            self.open(model)
        except ConfigurationError as error:
            self.opened[model] = Unopened(error)

    def open(self, model: str) -> None:
        """Open the provider of a model; ConfigurationError if that is not possible, for example for a missing key."""
        name = provider_key(model)
        if name not in self._by_name:
            is_recorded = model.startswith("recorded/")
            provider = recorded_provider(model) if is_recorded else open_provider(model, own=self._servers)
            self._own.append(provider)
            self._by_name[name] = provider
        self.opened[model] = self._by_name[name]
        if isinstance(self.opened[model], SimProvider):
            profile_of(model)


class Unopened:
    """A provider that could not be opened; every request fails with the reason."""

    def __init__(self, reason: ConfigurationError) -> None:
        self._reason = reason

    async def complete(self, request: Request) -> Completion:
        """ConfigurationError."""
        raise self._reason

    async def close(self) -> None:
        """Nothing was opened."""


def quota_of(provider: Provider) -> Quota | None:
    """The quota of a provider; None for one without a network."""
    quota: Quota | None = getattr(provider, "quota", None)
    return quota


def provider_key(model: str) -> str:
    """The name under which the provider of a model is given to a run, or opened by it."""
    return model if model.startswith(("client/", "recorded/")) else provider_name(model)


def recorded_provider(model: str) -> RecordedProvider:
    """The provider behind recorded/FOLDER: the replies of the run in that folder, by ask."""
    replies: dict[AskKey, list[Completion]] = {}
    with RecordedRun.open(model.partition("/")[2]) as run:
        for key, completion in run.completions():
            replies.setdefault(key, []).append(completion)
    return RecordedProvider(replies)
