"""The estimate of a script as tables and as JSON lines."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from fellowship.estimates.agent_estimate import AgentEstimate
from fellowship.estimates.durations import DurationEstimate, total_duration
from fellowship.estimates.extrapolation import CONFIDENCE
from fellowship.estimates.interval import Interval, sum_intervals
from fellowship.estimates.run_estimate import N_SEEDS, AskedAgain, RunEstimate
from fellowship.formatting.json_lines import print_json
from fellowship.formatting.units import count_noun, format_dollars, format_duration_interval, short_interval
from fellowship.reports.tables import print_text, text_table

WIDE = 0.35
"""Of a half width as a share of the expected value: a plan says when its interval is wider."""

USUAL_PILOT = 20
FEWEST_FOR_ADVICE = 10

PLAN_COLUMNS = ("agent and model", "calls", "prompt tokens", "reply tokens", "cost")


def print_plan(estimates: Sequence[RunEstimate], out: TextIO) -> None:
    """Print a table for every run, and the total of several."""
    parts = [_run_table(estimate) for estimate in estimates]
    if len(estimates) > 1:
        asks, cost = sum_intervals([each.asks for each in estimates]), sum_intervals([each.cost for each in estimates])
        time = _time_text(total_duration([each.time for each in estimates]))
        paid = f"unknown (known part: {_cost_text(cost)})" if _unpriced(estimates) else _cost_text(cost)
        parts.append(f"total of {len(estimates)} runs: {_asks_text(asks)} calls, {paid}; time: {time}")
    print_text(parts, out)


def plan_json_lines(estimates: Sequence[RunEstimate], out: TextIO) -> None:
    """Print a JSON line for every agent and every run, and one for the total."""
    for number, estimate in enumerate(estimates, start=1):
        for agent in estimate.agents:
            print_json({"event": "agent", "run": number, **_agent_object(agent)}, out)
        print_json({"event": "run", "run": number, **_run_object(estimate)}, out)
    print_json({"event": "total", **_total_object(estimates)}, out)


def _run_table(estimate: RunEstimate) -> Any:
    rows = [_agent_cells(agent) for agent in estimate.agents]
    if len(rows) > 1:
        cost = "unknown" if estimate.unpriced else _cost_text(estimate.cost)
        tokens = _tokens_text(estimate.prompt), _tokens_text(estimate.completion)
        rows.append(("total", _asks_text(estimate.asks), *tokens, cost))
    place = f" · {estimate.folder}" if estimate.folder is not None else ""
    lines = [
        _asks_line(estimate),
        *_sample_lines(estimate),
        *_basis_lines(estimate),
        *_wide_lines(estimate),
        f"time: {_time_text(estimate.time)}",
    ]
    if estimate.unpriced:
        names = ", ".join(estimate.unpriced)
        lines.append(f"price unknown, add it to fellowship.toml: {names}; known part {_cost_text(estimate.cost)}")
    lines += [
        f"price of {source}, as of {as_of}: {models}" for source, as_of, models in _price_sources(estimate.agents)
    ]
    title = f"{estimate.scenario}: {estimate.n_prompts:,} prompts{place}"
    return text_table(title, PLAN_COLUMNS, rows, caption="\n".join(lines))


def _sample_lines(estimate: RunEstimate) -> list[str]:
    """How many of the prompts were looked at, and what the others are estimated from."""
    n_new = estimate.n_pending - estimate.n_reusing - (0 if estimate.again is None else estimate.again.n)
    if not estimate.n_simulated or not n_new:
        return []
    looked = f"looked at: {estimate.n_simulated:,} of {n_new:,} remaining prompts, each simulated {N_SEEDS} times"
    if estimate.n_simulated >= n_new:
        return [looked]
    return [f"{looked}, drawn at random over their lengths; the others by their own lengths and numbers of answers"]


def _basis_lines(estimate: RunEstimate) -> Iterator[str]:
    """What tokens and cost are estimated from; what the finished conversations used may be unknown."""
    done = count_noun(estimate.n_measured, "finished conversation")
    if not estimate.agents:
        return
    if estimate.n_reported:
        more = estimate.n_measured - estimate.n_reported
        yield (
            f"tokens and cost: from n = {estimate.n_reported:,} finished conversations, by prompt length; "
            f"nominal {100 * CONFIDENCE:.0f} % intervals{f'; those of {more:,} more are unknown' if more else ''}"
        )
        if guessed := [each.agent_model.agent for each in estimate.agents if not each.is_measured]:
            yield f"tokens and cost of {', '.join(guessed)}: estimated from text lengths; the {done} report none"
    elif not estimate.n_measured:
        yield f"tokens and cost: estimated from text lengths; --pilot {USUAL_PILOT} measures them"
    elif estimate.n_known_usage:
        yield f"tokens and cost: estimated from text lengths; known of {estimate.n_known_usage} of {done} only"
    else:
        yield f"tokens and cost: estimated from text lengths; those of {done} are unknown"


def _wide_lines(estimate: RunEstimate) -> list[str]:
    """The widest total where it is wider than WIDE, and the pilot that narrows it: widths go by 1 / sqrt(n).

    Below FEWEST_FOR_ADVICE conversations the width itself is unknown, and most of it is Student's t.
    """
    totals = {"prompt tokens": estimate.prompt, "reply tokens": estimate.completion, "cost": estimate.cost}
    widths = {name: each.relative_width for name, each in totals.items()}
    widest = max(widths, key=lambda name: widths[name])
    if not estimate.n_reported or widths[widest] <= WIDE:
        return []
    needed = math.ceil(estimate.n_reported * (widths[widest] / WIDE) ** 2)
    advice, reason = "only the run itself shows it", "conversations differ"
    if estimate.n_reported < FEWEST_FOR_ADVICE:
        reason = f"n is only {estimate.n_reported}"
        if estimate.n_prompts > USUAL_PILOT:
            advice = f"--pilot {USUAL_PILOT} narrows it"
    elif needed < estimate.n_prompts:
        advice = f"--pilot {needed:,} narrows it to about {WIDE:.0%}"
    return [f"wide interval: {widest} +-{widths[widest]:.0%}, because {reason}; {advice}"]


def _asks_line(estimate: RunEstimate) -> str:
    least = "at least " if estimate.unread else ""
    line = f"remaining calls: {least}{_asks_text(estimate.asks)}, {_asks_basis(estimate)}"
    if estimate.n_reusing:
        line += f"; replies of another run are reused for {estimate.n_reusing:,} of {estimate.n_prompts:,} prompts"
    if (again := estimate.again) is not None:
        about = "" if again.is_counted else "about "
        line += (
            f"; because of accepted changes {count_noun(again.n, 'recorded conversation')} "
            f"{'is' if again.n == 1 else 'are'} carried out again, and {about}{again.n_asking:,} of them asked again: "
            f"{_asks_text(again.asks)} calls, {_known_cost(again.cost, estimate)}"
        )
    if not estimate.n_replies:
        return line
    in_use = f", {estimate.n_in_use:,} of them in use," if estimate.n_in_use != estimate.n_replies else ""
    replies = f"{count_noun(estimate.n_replies, 'reply', 'replies')} {'is' if estimate.n_replies == 1 else 'are'}"
    is_repeated = estimate.again is not None and estimate.again.asks.high > 0
    kept = in_use.removesuffix(",") if is_repeated else f"{in_use} and not repeated"
    return (
        f"{line}; {replies} recorded in the journal{kept} "
        f"({estimate.n_done:,} of {estimate.n_prompts:,} prompts done, {_paid_text(estimate)})"
    )


def _known_cost(cost: Interval, estimate: RunEstimate) -> str:
    return f"at an unknown price (known part: {_cost_text(cost)})" if estimate.unpriced else _cost_text(cost)


def _asks_basis(estimate: RunEstimate) -> str:
    if estimate.unread:
        return (
            f"because the simulated replies of {', '.join(estimate.unread)} could not be read, and what follows them "
            "is not counted: calls, tokens and cost are those of the requests so far; "
            f"--pilot {USUAL_PILOT} measures them"
        )
    if estimate.is_exact:
        return "exact unless conversations fail; repairs are further requests"
    if estimate.is_sure:
        like = " about items with as many different answers" if estimate.n_shapes > 1 else ""
        return f"as in each of {estimate.n_seen:,} conversations seen{like}; others may differ"
    if estimate.n_measured:
        return f"from {estimate.n_measured:,} finished conversations"
    return f"from the fewest and the most per conversation in {estimate.n_seen:,} simulated ones"


def _price_sources(agents: Sequence[AgentEstimate]) -> list[tuple[str, str, str]]:
    """The source and date of prices, with their models: of the package's table, and of the settings."""
    models: dict[tuple[str, str], dict[str, None]] = {}
    for agent in agents:
        if agent.pricing.price is not None:
            source = _table_source() if agent.pricing.is_listed else "fellowship.toml"
            named = models.setdefault((source, agent.pricing.price.as_of.isoformat()), {})
            named[agent.agent_model.model] = None
    return [(source, as_of, ", ".join(named)) for (source, as_of), named in models.items()]


def _table_source() -> str:
    from fellowship.settings.price_table import price_table

    return price_table().source


def _paid_text(estimate: RunEstimate) -> str:
    known = f"{format_dollars(estimate.paid)} paid"
    if not estimate.n_unknown_usage:
        return known
    return f"paid unknown: {known} and {count_noun(estimate.n_unknown_usage, 'call')} of unknown usage or price"


def _unpriced(estimates: Sequence[RunEstimate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(model for each in estimates for model in each.unpriced))


def _agent_cells(agent: AgentEstimate) -> tuple[str, ...]:
    name = f"{agent.agent_model.agent}\n  {agent.agent_model.model}"
    cost = agent.pricing.basis if agent.pricing.price is None else _cost_text(agent.cost)
    return name, _asks_text(agent.asks), _tokens_text(agent.prompt), _tokens_text(agent.completion), cost


def _asks_text(asks: Interval) -> str:
    return _interval_text(asks, "{:,.0f}".format)


def _tokens_text(amount: Interval) -> str:
    return short_interval(amount.expected, amount.low, amount.high)


def _cost_text(cost: Interval) -> str:
    return _interval_text(cost, format_dollars)


def _interval_text(amount: Interval, shown: Callable[[float], str]) -> str:
    """The expected number, with its range if it is not exact."""
    expected = shown(amount.expected)
    return expected if amount.is_sure else f"{expected} [{shown(amount.low)}, {shown(amount.high)}]"


def _time_text(time: DurationEstimate) -> str:
    if time.seconds is None:
        return f"unknown: {time.bottleneck}"
    if time.unknown:
        return f"at least {_known_time(time)}; unknown: {'; '.join(time.unknown)}"
    return _known_time(time)


def _known_time(time: DurationEstimate) -> str:
    if time.seconds is None or time.seconds.high == 0:
        return f"no waiting ({time.bottleneck})"
    spread = format_duration_interval(time.seconds.expected, time.seconds.low, time.seconds.high)
    return f"about {spread}, limited by {time.bottleneck}"


def _agent_object(agent: AgentEstimate) -> dict[str, Any]:
    return {
        "agent": agent.agent_model.agent,
        "model": agent.agent_model.model,
        "asks": agent.asks._asdict(),
        "prompt_tokens": agent.prompt._asdict(),
        "completion_tokens": agent.completion._asdict(),
        "price": agent.pricing.basis,
        "price_as_of": None if agent.pricing.price is None else agent.pricing.price.as_of.isoformat(),
        "cost_usd": None if agent.pricing.basis == "unknown" else agent.cost._asdict(),
    }


def _run_object(estimate: RunEstimate) -> dict[str, Any]:
    return {
        "scenario": estimate.scenario,
        "folder": str(estimate.folder) if estimate.folder is not None else None,
        "prompts": estimate.n_prompts,
        "prompts_done": estimate.n_done,
        "asks_done": estimate.n_asked,
        "replies_recorded": estimate.n_replies,
        "replies_in_use": estimate.n_in_use,
        "asked_again": None if estimate.again is None else _again_object(estimate.again),
        "paid_usd": None if estimate.n_unknown_usage else estimate.paid,
        "known_paid_usd": estimate.paid,
        "n_unknown_usage": estimate.n_unknown_usage,
        "asks": estimate.asks._asdict(),
        "exact": estimate.is_exact,
        "unread_agents": estimate.unread,
        "measured_on": estimate.n_reported,
        "looked_at": estimate.n_simulated,
        "n_known_usage": estimate.n_known_usage,
        "prompt_tokens": estimate.prompt._asdict(),
        "completion_tokens": estimate.completion._asdict(),
        **_cost_and_time(estimate.cost, estimate.unpriced, estimate.time),
    }


def _again_object(again: AskedAgain) -> dict[str, Any]:
    counts = {"conversations": again.n, "asking": again.n_asking, "counted": again.is_counted}
    return {**counts, "asks": again.asks._asdict(), "known_cost_usd": again.cost._asdict()}


def _total_object(estimates: Sequence[RunEstimate]) -> dict[str, Any]:
    cost, time = sum_intervals([each.cost for each in estimates]), total_duration([each.time for each in estimates])
    n_unknown = sum(each.n_unknown_usage for each in estimates)
    return {
        "runs": len(estimates),
        "asks_done": sum(each.n_asked for each in estimates),
        "paid_usd": None if n_unknown else sum(each.paid for each in estimates),
        "known_paid_usd": sum(each.paid for each in estimates),
        "n_unknown_usage": n_unknown,
        "asks": sum_intervals([each.asks for each in estimates])._asdict(),
        "exact": all(each.is_exact for each in estimates),
        **_cost_and_time(cost, _unpriced(estimates), time),
    }


def _cost_and_time(cost: Interval, unpriced: tuple[str, ...], time: DurationEstimate) -> dict[str, Any]:
    known = cost._asdict()
    priced = {"cost_usd": None if unpriced else known, "known_cost_usd": known, "price_unknown": unpriced}
    known_s = None if time.seconds is None else time.seconds._asdict()
    timed = {"seconds": None if time.unknown else known_s, "known_seconds": known_s, "bottleneck": time.bottleneck}
    return {**priced, **timed, "time_unknown": time.unknown}
