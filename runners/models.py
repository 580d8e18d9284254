"""From a model's name to the provider that serves it; one provider of each kind per run."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.providers.catalog import open_provider, provider_name
from fellowship.providers.client import ClientProvider
from fellowship.providers.recorded import RecordedProvider
from fellowship.providers.sim.provider import SimProvider, profile_of
from fellowship.storage.recorded_run import RecordedRun


class Models:
    """Every provider a run uses. Given providers win over those that names would open."""

    def __init__(
        self, clients: Mapping[str, ChatCompletionClient] | None = None, given: Mapping[str, Provider] | None = None
    ) -> None:
        self._providers: dict[str, Provider] = {
            name: ClientProvider(client) for name, client in (clients or {}).items()
        }
        self._given = dict(given or {})
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
            self._providers[name] = replayed(model) if name == model else open_provider(model)
        return self._providers[name]


def replayed(model: str) -> RecordedProvider:
    """The provider behind recorded/FOLDER: the replies of the run in that folder, by ask."""
    replies: dict[AskKey, list[Completion]] = {}
    with RecordedRun.open(model.partition("/")[2]) as run:
        for key, completion in run.completions():
            replies.setdefault(key, []).append(completion)
    return RecordedProvider(replies)
