"""A plan as tables for people and as JSON lines."""

from collections.abc import Sequence
from typing import Any, TextIO

from fellowship.estimates.agent_estimate import AgentEstimate
from fellowship.estimates.durations import DurationEstimate, longest_duration
from fellowship.estimates.interval import Interval, sum_intervals
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.formatting.units import format_dollars, format_duration_interval, short_interval
from fellowship.reports.tables import print_text, text_table

PLAN_COLUMNS = ("agent and model", "asks", "prompt tokens", "reply tokens", "cost")


def print_plan(forecasts: Sequence[RunEstimate], out: TextIO) -> None:
    """A table for every run, and what they come to."""
    parts: list[Any] = [each for forecast in forecasts for each in _of_run(forecast)]
    if len(forecasts) > 1:
        parts.append(_all_runs(forecasts))
    print_text(parts, out)


def plan_json_lines(forecasts: Sequence[RunEstimate], out: TextIO) -> None:
    """A line for every agent, every run, and the whole."""
    import orjson

    for number, forecast in enumerate(forecasts, start=1):
        for line in forecast.lines:
            print(orjson.dumps({"event": "agent", "run": number, **_agent(line)}).decode(), file=out)
        print(orjson.dumps({"event": "run", "run": number, **_run(forecast)}).decode(), file=out)
    print(orjson.dumps({"event": "total", **_whole(forecasts)}).decode(), file=out)


def _of_run(forecast: RunEstimate) -> list[Any]:
    rows = [_cells(line) for line in forecast.lines]
    if len(rows) > 1:
        prompt, completion = (
            sum_intervals([getattr(line, name) for line in forecast.lines]) for name in ("prompt", "completion")
        )
        rows.append(("in all", _count(forecast.asks), _tokens(prompt), _tokens(completion), _cost_cell(forecast)))
    title = f"{forecast.scenario}: {forecast.n_prompts:,} prompts{_place(forecast)}"
    lines = [_asks_line(forecast), _basis_line(forecast), f"time: {_time(forecast.time)}"]
    if forecast.unpriced:
        names = ", ".join(forecast.unpriced)
        lines.append(f"price unknown, to be given in fellowship.toml: {names}; known part {_money(forecast.cost)}")
    return [text_table(title, PLAN_COLUMNS, rows, caption="\n".join(lines))]


def _place(forecast: RunEstimate) -> str:
    return f" · {forecast.folder}" if forecast.folder is not None else ""


def _asks_line(forecast: RunEstimate) -> str:
    how = "exactly, if no conversation fails" if forecast.is_exact else "by the fewest and the most of a conversation"
    line = f"asks to come: {_count(forecast.asks)}, {how}"
    if not forecast.n_asked:
        return line
    return (
        f"{line}; {forecast.n_asked:,} are answered in the journal and not asked again "
        f"({forecast.n_done:,} of {forecast.n_prompts:,} prompts done, {format_dollars(forecast.paid)} paid)"
    )


def _basis_line(forecast: RunEstimate) -> str:
    if forecast.n_measured:
        return f"tokens and cost: from {forecast.n_measured:,} conversations that are done, nominal 99 % intervals"
    return "tokens and cost: guessed from lengths; --pilot 20 measures them"


def _all_runs(forecasts: Sequence[RunEstimate]) -> str:
    unpriced = _unpriced(forecasts)
    asks, cost = sum_intervals([each.asks for each in forecasts]), sum_intervals([each.cost for each in forecasts])
    time = _time(longest_duration([each.time for each in forecasts]))
    return f"in all {len(forecasts)} runs: {_count(asks)} asks, {_money(cost, unpriced=unpriced)}; time: {time}"


def _unpriced(forecasts: Sequence[RunEstimate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(model for each in forecasts for model in each.unpriced))


def _cells(line: AgentEstimate) -> tuple[str, ...]:
    cost = line.tariff.basis if line.tariff.price is None else _money(line.cost)
    return (
        f"{line.who.agent}\n  {line.who.model}",
        _count(line.asks),
        _tokens(line.prompt),
        _tokens(line.completion),
        cost,
    )


def _cost_cell(forecast: RunEstimate) -> str:
    return "unknown" if forecast.unpriced else _money(forecast.cost)


def _count(asks: Interval) -> str:
    """Whole asks, as they are counted."""
    if asks.is_sure:
        return f"{asks.expected:,.0f}"
    return f"{asks.expected:,.0f} [{asks.low:,.0f}, {asks.high:,.0f}]"


def _tokens(amount: Interval) -> str:
    return short_interval(amount.expected, amount.low, amount.high)


def _money(cost: Interval, *, unpriced: Sequence[str] = ()) -> str:
    known = format_dollars(cost.expected)
    if not cost.is_sure:
        known = f"{known} [{format_dollars(cost.low)}, {format_dollars(cost.high)}]"
    return f"unknown (known part: {known})" if unpriced else known


def _time(time: DurationEstimate) -> str:
    if time.seconds is None:
        return f"unknown: {time.bottleneck}"
    if time.seconds.high == 0:
        return f"no waiting ({time.bottleneck})"
    spread = format_duration_interval(time.seconds.expected, time.seconds.low, time.seconds.high)
    return f"about {spread}, decided by {time.bottleneck}"


def _agent(line: AgentEstimate) -> dict[str, Any]:
    return {
        "agent": line.who.agent,
        "model": line.who.model,
        "asks": _ends(line.asks),
        "prompt_tokens": _ends(line.prompt),
        "completion_tokens": _ends(line.completion),
        "price": line.tariff.basis,
        "cost_usd": None if line.tariff.basis == "unknown" else _ends(line.cost),
    }


def _run(forecast: RunEstimate) -> dict[str, Any]:
    return {
        "scenario": forecast.scenario,
        "folder": str(forecast.folder) if forecast.folder is not None else None,
        "prompts": forecast.n_prompts,
        "prompts_done": forecast.n_done,
        "asks_done": forecast.n_asked,
        "paid_usd": forecast.paid,
        "asks": _ends(forecast.asks),
        "exact": forecast.is_exact,
        "measured_on": forecast.n_measured,
        **_cost(forecast.cost, forecast.unpriced),
        **_seconds(forecast.time),
    }


def _whole(forecasts: Sequence[RunEstimate]) -> dict[str, Any]:
    return {
        "runs": len(forecasts),
        "asks_done": sum(each.n_asked for each in forecasts),
        "paid_usd": sum(each.paid for each in forecasts),
        "asks": _ends(sum_intervals([each.asks for each in forecasts])),
        "exact": all(each.is_exact for each in forecasts),
        **_cost(sum_intervals([each.cost for each in forecasts]), _unpriced(forecasts)),
        **_seconds(longest_duration([each.time for each in forecasts])),
    }


def _cost(cost: Interval, unpriced: tuple[str, ...]) -> dict[str, Any]:
    return {"cost_usd": None if unpriced else _ends(cost), "known_cost_usd": _ends(cost), "price_unknown": unpriced}


def _seconds(time: DurationEstimate) -> dict[str, Any]:
    return {"seconds": None if time.seconds is None else _ends(time.seconds), "bottleneck": time.bottleneck}


def _ends(amount: Interval) -> dict[str, float]:
    return {"low": amount.low, "expected": amount.expected, "high": amount.high}
