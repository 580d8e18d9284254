"""What a run sends through each quota, under which limits."""

from collections.abc import Sequence

from fellowship.protocols.quota import Limits
from fellowship.providers.catalog import OURS, SERVERS, address
from fellowship.runners.call import Call
from fellowship.runners.own_servers import own_servers
from fellowship.runners.plan.durations import Load
from fellowship.runners.plan.lines import Line
from fellowship.runners.plan.ranges import NOTHING
from fellowship.runners.settings import Settings


def loads(call: Call, lines: Sequence[Line], mean_open: float) -> dict[str, tuple[Load, Limits]]:
    """By quota, named like the provider or the model; models of a group share one. Simulated models have none."""
    limits = {**call.settings.limits, **(call.options["limits"] or {})}
    settings = call.settings.model_copy(update={"limits": limits})
    found: dict[str, tuple[Load, Limits]] = {}
    for line in lines:
        provider = line.who.model.partition("/")[0]
        if provider in OURS:
            continue
        group, own = settings.limits_for(line.who.model)
        load = _load(line, provider, settings, mean_open)
        name = group or provider
        found[name] = (_together(found[name][0], load) if name in found else load, own)
    return found


def _load(line: Line, provider: str, settings: Settings, mean_open: float) -> Load:
    requests = line.asks.scaled(line.attempts_per_ask)
    reserved = requests.scaled(line.room) if _charges_max_tokens(provider, settings) else NOTHING
    charged = max(line.completion, reserved, key=lambda tokens: tokens.expected)
    return Load(requests, line.prompt, charged, line.latency_s, mean_open)


def _together(one: Load, other: Load) -> Load:
    latency = one.latency_s.plus(other.latency_s) if one.latency_s and other.latency_s else None
    charged = one.charged.plus(other.charged)
    return Load(one.requests.plus(other.requests), one.prompt.plus(other.prompt), charged, latency, one.mean_open)


def _charges_max_tokens(provider: str, settings: Settings) -> bool:
    """As the provider's own server does, and none at another address is known to."""
    server = {**SERVERS, **own_servers(settings)}.get(provider)
    return server is not None and server.charges_max_tokens and address(provider, server) == server.base_url
