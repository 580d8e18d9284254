"""The requests and tokens that a run sends through each quota, and the limits of that quota."""

from collections.abc import Sequence

from fellowship.estimates.agent_estimate import AgentEstimate
from fellowship.estimates.durations import ProviderLoad
from fellowship.estimates.interval import ZERO_INTERVAL
from fellowship.protocols.quota import Limits
from fellowship.providers.catalog import BUILT_IN_PROVIDERS, server_address
from fellowship.runners.run_spec import RunSpec
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.servers import known_servers
from fellowship.settings.settings import Settings


def provider_loads(
    spec: RunSpec, estimates: Sequence[AgentEstimate], mean_open: float
) -> dict[str, tuple[ProviderLoad, Limits]]:
    """By quota, named like its provider or, where a model has limits of its own, like the model.

    Simulated and recorded models have no quota.
    """
    limits = ConfiguredLimits(spec.settings, spec.options["limits"])
    found: dict[str, tuple[ProviderLoad, Limits]] = {}
    for estimate in estimates:
        provider = estimate.agent_model.model.partition("/")[0]
        if provider in BUILT_IN_PROVIDERS:
            continue
        group, own = limits.of(estimate.agent_model.model)
        load = _load(estimate, provider, spec.settings, mean_open)
        name = group or provider
        found[name] = (_combined(found[name][0], load) if name in found else load, own)
    return found


def _load(estimate: AgentEstimate, provider: str, settings: Settings, mean_open: float) -> ProviderLoad:
    requests = estimate.asks.scaled(estimate.attempts_per_ask)
    reserved = requests.scaled(estimate.longest_reply) if _charges_max_tokens(provider, settings) else ZERO_INTERVAL
    charged = max(estimate.completion, reserved, key=lambda tokens: tokens.expected)
    return ProviderLoad(requests, estimate.prompt, charged, estimate.latency_s, mean_open)


def _combined(one: ProviderLoad, other: ProviderLoad) -> ProviderLoad:
    latency = one.latency_s.plus(other.latency_s) if one.latency_s and other.latency_s else None
    charged = one.charged.plus(other.charged)
    return ProviderLoad(
        one.requests.plus(other.requests), one.prompt.plus(other.prompt), charged, latency, one.mean_open
    )


def _charges_max_tokens(provider: str, settings: Settings) -> bool:
    """Whether `max_tokens` count in full; known of a provider's own server only, not of one at another address."""
    server = known_servers(settings).get(provider)
    return server is not None and server.charges_max_tokens and server_address(provider, server) == server.base_url
