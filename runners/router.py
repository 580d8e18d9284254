"""From the name of a model to the route of its requests: provider, rate limiter, counters. One router per run."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Self

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import ConfigurationError, Draining, FellowshipError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.quota import Quota
from fellowship.providers.completion_check import CheckedProvider
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.registry import registry
from fellowship.runners.admission_control import AdmissionControl
from fellowship.runners.budget import Budget, Budgeted
from fellowship.runners.providers import quota_of
from fellowship.runners.route import Route
from fellowship.settings.limits import ConfiguredLimits
from fellowship.telemetry.metrics import Metrics
from fellowship.telemetry.otel import traced_provider


class Router:
    """The routes of a run to its providers, by model. Requests are sent inside `async with` only.

    A model with limits of its own has a quota of its own. `limited` makes of a provider one that counts its requests
    in the limits of a command, for requests that belong to no run.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        limits: ConfiguredLimits | None = None,
        *,
        metrics: Metrics | None = None,
        budget: Budget | None = None,
        limited: Callable[[Provider], Provider] | None = None,
    ) -> None:
        self._providers, self._budget, self._limited = providers, budget, limited
        self._limits = limits or ConfiguredLimits()
        self._routes: dict[str, Route] = {}
        self._stack = AsyncExitStack()
        self._draining: FellowshipError | None = None
        self.admission = AdmissionControl()
        self.metrics = metrics or Metrics()

    async def __aenter__(self) -> Self:
        tenants: dict[Quota, tuple[RateLimiter, Tenant]] = {}
        async with AsyncExitStack() as stack:
            for model, provider in self._providers.items():
                quota, own = quota_of(provider), self._limits.of(model)
                if quota is not None and own.group:
                    quota = replace(quota, group=own.group)
                if quota is not None and quota not in tenants:
                    tenants[quota] = await stack.enter_async_context(registry().joined(quota, own.limits))
                limiter, tenant = tenants[quota] if quota is not None else (None, None)
                checked: Provider = CheckedProvider(provider)
                if self._limited is not None:
                    checked = self._limited(checked)
                asked = traced_provider(checked if self._budget is None else Budgeted(checked, self._budget))
                usage = self.metrics.usage_of(model, limiter)
                self._routes[model] = Route(
                    *(model, asked, limiter, tenant, usage, self.admission, self.metrics), self.refuse
                )
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def limiters(self) -> list[RateLimiter]:
        """The rate limiters in use, each once."""
        return list(dict.fromkeys(route.limiter for route in self._routes.values() if route.limiter is not None))

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
        if self._draining is None:
            self.refuse(Draining("the run is being stopped"))

    def refuse(self, error: FellowshipError) -> None:
        """Send nothing more, and fail with this error what would have been sent."""
        self._draining = error
        for route in self._routes.values():
            route.close(error)
