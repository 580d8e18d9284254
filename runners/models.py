"""From a model's name to the provider that serves it, and to the gate in front of it; one of each kind per run."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import NamedTuple, Self

from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import BudgetSpent, ConfigurationError, Draining
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Limits, Quota
from fellowship.providers.catalog import NO_SERVERS, Server, open_provider, provider_name
from fellowship.providers.client import ClientProvider
from fellowship.providers.recorded import RecordedProvider
from fellowship.providers.sim.provider import SimProvider, profile_of
from fellowship.runners.budget import Budget, Budgeted
from fellowship.runners.gate.gate import Gate
from fellowship.runners.gate.gates import gates
from fellowship.runners.gate.line import Share
from fellowship.runners.spans import traced
from fellowship.runners.underway import Underway
from fellowship.runners.watching.metrics import Metrics
from fellowship.runners.watching.tally import Tally
from fellowship.storage.recorded_run import RecordedRun


class Way(NamedTuple):
    """How a request gets to a model: through a gate, where its provider has a quota."""

    provider: Provider
    gate: Gate | None
    share: Share | None
    tally: Tally


class Models:
    """Every provider a run uses. Given ones win over those that names would open, and `servers` over known servers.

    `limits` by provider or by provider/model; a model with limits of its own has a quota of its own. Requests go out
    inside `async with` only, and through their gates.
    """

    def __init__(
        self,
        clients: Mapping[str, ChatCompletionClient] | None = None,
        given: Mapping[str, Provider] | None = None,
        servers: Mapping[str, Server] = NO_SERVERS,
        *,
        limits: Mapping[str, Limits] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._providers: dict[str, Provider] = {
            name: ClientProvider(client) for name, client in (clients or {}).items()
        }
        self._given = dict(given or {})
        self._servers = servers
        self._limits = dict(limits or {})
        self._opened: dict[str, Provider] = {}
        self._ways: dict[str, Way] = {}
        self._stack = AsyncExitStack()
        self.underway = Underway()
        self.budget: Budget | None = None
        self._draining: Draining | None = None
        self.metrics = metrics or Metrics()

    async def __aenter__(self) -> Self:
        shares: dict[Quota, tuple[Gate, Share]] = {}
        for model, provider in self._opened.items():
            quota = self._quota(model, provider)
            if quota is not None and quota not in shares:
                gate = await gates().enter(quota, self._limits_of(model))
                self._stack.push_async_callback(gates().leave, gate)
                shares[quota] = gate, gate.join()
                self._stack.callback(gate.leave, shares[quota][1])
            entered, share = shares[quota] if quota is not None else (None, None)
            way = traced(provider if self.budget is None else Budgeted(provider, self.budget))
            self._ways[model] = Way(way, entered, share, self.metrics.tally(model, provider, entered))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give all connections back; given providers stay open, as they are their owner's."""
        for provider in self._providers.values():
            self._stack.push_async_callback(provider.close)
        await self._stack.aclose()

    @property
    def gates(self) -> list[Gate]:
        """The gates in use, each once."""
        return list({id(way.gate): way.gate for way in self._ways.values() if way.gate is not None}.values())

    @property
    def are_gated(self) -> bool:
        """Whether any of the models is behind a gate, and so asked over a network."""
        return any(self._quota(model, provider) is not None for model, provider in self._opened.items())

    def address(self, model: str) -> str | None:
        """The URL of the server behind an opened model; None where none is asked."""
        quota = self._quota(model, self._opened[model]) if model in self._opened else None
        return None if quota is None else quota.url

    def open(self, model: str) -> None:
        """Make sure the model's provider is there; ConfigurationError if it cannot be, such as for a missing key."""
        self._opened[model] = provider = self._of(model)
        if isinstance(provider, SimProvider):
            profile_of(model)

    async def complete(self, request: Request) -> Completion:
        """The completion, from the provider the model's name says."""
        if self._draining is not None:
            raise self._draining
        way = self._ways.get(request.model)
        if way is None:
            msg = (
                f"agent '{request.key.agent}' on {request.model} is not among the arguments of the run; hand it to the "
                "scenario as an argument, so that its model can be checked, replaced and written down"
            )
            raise ConfigurationError(msg)
        way.tally.n_asked += 1
        try:
            completion = await self._completed(way, request)
        except BudgetSpent:  # nobody was asked
            way.tally.n_asked -= 1
            raise
        except BaseException as error:
            way.tally.n_failed += 1
            if isinstance(error, Exception):
                self.metrics.trouble(way.tally.provider, error)
            raise
        way.tally.answered(completion)
        return completion

    def drain(self) -> None:
        """Nothing more is sent; what is out may still be answered."""
        self._draining = Draining("the run is being stopped")
        for way in self._ways.values():
            if way.gate is not None and way.share is not None:
                way.gate.close(way.share, self._draining)

    async def _completed(self, way: Way, request: Request) -> Completion:
        conversation = request.key.conversation
        if way.gate is None or way.share is None:
            self.underway.enter(conversation)
            return await way.provider.complete(request)
        completion = await way.gate.complete(
            way.provider,
            request,
            share=way.share,
            n_done=self.underway.n_done.get(conversation, 0),
            on_grant=partial(self.underway.enter, conversation),
        )
        self.underway.replied(conversation)
        return completion

    def _of(self, model: str) -> Provider:
        name = model if model.startswith(("client/", "recorded/")) else provider_name(model)
        if name in self._given:
            return self._given[name]
        if name not in self._providers:
            self._providers[name] = self._open(name, model)
        return self._providers[name]

    def _open(self, name: str, model: str) -> Provider:
        return replayed(model) if name == model else open_provider(model, own=self._servers)

    def _quota(self, model: str, provider: Provider) -> Quota | None:
        """Whose limits the model's requests count against; None for what asks nobody."""
        quota: Quota | None = getattr(provider, "quota", None)
        return replace(quota, group=model) if quota is not None and model in self._limits else quota

    def _limits_of(self, model: str) -> Limits:
        """The model's own limits over those of its provider."""
        provider = self._limits.get(model.partition("/")[0], Limits())
        return self._limits[model].over(provider) if model in self._limits else provider


def replayed(model: str) -> RecordedProvider:
    """The provider behind recorded/FOLDER: the replies of the run in that folder, by ask."""
    replies: dict[AskKey, list[Completion]] = {}
    with RecordedRun.open(model.partition("/")[2]) as run:
        for key, completion in run.completions():
            replies.setdefault(key, []).append(completion)
    return RecordedProvider(replies)
