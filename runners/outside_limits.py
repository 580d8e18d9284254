"""Requests outside of runs reserve their cost in the limits that the runs of the command share: one pot for all."""

from collections.abc import Callable

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.interfaces import Provider
from fellowship.providers.outside_runs import is_counted
from fellowship.runners.budget import Budget, Budgeted, SharedPot, check_dollar_limit
from fellowship.runners.limit_pot import BudgetLimits
from fellowship.runners.providers import Providers
from fellowship.settings.prices import Prices
from fellowship.settings.settings import Settings, configured_servers


class SharedOutside:
    """The pots of the context in which a request is sent. See `OutsideLimits`."""

    def __init__(self, pots: Callable[[], tuple[SharedPot, ...]], settings: Callable[[], Settings]) -> None:
        self._pots, self._settings = pots, settings

    def hold(self, *, dollars: bool = False) -> bool:
        """See `OutsideLimits.hold`."""
        return any(pot.caps.usd is not None or not dollars for pot in self._pots())

    def limited(self, provider: Provider) -> Provider:
        """See `OutsideLimits.limited`."""
        settings = self._settings()
        address = Providers(servers=configured_servers(settings)).address
        return _OutsideProvider(provider, self._pots, Prices(settings, address))


class _OutsideProvider:
    """A provider whose requests reserve their cost, unless the run that sends them has done so."""

    def __init__(self, provider: Provider, pots: Callable[[], tuple[SharedPot, ...]], prices: Prices) -> None:
        self._provider, self._pots, self._prices = provider, pots, prices
        self._budgets: dict[tuple[SharedPot, ...], Budget] = {}

    async def complete(self, request: Request) -> Completion:
        """The provider's completion; BudgetSpent, or ConfigurationError for a budget that cannot be kept, before."""
        is_free, pots = is_counted(), self._pots()
        if is_free or not pots:
            return await self._provider.complete(request)
        if pots not in self._budgets:
            for pot in pots:
                pot.join(None, self._prices)
            self._budgets[pots] = Budget(BudgetLimits(), self._prices, within=pots)
        agent, max_tokens = request.key.agent, request.sampling.get("max_tokens")
        check_dollar_limit((pot.caps for pot in pots), self._prices, request.model, max_tokens, agent)
        return await Budgeted(self._provider, self._budgets[pots]).complete(request)

    async def close(self) -> None:
        """The provider is closed by its owner."""
