"""From the name of a model to the route of its requests: provider, rate limiter, counters. One router per run."""

from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Self

from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import ConfigurationError, Draining
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Quota
from fellowship.providers.autogen import ClientProvider
from fellowship.providers.catalog import NO_SERVERS, SERVERS, Server, open_provider, provider_name, server_address
from fellowship.providers.recorded import RecordedProvider
from fellowship.providers.sim.provider import SimProvider, profile_of
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.registry import registry
from fellowship.runners.admission_control import AdmissionControl
from fellowship.runners.budget import Budget, Budgeted
from fellowship.runners.route import Route
from fellowship.settings.limits import ConfiguredLimits
from fellowship.storage.recorded_run import RecordedRun
from fellowship.telemetry.metrics import Metrics
from fellowship.telemetry.otel import traced_provider


class Router:
    """The providers of a run. Given ones take precedence over those of the names, and `servers` over known servers.

    A model with limits of its own has a quota of its own. Requests are sent inside `async with` only.
    """

    def __init__(
        self,
        clients: Mapping[str, ChatCompletionClient] | None = None,
        given: Mapping[str, Provider] | None = None,
        servers: Mapping[str, Server] = NO_SERVERS,
        *,
        limits: ConfiguredLimits | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._providers: dict[str, Provider] = {
            name: ClientProvider(client) for name, client in (clients or {}).items()
        }
        self._given = dict(given or {})
        self._servers = servers
        self._limits = limits or ConfiguredLimits()
        self._opened: dict[str, Provider] = {}
        self._routes: dict[str, Route] = {}
        self._stack = AsyncExitStack()
        self.admission = AdmissionControl()
        self.budget: Budget | None = None
        self._draining: Draining | None = None
        self.metrics = metrics or Metrics()

    async def __aenter__(self) -> Self:
        tenants: dict[Quota, tuple[RateLimiter, Tenant]] = {}
        for model, provider in self._opened.items():
            quota = self._quota(model, provider)
            if quota is not None and quota not in tenants:
                limiter = await registry().enter(quota, self._limits.of(model).limits)
                self._stack.push_async_callback(registry().leave, limiter)
                tenants[quota] = limiter, limiter.join()
                self._stack.callback(limiter.leave, tenants[quota][1])
            entered, tenant = tenants[quota] if quota is not None else (None, None)
            asked = traced_provider(provider if self.budget is None else Budgeted(provider, self.budget))
            usage = self.metrics.usage_of(model, entered)
            self._routes[model] = Route(asked, entered, tenant, usage, self.admission, self.metrics)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all providers that the router has opened; given ones belong to their owner."""
        for provider in self._providers.values():
            self._stack.push_async_callback(provider.close)
        await self._stack.aclose()

    @property
    def limiters(self) -> list[RateLimiter]:
        """The rate limiters in use, each once."""
        limiters = (route.limiter for route in self._routes.values())
        return list({id(limiter): limiter for limiter in limiters if limiter is not None}.values())

    @property
    def are_rate_limited(self) -> bool:
        """Whether any model has a rate limiter, and so is served over a network."""
        return any(self._quota(model, provider) is not None for model, provider in self._opened.items())

    def address(self, model: str) -> str | None:
        """The URL of the server behind a model, opened or not; None where there is no server."""
        name = provider_key(model)
        provider = self._given.get(name) or self._providers.get(name)
        if provider is not None:
            quota = self._quota(model, provider)
            return None if quota is None else quota.url
        server = {**SERVERS, **self._servers}.get(name)
        return None if server is None else server_address(name, server)

    def open(self, model: str) -> None:
        """Open the provider of a model; ConfigurationError if that is not possible, for example for a missing key."""
        self._opened[model] = provider = self._of(model)
        if isinstance(provider, SimProvider):
            profile_of(model)

    def complete(self, request: Request) -> Awaitable[Completion]:
        """The completion, from the provider that the name of the model says."""
        if self._draining is not None:
            raise self._draining
        route = self._routes.get(request.model)
        if route is None:
            msg = (
                f"agent '{request.key.agent}' on {request.model} is not among the arguments of the run; hand it to the "
                "scenario as an argument, so that its model can be checked, replaced and written down"
            )
            raise ConfigurationError(msg)
        return route.send(request)

    def drain(self) -> None:
        """Send nothing more; requests in flight may still be answered."""
        self._draining = Draining("the run is being stopped")
        for route in self._routes.values():
            route.close(self._draining)

    def _of(self, model: str) -> Provider:
        name = provider_key(model)
        if name in self._given:
            return self._given[name]
        if name not in self._providers:
            self._providers[name] = self._open(name, model)
        return self._providers[name]

    def _open(self, name: str, model: str) -> Provider:
        return recorded_provider(model) if name == model else open_provider(model, own=self._servers)

    def _quota(self, model: str, provider: Provider) -> Quota | None:
        """The quota of the model; None for providers without a network."""
        quota: Quota | None = getattr(provider, "quota", None)
        group = self._limits.of(model).group
        return replace(quota, group=group) if quota is not None and group else quota


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
