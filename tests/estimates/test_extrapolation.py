"""Extrapolation from a pilot: how often the interval holds the truth, repairs, and servers that report no tokens."""

import math
from collections.abc import Sequence
from random import Random
from statistics import fmean, pstdev

import pytest

from fellowship.estimates.extrapolation import Extrapolation
from fellowship.estimates.interval import Interval
from fellowship.estimates.item_sample import sampled_positions
from fellowship.storage.run_stats import AgentUsage, Amounts

N, PILOT = 300, 20
SIGMA, CORRELATION, REPAIRS = 0.6, 0.5, 0.05


def usages_of(rng: Random, sizes: Sequence[float], n_asks: int, *, grows: bool) -> list[AgentUsage]:
    """Of every conversation: each ask shows the item and, if it `grows`, the reply before; costs are 1 and 4."""
    logs = [math.log(size) for size in sizes]
    mean, deviation = fmean(logs), pstdev(logs)
    found: list[AgentUsage] = []
    for position, (size, log) in enumerate(zip(sizes, logs, strict=True)):
        first, repeated, before = [0.0, 0.0], [0.0, 0.0], 0.0
        n_repairs = 0
        for _ in range(n_asks):
            normal = CORRELATION * (log - mean) / deviation + math.sqrt(1 - CORRELATION**2) * rng.gauss(0, 1)
            prompt, reply = size + 150 + before, 200 * math.exp(SIGMA * normal)
            first = [first[0] + prompt, first[1] + reply]
            if rng.random() < REPAIRS:
                n_repairs += 1
                repeated = [repeated[0] + prompt + reply + 60, repeated[1] + 200 * math.exp(SIGMA * normal)]
            before = reply if grows else 0.0
        extra = Amounts(repeated[0], repeated[1], repeated[0] + 4 * repeated[1])
        amounts = Amounts(first[0] + extra.prompt, first[1] + extra.completion, first[0] + 4 * first[1] + extra.cost)
        found.append(
            AgentUsage(
                f"c{position:05d}", "judge", "a/x", n_asks, n_asks + n_repairs, 0.0, amounts, extra, amounts.cost
            )
        )
    return found


def extrapolated(rng: Random, n_asks: int, *, grows: bool) -> tuple[Extrapolation, list[AgentUsage]]:
    """A pilot of a file that is sorted by length, and the usages of the other conversations."""
    sizes = sorted(math.exp(rng.gauss(6, 0.8)) for _ in range(N))
    usages = usages_of(rng, sizes, n_asks, grows=grows)
    chosen = sampled_positions(dict(enumerate(sizes)), PILOT, ())
    pending = [size for position, size in enumerate(sizes) if position not in chosen]
    finished = {usages[position].conversation: sizes[position] for position in chosen}
    done = [usages[position] for position in chosen]
    return Extrapolation(finished, done, pending), [used for at, used in enumerate(usages) if at not in chosen]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_asks", "grows"), [(2, False), (6, False), (7, True), (1, False)], ids=["judge", "jury", "loop", "answer"]
)
def test_intervals_hold_what_the_rest_takes(n_asks: int, grows: bool) -> None:
    """In at least 57 of 60 draws of a file and its replies; half widths of at most 35 % in the mean."""
    rng = Random(n_asks)
    held = dict.fromkeys(("prompt", "completion", "cost"), 0)
    widths: list[float] = []
    for _ in range(60):
        measured, rest = extrapolated(rng, n_asks, grows=grows)
        for part in held:
            interval, truth = measured.amount(part), sum(getattr(used.amounts, part) for used in rest)
            held[part] += interval.low <= truth <= interval.high
            widths.append((interval.high - interval.low) / 2 / interval.expected)

    assert min(held.values()) >= 57, held
    assert fmean(widths) < 0.35


def of_use(conversation: str, prompt: float, completion: float, *, n_repairs: int = 0) -> AgentUsage:
    """Two asks with these tokens; a repair takes a third of them."""
    amounts = Amounts(prompt, completion, prompt + completion)
    part = n_repairs / (2 + n_repairs)
    return AgentUsage(
        conversation, "judge", "a/x", 2, 2 + n_repairs, 1.0, amounts, Amounts(*(part * each for each in amounts))
    )


def test_repairs_are_rare_events_and_not_a_part_of_the_size() -> None:
    """One of ten conversations has one: half of its asks. Its size does not carry over to the others."""
    usages = [of_use(f"c{i}", 100.0, 10.0) for i in range(9)] + [of_use("c9", 150.0, 15.0, n_repairs=1)]
    measured = Extrapolation({used.conversation: 50.0 for used in usages}, usages, [50.0] * 100)

    prompt = measured.amount("prompt")

    assert prompt.expected == pytest.approx(100 * 105)
    assert prompt.high < 100 * 150
    assert prompt.low > 100 * 85


def test_unseen_repairs_are_allowed_for() -> None:
    """Ten conversations without one do not prove that there are none."""
    usages = [of_use(f"c{i}", 100.0, 10.0) for i in range(10)]
    measured = Extrapolation({used.conversation: 50.0 for used in usages}, usages, [50.0] * 100)

    assert measured.amount("prompt").high > 11_000


def test_conversations_without_reported_tokens_are_left_out() -> None:
    """They are unknown and not free."""
    usages = [of_use(f"c{i}", 100.0, 10.0) for i in range(5)] + [of_use("c5", 0.0, 0.0)]
    measured = Extrapolation({used.conversation: 50.0 for used in usages}, usages, [50.0] * 10)

    assert measured.reported(usages).amount("prompt").expected == pytest.approx(1000)
    assert not Extrapolation({"c5": 50.0}, usages[5:], [50.0]).reported(usages[5:]).is_enough


def test_answered_asks_of_pending_conversations_are_not_paid_again() -> None:
    """Half of them is still to be asked; without pending conversations nothing is."""
    usages = [of_use(f"c{i}", 100.0, 10.0) for i in range(5)]
    finished = {used.conversation: 50.0 for used in usages}

    assert Extrapolation(finished, usages, [50.0] * 10, 0.5).amount("prompt").expected == pytest.approx(500)
    assert Extrapolation(finished, usages, []).amount("prompt") == Interval.sure(0)
