"""The estimate of a script as tables and as JSON lines."""

from collections.abc import Sequence
from typing import Any, TextIO

from fellowship.estimates.agent_estimate import AgentEstimate
from fellowship.estimates.durations import DurationEstimate, total_duration
from fellowship.estimates.interval import Interval, sum_intervals
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.formatting.json_lines import print_json
from fellowship.formatting.units import format_dollars, format_duration_interval, short_interval
from fellowship.reports.tables import print_text, text_table

PLAN_COLUMNS = ("agent and model", "calls", "prompt tokens", "reply tokens", "cost")


def print_plan(estimates: Sequence[RunEstimate], out: TextIO) -> None:
    """Print a table for every run, and the total of several."""
    parts: list[Any] = [each for estimate in estimates for each in _of_run(estimate)]
    if len(estimates) > 1:
        parts.append(_all_runs(estimates))
    print_text(parts, out)


def plan_json_lines(estimates: Sequence[RunEstimate], out: TextIO) -> None:
    """Print a JSON line for every agent and every run, and one for the total."""
    for number, estimate in enumerate(estimates, start=1):
        for agent in estimate.agents:
            print_json({"event": "agent", "run": number, **_agent_object(agent)}, out)
        print_json({"event": "run", "run": number, **_run_object(estimate)}, out)
    print_json({"event": "total", **_total_object(estimates)}, out)


def _of_run(estimate: RunEstimate) -> list[Any]:
    rows = [_agent_cells(agent) for agent in estimate.agents]
    if len(rows) > 1:
        prompt, completion = (
            sum_intervals([getattr(agent, name) for agent in estimate.agents]) for name in ("prompt", "completion")
        )
        rows.append(
            ("total", _asks_cell(estimate.asks), _tokens_cell(prompt), _tokens_cell(completion), _cost_cell(estimate))
        )
    title = f"{estimate.scenario}: {estimate.n_prompts:,} prompts{_place(estimate)}"
    lines = [_asks_line(estimate), _basis_line(estimate), f"time: {_time_text(estimate.time)}"]
    if estimate.unpriced:
        names = ", ".join(estimate.unpriced)
        lines.append(f"price unknown, add it to fellowship.toml: {names}; known part {_cost_text(estimate.cost)}")
    return [text_table(title, PLAN_COLUMNS, rows, caption="\n".join(lines))]


def _place(estimate: RunEstimate) -> str:
    return f" · {estimate.folder}" if estimate.folder is not None else ""


def _asks_line(estimate: RunEstimate) -> str:
    how = "exact unless conversations fail" if estimate.is_exact else "from the fewest and the most per conversation"
    line = f"remaining calls: {_asks_cell(estimate.asks)}, {how}"
    if not estimate.n_asked:
        return line
    return (
        f"{line}; {estimate.n_asked:,} are recorded in the journal and not repeated "
        f"({estimate.n_done:,} of {estimate.n_prompts:,} prompts done, {format_dollars(estimate.paid)} paid)"
    )


def _basis_line(estimate: RunEstimate) -> str:
    if estimate.n_measured:
        return f"tokens and cost: from {estimate.n_measured:,} finished conversations, nominal 99 % intervals"
    return "tokens and cost: estimated from text lengths; --pilot 20 measures them"


def _all_runs(estimates: Sequence[RunEstimate]) -> str:
    unpriced = _unpriced(estimates)
    asks, cost = sum_intervals([each.asks for each in estimates]), sum_intervals([each.cost for each in estimates])
    time = _time_text(total_duration([each.time for each in estimates]))
    return (
        f"total of {len(estimates)} runs: {_asks_cell(asks)} calls, {_cost_text(cost, unpriced=unpriced)}; time: {time}"
    )


def _unpriced(estimates: Sequence[RunEstimate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(model for each in estimates for model in each.unpriced))


def _agent_cells(agent: AgentEstimate) -> tuple[str, ...]:
    cost = agent.pricing.basis if agent.pricing.price is None else _cost_text(agent.cost)
    return (
        f"{agent.agent_model.agent}\n  {agent.agent_model.model}",
        _asks_cell(agent.asks),
        _tokens_cell(agent.prompt),
        _tokens_cell(agent.completion),
        cost,
    )


def _cost_cell(estimate: RunEstimate) -> str:
    return "unknown" if estimate.unpriced else _cost_text(estimate.cost)


def _asks_cell(asks: Interval) -> str:
    """A number of calls, with its range if it is not exact."""
    if asks.is_sure:
        return f"{asks.expected:,.0f}"
    return f"{asks.expected:,.0f} [{asks.low:,.0f}, {asks.high:,.0f}]"


def _tokens_cell(amount: Interval) -> str:
    return short_interval(amount.expected, amount.low, amount.high)


def _cost_text(cost: Interval, *, unpriced: Sequence[str] = ()) -> str:
    known = format_dollars(cost.expected)
    if not cost.is_sure:
        known = f"{known} [{format_dollars(cost.low)}, {format_dollars(cost.high)}]"
    return f"unknown (known part: {known})" if unpriced else known


def _time_text(time: DurationEstimate) -> str:
    if time.seconds is None:
        return f"unknown: {time.bottleneck}"
    if time.seconds.high == 0:
        return f"no waiting ({time.bottleneck})"
    spread = format_duration_interval(time.seconds.expected, time.seconds.low, time.seconds.high)
    return f"about {spread}, limited by {time.bottleneck}"


def _agent_object(agent: AgentEstimate) -> dict[str, Any]:
    return {
        "agent": agent.agent_model.agent,
        "model": agent.agent_model.model,
        "asks": _ends(agent.asks),
        "prompt_tokens": _ends(agent.prompt),
        "completion_tokens": _ends(agent.completion),
        "price": agent.pricing.basis,
        "cost_usd": None if agent.pricing.basis == "unknown" else _ends(agent.cost),
    }


def _run_object(estimate: RunEstimate) -> dict[str, Any]:
    return {
        "scenario": estimate.scenario,
        "folder": str(estimate.folder) if estimate.folder is not None else None,
        "prompts": estimate.n_prompts,
        "prompts_done": estimate.n_done,
        "asks_done": estimate.n_asked,
        "paid_usd": estimate.paid,
        "asks": _ends(estimate.asks),
        "exact": estimate.is_exact,
        "measured_on": estimate.n_measured,
        **_cost_fields(estimate.cost, estimate.unpriced),
        **_time_fields(estimate.time),
    }


def _total_object(estimates: Sequence[RunEstimate]) -> dict[str, Any]:
    return {
        "runs": len(estimates),
        "asks_done": sum(each.n_asked for each in estimates),
        "paid_usd": sum(each.paid for each in estimates),
        "asks": _ends(sum_intervals([each.asks for each in estimates])),
        "exact": all(each.is_exact for each in estimates),
        **_cost_fields(sum_intervals([each.cost for each in estimates]), _unpriced(estimates)),
        **_time_fields(total_duration([each.time for each in estimates])),
    }


def _cost_fields(cost: Interval, unpriced: tuple[str, ...]) -> dict[str, Any]:
    return {"cost_usd": None if unpriced else _ends(cost), "known_cost_usd": _ends(cost), "price_unknown": unpriced}


def _time_fields(time: DurationEstimate) -> dict[str, Any]:
    return {"seconds": None if time.seconds is None else _ends(time.seconds), "bottleneck": time.bottleneck}


def _ends(amount: Interval) -> dict[str, float]:
    return {"low": amount.low, "expected": amount.expected, "high": amount.high}
