"""One run's forecast: asks, tokens and cost by agent, and time; from its rehearsal and from what its folder holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fellowship.protocols.quota import Limits
from fellowship.providers.catalog import SERVERS, address
from fellowship.runners.called import Called
from fellowship.runners.config import scenario_name
from fellowship.runners.own_servers import own_servers
from fellowship.runners.plan.asks import Who, asks_to_come, by_conversation
from fellowship.runners.plan.durations import Duration, Load, duration
from fellowship.runners.plan.lengths import TokensPerAsk
from fellowship.runners.plan.measured import Measured
from fellowship.runners.plan.prices import Tariff, tariff
from fellowship.runners.plan.ranges import NOTHING, Range, total
from fellowship.runners.plan.standing import Standing
from fellowship.runners.settings import Settings
from fellowship.storage.spent import Spent


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What was learnt from a run's rehearsals: each conversation's asks, and the tokens of an ask by lengths."""

    asks: Sequence[Mapping[Who, int]]
    tokens: Mapping[Who, TokensPerAsk]


@dataclass(frozen=True, slots=True)
class Line:
    """What an agent still takes. `cost` in US dollars is what is known of it: see `tariff.basis`."""

    who: Who
    tariff: Tariff
    asks: Range
    prompt: Range
    completion: Range
    cost: Range
    room: float
    attempts_per_ask: float = 1.0
    latency_s: Range | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A run's. `n_measured` done conversations stand behind tokens and cost; with 0, lengths do.

    `cost` is what is still to be paid, `paid` what was, both in US dollars and without the `unpriced` models.
    """

    scenario: str
    folder: Path | None
    n_prompts: int
    n_done: int
    n_asked: int
    n_measured: int
    lines: Sequence[Line]
    cost: Range
    paid: float
    unpriced: tuple[str, ...]
    time: Duration

    @property
    def asks(self) -> Range:
        """Those still to come."""
        return total([line.asks for line in self.lines])

    @property
    def is_exact(self) -> bool:
        """Whether the scenario fixes the number of asks."""
        return all(line.asks.is_sure for line in self.lines)


def forecast(called: Called, rehearsed: Rehearsed, stands: Standing) -> Forecast:
    """The called run's."""
    n_pending = called.total - len(stands.done)
    seen = [*rehearsed.asks, *by_conversation(stands.conversations, stands.shares_done)]
    recorded: dict[Who, int] = {}
    for share in stands.shares_open:
        who = Who(share.agent, share.model)
        recorded[who] = recorded.get(who, 0) + share.n_asks
    asks = asks_to_come(seen, n_pending, recorded)
    measured = Measured(stands.conversations, stands.shares_done, _n_more(asks, seen, n_pending))
    settings = called.settings
    tariffs = {who.model: tariff(who.model, settings) for who in asks}
    guessed = [who for who in asks if not measured.is_enough or not measured.counts(who)]
    lines = [
        _line(who, asks[who], rehearsed.tokens.get(who), tariffs[who.model])
        if who in guessed
        else _measured_line(who, asks[who], measured, tariffs[who.model], stands.shares_done)
        for who in asks
    ]
    cost = total([line.cost for line in lines if line.who in guessed])
    if measured.is_enough:
        cost = cost.plus(measured.sum(lambda share: tariff(share.model, settings).of(share.usage)))
    shares = (*stands.shares_done, *stands.shares_open)
    return Forecast(
        scenario=scenario_name(called.scenario),
        folder=called.folder,
        n_prompts=called.total,
        n_done=len(stands.done),
        n_asked=sum(share.n_asks for share in shares),
        n_measured=len(stands.done) if measured.is_enough else 0,
        lines=lines,
        cost=cost,
        paid=sum(tariff(share.model, settings).of(share.usage) for share in shares),
        unpriced=tuple(model for model, each in tariffs.items() if each.basis == "unknown"),
        time=duration(_loads(called, lines, stands)),
    )


def _n_more(asks: Mapping[Who, Range], seen: Sequence[Mapping[Who, int]], n_pending: int) -> float:
    """How many whole conversations the asks to come amount to."""
    n_each = sum(sum(counts.values()) for counts in seen) / len(seen) if seen else 0.0
    return total(list(asks.values())).expected / n_each if n_each else float(n_pending)


def _measured_line(who: Who, asks: Range, measured: Measured, charged: Tariff, done: Sequence[Spent]) -> Line:
    own = [share for share in done if (share.agent, share.model) == who]
    n_asks = sum(share.n_asks for share in own)
    return Line(
        who=who,
        tariff=charged,
        asks=asks,
        prompt=measured.of(who, lambda share: share.usage.prompt_tokens),
        completion=measured.of(who, lambda share: share.usage.completion_tokens),
        cost=measured.of(who, lambda share: charged.of(share.usage)),
        room=0.0,
        attempts_per_ask=sum(share.n_attempts for share in own) / n_asks if n_asks else 1.0,
        latency_s=measured.of(who, lambda share: share.latency_s),
    )


def _line(who: Who, asks: Range, tokens: TokensPerAsk | None, charged: Tariff) -> Line:
    if tokens is None:  # asked in the rehearsal, but never with a reply that could be read
        return Line(who, charged, asks, NOTHING, NOTHING, NOTHING, 0.0)
    return Line(
        who=who,
        tariff=charged,
        asks=asks,
        prompt=asks.times(tokens.prompt),
        completion=asks.times(tokens.completion),
        cost=asks.times(charged.per_ask(tokens)),
        room=tokens.room,
    )


def _loads(called: Called, lines: Sequence[Line], stands: Standing) -> dict[str, tuple[Load, Limits]]:
    """By quota: models of a group share one."""
    limits = {**called.settings.limits, **(called.options["limits"] or {})}
    settings = called.settings.model_copy(update={"limits": limits})
    loads: dict[str, tuple[Load, Limits]] = {}
    for line in lines:
        provider = line.who.model.partition("/")[0]
        if provider in ("sim", "recorded"):
            continue
        group, own = settings.limits_for(line.who.model)
        load = _load(line, provider, settings, stands.mean_open)
        name = group or provider
        loads[name] = (_together(loads[name][0], load) if name in loads else load, own)
    return loads


def _load(line: Line, provider: str, settings: Settings, mean_open: float) -> Load:
    requests = line.asks.scaled(line.attempts_per_ask)
    reserved = line.asks.scaled(line.room) if _charges_max_tokens(provider, settings) else NOTHING
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
