"""What a run sends through each quota, under which limits."""

from collections.abc import Sequence

from fellowship.estimates.agent_estimate import AgentEstimate
from fellowship.estimates.durations import ProviderLoad
from fellowship.estimates.interval import ZERO_INTERVAL
from fellowship.protocols.quota import Limits
from fellowship.providers.catalog import BUILT_IN_PROVIDERS, server_address
from fellowship.runners.run_spec import RunSpec
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.model import Settings
from fellowship.settings.servers import known_servers


def provider_loads(
    spec: RunSpec, lines: Sequence[AgentEstimate], mean_open: float
) -> dict[str, tuple[ProviderLoad, Limits]]:
    """By quota, named like the provider or the model; models of a group share one. Simulated models have none."""
    limits = ConfiguredLimits(spec.settings, spec.options["limits"])
    found: dict[str, tuple[ProviderLoad, Limits]] = {}
    for line in lines:
        provider = line.who.model.partition("/")[0]
        if provider in BUILT_IN_PROVIDERS:
            continue
        group, own = limits.of(line.who.model)
        load = _load(line, provider, spec.settings, mean_open)
        name = group or provider
        found[name] = (_together(found[name][0], load) if name in found else load, own)
    return found


def _load(line: AgentEstimate, provider: str, settings: Settings, mean_open: float) -> ProviderLoad:
    requests = line.asks.scaled(line.attempts_per_ask)
    reserved = requests.scaled(line.room) if _charges_max_tokens(provider, settings) else ZERO_INTERVAL
    charged = max(line.completion, reserved, key=lambda tokens: tokens.expected)
    return ProviderLoad(requests, line.prompt, charged, line.latency_s, mean_open)


def _together(one: ProviderLoad, other: ProviderLoad) -> ProviderLoad:
    latency = one.latency_s.plus(other.latency_s) if one.latency_s and other.latency_s else None
    charged = one.charged.plus(other.charged)
    return ProviderLoad(
        one.requests.plus(other.requests), one.prompt.plus(other.prompt), charged, latency, one.mean_open
    )


def _charges_max_tokens(provider: str, settings: Settings) -> bool:
    """As the provider's own server does, and none at another address is known to."""
    server = known_servers(settings).get(provider)
    return server is not None and server.charges_max_tokens and server_address(provider, server) == server.base_url
