"""From a model's name to the provider that serves it; one provider of each kind per run."""

import dataclasses
from collections.abc import Mapping
from contextlib import AsyncExitStack

from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.providers.catalog import NO_SERVERS, SERVERS, Server, open_provider, provider_name
from fellowship.providers.client import ClientProvider
from fellowship.providers.recorded import RecordedProvider
from fellowship.providers.sim.provider import SimProvider, profile_of
from fellowship.runners.settings import ProviderSettings, Settings
from fellowship.storage.recorded_run import RecordedRun


class Models:
    """Every provider a run uses. Given ones win over those that names would open, and `servers` over known servers."""

    def __init__(
        self,
        clients: Mapping[str, ChatCompletionClient] | None = None,
        given: Mapping[str, Provider] | None = None,
        servers: Mapping[str, Server] = NO_SERVERS,
    ) -> None:
        self._providers: dict[str, Provider] = {
            name: ClientProvider(client) for name, client in (clients or {}).items()
        }
        self._given = dict(given or {})
        self._servers = servers
        self._opened: set[str] = set()
        self.n_asked = 0

    def open(self, model: str) -> None:
        """Make sure the model's provider is there; ConfigurationError if it cannot be, such as for a missing key."""
        provider = self._of(model)
        self._opened.add(model)
        if isinstance(provider, SimProvider):
            profile_of(model)

    async def complete(self, request: Request) -> Completion:
        """The completion, from the provider the model's name says."""
        if request.model not in self._opened:
            msg = (
                f"agent '{request.key.agent}' on {request.model} is not among the arguments of the run; hand it to the "
                "scenario as an argument, so that its model can be checked, replaced and written down"
            )
            raise ConfigurationError(msg)
        self.n_asked += 1
        return await self._of(request.model).complete(request)

    async def close(self) -> None:
        """Give all connections back; given providers stay open, as they are their owner's."""
        async with AsyncExitStack() as stack:
            for provider in self._providers.values():
                stack.push_async_callback(provider.close)

    def _of(self, model: str) -> Provider:
        name = model if model.startswith(("client/", "recorded/")) else provider_name(model)
        if name in self._given:
            return self._given[name]
        if name not in self._providers:
            self._providers[name] = self._open(name, model)
        return self._providers[name]

    def _open(self, name: str, model: str) -> Provider:
        return replayed(model) if name == model else open_provider(model, own=self._servers)


def own_servers(settings: Settings) -> dict[str, Server]:
    """The servers that the settings describe, or describe otherwise than the catalogue does."""
    return {name: _server(name, own) for name, own in settings.providers.items()}


def _server(name: str, own: ProviderSettings) -> Server:
    known = SERVERS[name] if own.base_url is None else Server(own.base_url, form=own.form)
    return dataclasses.replace(
        known,
        key_variable=own.key_variable or known.key_variable,
        timeout_s=own.timeout or known.timeout_s,
        connect_timeout_s=own.connect_timeout or known.connect_timeout_s,
    )


def replayed(model: str) -> RecordedProvider:
    """The provider behind recorded/FOLDER: the replies of the run in that folder, by ask."""
    replies: dict[AskKey, list[Completion]] = {}
    with RecordedRun.open(model.partition("/")[2]) as run:
        for key, completion in run.completions():
            replies.setdefault(key, []).append(completion)
    return RecordedProvider(replies)
