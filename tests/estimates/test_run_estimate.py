"""Tokens, cost and time of an estimate: prices that are known, those that are not, and what is measured."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.interval import Interval
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


def estimate_of(config: Path, out: Path, *, pilot: int = 0, scenario: Any = answer, **arguments: Any) -> RunEstimate:
    """Of ten questions, under settings."""

    async def run() -> None:
        await arun(scenario, prompts=QUESTIONS, out=out, quiet=True, **arguments)

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
    provider = Counting({"c00002": usage, "c00007": usage})

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
    provider = Counting({f"c0000{number}": usage for number in range(7)})

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
