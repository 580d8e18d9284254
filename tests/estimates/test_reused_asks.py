"""The estimate of a run that takes the replies of another one: only what it still asks is planned."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.interval import Interval
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.estimates.script_estimate import estimate_script, run_pilot
from fellowship.protocols.errors import ConfigurationError, ProviderTimeout, RunNotFound
from fellowship.runners.overrides import Overrides
from fellowship.runners.run import arun
from fellowship.scenarios import answer, feedback_loop, judge
from fellowship.testing import ScriptedProvider
from tests.runners.kit import told

MODEL = "sim/mid"
PROMPTS = [f"question {n}" for n in range(40)]
COMPARISONS = [{"prompt": text, "response_a": "one", "response_b": f"two {text}"} for text in PROMPTS]


def planned(run: Callable[[], Any]) -> RunEstimate:
    with estimate_script(Overrides()) as plans:
        asyncio.run(run())
    return plans[0].estimate_run()


def loop(out: Path, **given: Any) -> Any:
    agents = {"generator": Generator(MODEL), "reviewer": Reviewer(MODEL, instructions=given.pop("reviews", ""))}
    return arun(feedback_loop, **{"prompts": PROMPTS, "rounds": 1, "out": out, "quiet": True, **agents, **given})


def judged(out: Path, **given: Any) -> Any:
    """The order of the candidates depends on the seed of each conversation."""
    return arun(judge, **{"prompts": COMPARISONS, "judge": Judge(MODEL), "out": out, "quiet": True, **given})


CASES: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "all": (loop, {}, {}),
    "one item is new": (loop, {"n": 39}, {}),
    "items in another order": (loop, {"n": 25}, {"prompts": PROMPTS[::-1]}),
    "second agent changed": (loop, {}, {"reviews": "Be brief."}),
    "seats": (judged, {"n": 20}, {}),
    "another seed": (judged, {}, {"seed": 7}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_planned_asks_are_those_that_are_made(tmp_path: Path, name: str) -> None:
    call, before, now = CASES[name]
    asyncio.run(call(tmp_path / "old", **before))

    estimate = planned(lambda: call(tmp_path / "new", reuse=tmp_path / "old", **now))
    summary = asyncio.run(call(tmp_path / "new", reuse=tmp_path / "old", **now))

    assert (estimate.asks, estimate.is_exact) == (Interval.sure(summary.n_asked), True)


def broken_at(*places: tuple[str, int]) -> ScriptedProvider:
    """Requests of these conversations and occurrences fail; all others have a reply that can be read."""

    def reply(request: Any) -> Any:
        is_broken = (request.key.conversation, request.key.occurrence) in places
        return ProviderTimeout("gone") if is_broken else f"{told(request)}\n\nOverall score: 5/10"

    return ScriptedProvider(reply)


def test_incomplete_conversations_of_both_runs_are_counted_by_what_they_lack(tmp_path: Path) -> None:
    """Some replies of the reused run are missing, and the run itself was begun: some of its asks were made."""
    agents = {"generator": Generator("fake/any"), "reviewer": Reviewer("fake/any")}

    def start(out: str, provider: ScriptedProvider, **given: Any) -> Any:
        return loop(tmp_path / out, rounds=2, **agents, providers={"fake": provider}, **given)

    reuse = {"reuse": tmp_path / "old"}
    asyncio.run(start("old", broken_at(("c00003", 1), ("c00007", 0)), n=20))
    asyncio.run(start("new", broken_at(("c00003", 2), ("c00007", 1), ("c00012", 2), ("c00021", 1)), **reuse))

    estimate = planned(lambda: start("new", broken_at(), **reuse))
    summary = asyncio.run(start("new", broken_at(), **reuse))

    assert summary.n_asked > 0
    assert estimate.asks == Interval.sure(summary.n_asked)


def test_a_pilot_takes_the_replies_too(tmp_path: Path) -> None:
    asyncio.run(loop(tmp_path / "old", n=30))
    with run_pilot(Overrides(), 4):
        asyncio.run(loop(tmp_path / "new", reuse=tmp_path / "old"))

    estimate = planned(lambda: loop(tmp_path / "new", reuse=tmp_path / "old"))
    summary = asyncio.run(loop(tmp_path / "new", reuse=tmp_path / "old"))

    assert 0 < summary.n_asked < 30
    assert estimate.asks == Interval.sure(summary.n_asked)


def test_asks_behind_new_replies_of_a_scenario_with_an_early_end_are_not_exact(tmp_path: Path) -> None:
    """As many as in the simulated ones; where all replies are known, none."""
    given = {"rounds": 4, "stop_at": 0.7}
    asyncio.run(loop(tmp_path / "old", **given))

    known = planned(lambda: loop(tmp_path / "new", reuse=tmp_path / "old", **given))
    changed = planned(lambda: loop(tmp_path / "new", reuse=tmp_path / "old", reviews="Be brief.", **given))

    assert known.asks == Interval.sure(0)
    assert not changed.is_exact
    assert changed.asks.low < changed.asks.expected < changed.asks.high


def test_a_run_made_of_reused_outcomes_takes_its_own_replies(tmp_path: Path) -> None:
    """The plan gives the second run the outcomes that the first one will have."""

    async def script(out: str, old: Path | None = None) -> None:
        options: dict[str, Any] = {"prompts": PROMPTS, "generator": Generator(MODEL), "quiet": True}
        first = await arun(answer, **options, out=tmp_path / out / "a", reuse=old and old / "a")
        texts = zip(PROMPTS, first.rows(), strict=True)
        rows = [{"prompt": prompt, "response_a": row["text"], "response_b": "none"} for prompt, row in texts]
        await judged(tmp_path / out / "b", prompts=rows, reuse=old and old / "b")

    asyncio.run(script("old"))
    with estimate_script(Overrides()) as plans:
        asyncio.run(script("new", tmp_path / "old"))

    assert [plan.estimate_run().asks for plan in plans] == [Interval.sure(0), Interval.sure(0)]


def test_a_run_that_cannot_be_reused_is_refused_by_the_plan_as_by_the_run(tmp_path: Path) -> None:
    asyncio.run(
        arun(answer, prompts=PROMPTS, generator=Generator(MODEL, name="other"), out=tmp_path / "old", quiet=True)
    )

    with pytest.raises(RunNotFound, match="no run in"):
        planned(lambda: loop(tmp_path / "new", reuse=tmp_path / "missing"))
    with pytest.raises(ConfigurationError, match=r"replies belong to the name of their agent"):
        planned(lambda: loop(tmp_path / "new", reuse=tmp_path / "old"))
    asyncio.run(loop(tmp_path / "others", prompts=["something else"]))
    with pytest.raises(ConfigurationError, match="its first is 'something else'"):
        planned(lambda: loop(tmp_path / "new", reuse=tmp_path / "others"))


def test_a_later_run_made_of_simulated_outcomes_is_not_refused_by_the_plan(tmp_path: Path) -> None:
    """Its real items are not known; the first run asks all again here, and so does the second."""

    async def script() -> None:
        options: dict[str, Any] = {"prompts": PROMPTS, "generator": Generator(MODEL), "quiet": True}
        first = await arun(answer, **options, out=tmp_path / "a")
        rows = [{"prompt": row["text"], "response_a": "x", "response_b": "y"} for row in first.rows()]
        await judged(tmp_path / "b", prompts=rows, reuse=tmp_path / "old")

    asyncio.run(judged(tmp_path / "old", n=1))
    with estimate_script(Overrides()) as plans:
        asyncio.run(script())

    assert [plan.estimate_run().n_reusing for plan in plans] == [0, 0]
