"""Tokens, cost and time of an estimate: prices that are known, those that are not, and what is measured."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.interval import Interval
from fellowship.estimates.item_sample import sampled_positions
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.estimates.script_estimate import estimate_script, run_pilot
from fellowship.protocols.completions import Completion, Request, Sampling, Usage
from fellowship.protocols.quota import Limits
from fellowship.protocols.tokens import count_tokens, frame_tokens
from fellowship.runners.overrides import Overrides
from fellowship.runners.run import arun
from fellowship.scenarios.answer import answer
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.testing import ScriptedProvider

QUESTIONS = [f"question {i}" for i in range(10)]


def estimate_of(
    config: Path,
    out: Path,
    *,
    pilot: int = 0,
    scenario: Any = answer,
    prompts: Sequence[str] = QUESTIONS,
    **arguments: Any,
) -> RunEstimate:
    """Of ten questions, under settings."""

    async def run() -> None:
        await arun(scenario, prompts=prompts, out=out, quiet=True, **arguments)

    overrides = Overrides(config=config)
    with estimate_script(overrides) as plans:
        asyncio.run(run())
    if pilot:
        with run_pilot(overrides, pilot):
            asyncio.run(run())
    return plans[0].estimate_run()


def settings_file(folder: Path, text: str = "") -> Path:
    """A settings file with a price for openai/x."""
    path = folder / "settings.toml"
    path.write_text(f'[prices."openai/x"]\ninput = 2\noutput = 10\nas_of = 2026-11-01\n{text}')
    return path


def test_lengths_give_a_wide_guess(tmp_path: Path) -> None:
    """Prompt tokens from characters, replies up to max_tokens."""
    generator = Generator("openai/x", sampling=Sampling(max_tokens=500))

    (agent,) = estimate_of(settings_file(tmp_path), tmp_path / "run", generator=generator).agents

    assert agent.prompt == pytest.approx([10 * n for n in count_tokens("question 0").plus(frame_tokens(1))])
    assert agent.completion.high == 10 * 500
    assert agent.completion.low < agent.completion.expected < agent.completion.high
    assert agent.cost.high == pytest.approx((agent.prompt.high * 2 + 5000 * 10) / 1e6)


def test_prompts_that_quote_replies_may_grow_with_them(tmp_path: Path) -> None:
    """A reviewer sees a draft, which may be as long as its author may write."""
    cast: dict[str, Any] = {
        "generator": Generator("openai/x", sampling=Sampling(max_tokens=5000)),
        "reviewer": Reviewer("openai/x"),
    }

    estimate = estimate_of(settings_file(tmp_path), tmp_path / "run", scenario=feedback_loop, rounds=1, **cast)

    reviewer = next(agent for agent in estimate.agents if agent.agent_model.agent == "reviewer")
    assert reviewer.prompt.high > 10 * 4500 > 10 * reviewer.prompt.expected


def test_unknown_price_makes_the_total_unknown_and_leaves_the_known_part(tmp_path: Path) -> None:
    """Never 0 in silence."""
    cast: dict[str, Any] = {"generator": Generator("openai/x"), "reviewer": Reviewer("openai/y")}

    estimate = estimate_of(settings_file(tmp_path), tmp_path / "run", scenario=feedback_loop, rounds=1, **cast)

    generator = next(agent for agent in estimate.agents if agent.agent_model.agent == "generator")
    assert estimate.unpriced == ("openai/y",)
    assert estimate.cost == generator.cost


class Counting:
    """Replies of a known size, or of a size that is not reported."""

    def __init__(self, usage: Mapping[str, Usage]) -> None:
        self._usage = usage

    async def complete(self, request: Request) -> Completion:
        """Twelve characters in two seconds."""
        usage = self._usage.get(request.key.conversation, Usage())
        return Completion("a good draft", usage=usage, latency_s=2.0)

    async def close(self) -> None:
        """Nothing to give back."""


def test_pilot_measures_tokens_and_cost(tmp_path: Path) -> None:
    """By hand: two conversations of equal use, eight more of the same, of which two may show half."""
    usage = Usage(prompt_tokens=1000, completion_tokens=100)
    provider = Counting({f"c0000{number}": usage for number in range(10)})

    estimate = estimate_of(
        settings_file(tmp_path),
        tmp_path / "run",
        pilot=2,
        generator=Generator("openai/x"),
        providers={"openai": provider},
    )

    (agent,) = estimate.agents
    assert (agent.prompt.expected, agent.completion.expected) == pytest.approx((8000, 800))
    assert agent.prompt.low == pytest.approx(4000)
    assert agent.prompt.high > 12_000
    assert estimate.cost.expected == pytest.approx((8000 * 2 + 800 * 10) / 1e6)
    assert estimate.paid == pytest.approx((2000 * 2 + 200 * 10) / 1e6)


def test_tokens_that_a_server_does_not_tell_are_guessed(tmp_path: Path) -> None:
    """Not taken for none."""
    generator = Generator("openai/x")

    estimate = estimate_of(
        settings_file(tmp_path), tmp_path / "run", pilot=3, generator=generator, providers={"openai": Counting({})}
    )

    assert (estimate.n_measured, estimate.n_reported, estimate.n_known_usage) == (3, 0, 0)
    whole = count_tokens("question 0").plus(frame_tokens(1))
    assert estimate.agents[0].prompt == pytest.approx([7 * count for count in whole])
    assert estimate.cost.expected > 0


def test_only_conversations_of_known_usage_are_counted_as_measured(tmp_path: Path) -> None:
    """Two of three; the third counts for the calls."""
    usage = Usage(prompt_tokens=1000, completion_tokens=100)
    last = max(sampled_positions(dict.fromkeys(range(10), 2.0), 3))
    provider = Counting({f"c0000{number}": usage for number in range(10) if number != last})

    estimate = estimate_of(
        settings_file(tmp_path),
        tmp_path / "run",
        pilot=3,
        generator=Generator("openai/x"),
        providers={"openai": provider},
    )

    assert (estimate.n_measured, estimate.n_reported, estimate.n_known_usage) == (3, 2, 2)
    assert estimate.agents[0].prompt.expected == pytest.approx(7000)
    assert estimate.n_unknown_usage == 1


def test_limits_of_settings_and_of_the_run_decide_the_time(tmp_path: Path) -> None:
    """The run's own go before; models with limits of their own are a quota of their own."""
    config = settings_file(tmp_path, '[limits.fake]\nrpm = 60\n[limits."fake/slow"]\nrpm = 2\n')
    provider = {"fake": ScriptedProvider(lambda request: "x")}

    plain = estimate_of(config, tmp_path / "a", generator=Generator("fake/any"), providers=provider)
    slow = estimate_of(config, tmp_path / "b", generator=Generator("fake/slow"), providers=provider)
    own = estimate_of(
        config, tmp_path / "c", generator=Generator("fake/any"), providers=provider, limits={"fake": Limits(rpm=10)}
    )

    assert (plain.time.seconds, plain.time.bottleneck) == (Interval.sure(10), "fake: requests per minute")
    assert (slow.time.seconds, slow.time.bottleneck) == (Interval.sure(300), "fake/slow: requests per minute")
    assert own.time.seconds == Interval.sure(60)


def test_server_that_charges_max_tokens_is_reckoned_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI counts a request's max_tokens against the limit, whatever the reply takes."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    config = settings_file(tmp_path, "[limits.openai]\notpm = 6000\n")
    generator = Generator("openai/x", sampling=Sampling(max_tokens=600))

    estimate = estimate_of(config, tmp_path / "run", generator=generator)

    assert (estimate.time.seconds, estimate.time.bottleneck) == (Interval.sure(60), "openai: output tokens per minute")


TIERS = '[[prices."openai/x".tiers]]\nabove = 2000\ninput = 200\noutput = 1000\n'


class ByWords:
    """Charges each word and ten tokens of a reply; `usage` has what each conversation was charged."""

    def __init__(self) -> None:
        self.usage: dict[str, Usage] = {}

    async def complete(self, request: Request) -> Completion:
        """Two words."""
        words = sum(len(message["content"].split()) for message in request.messages)
        usage = self.usage[request.key.conversation] = Usage(prompt_tokens=words, completion_tokens=10)
        return Completion("a draft", usage=usage)

    async def close(self) -> None:
        """Nothing to give back."""


def alternating(n_long: int, n: int, words: int) -> list[str]:
    """Prompts of which every so many one is long, and the others have five words."""
    return [f"question {i} " + "word " * (words if i % (n // n_long) == 0 else 5) for i in range(n)]


@pytest.mark.parametrize(("n_long", "words"), [(10, 3000), (2, 9000)])
def test_each_request_has_the_price_of_its_own_length(tmp_path: Path, n_long: int, words: int) -> None:
    """Half of 20 requests, or one of ten, lie above a tier that the mean does not reach."""
    prompts = alternating(n_long, 20, words)
    generator = Generator("openai/x", sampling=Sampling(max_tokens=20))

    estimate = estimate_of(settings_file(tmp_path, TIERS), tmp_path / "run", prompts=prompts, generator=generator)

    truth = n_long * (words * 200 + 20 * 1000) / 1e6
    assert truth / 1.5 < estimate.cost.expected < truth * 1.5
    assert estimate.cost.low < truth < estimate.cost.high


@pytest.mark.parametrize(("n_long", "words"), [(100, 3000), (8, 30_000)])
def test_a_pilot_prices_the_others_by_their_own_lengths(tmp_path: Path, n_long: int, words: int) -> None:
    """Of 200 requests each second one lies above a tier, or eight, which the pilot may all have executed."""
    prompts, provider = alternating(n_long, 200, words), ByWords()

    estimate = estimate_of(
        settings_file(tmp_path, TIERS),
        tmp_path / "run",
        pilot=20,
        prompts=prompts,
        generator=Generator("openai/x"),
        providers={"openai": provider},
    )

    left = [prompt for i, prompt in enumerate(prompts) if f"c{i:05d}" not in provider.usage]
    counts = [len(prompt.split()) for prompt in left]
    truth = sum((n * 200 + 10_000 if n > 2000 else n * 2 + 100) / 1e6 for n in counts)
    assert estimate.agents[0].is_tiered
    assert estimate.cost.expected == pytest.approx(truth, rel=0.1)
    assert estimate.cost.low < truth < estimate.cost.high


@pytest.mark.parametrize("above", [1, 100_000], ids=["all reach it", "none reaches it"])
def test_a_tier_that_divides_no_requests_changes_nothing(tmp_path: Path, above: int) -> None:
    """The same interval as with one price."""
    tier = f'[[prices."openai/x".tiers]]\nabove = {above}\ninput = 2\noutput = 10\n'
    found = [
        estimate_of(
            settings_file(tmp_path, text),
            tmp_path / f"run{number}",
            pilot=5,
            prompts=alternating(10, 20, 3000),
            generator=Generator("openai/x"),
            providers={"openai": ByWords()},
        )
        for number, text in enumerate(("", tier))
    ]

    assert found[0].cost == pytest.approx(found[1].cost)
    assert not found[1].agents[0].is_tiered


@pytest.mark.parametrize(("period", "words"), [(2, 4000), (5, 1000)])
def test_rows_that_alternate_are_estimated_by_the_lengths_of_all(tmp_path: Path, period: int, words: int) -> None:
    """As many prompt tokens as all texts have, and how many prompts were looked at."""
    prompts = alternating(60 // period, 60, words)

    estimate = estimate_of(settings_file(tmp_path), tmp_path / "run", prompts=prompts, generator=Generator("openai/x"))

    whole = sum(count_tokens(prompt).expected + frame_tokens(1).expected for prompt in prompts)
    assert estimate.prompt.expected == pytest.approx(whole, rel=0.02)
    assert estimate.n_simulated == 20


@pytest.mark.parametrize("stop_at", [0.9, 1.0])
def test_a_loop_that_may_end_early_has_one_to_all_rounds(tmp_path: Path, stop_at: float) -> None:
    """Whatever the simulated reviewers said; a pilot in which none ended early is no proof."""
    cast: dict[str, Any] = {"generator": Generator("openai/x"), "reviewer": Reviewer("openai/x")}
    arguments = {"scenario": feedback_loop, "rounds": 3, "stop_at": stop_at, **cast}
    provider = ScriptedProvider(lambda request: "It is short.\n\nOverall score: 3/10")

    planned = estimate_of(settings_file(tmp_path), tmp_path / "a", **arguments)
    measured = estimate_of(
        settings_file(tmp_path), tmp_path / "b", pilot=5, providers={"openai": provider}, **arguments
    )

    assert (planned.asks.low, planned.asks.high) == (20, 60)
    assert measured.asks == Interval(30 - 2 * 2 * 4, 30, 30)  # 60.2 % of 5 loops: 4
    assert not measured.is_sure
