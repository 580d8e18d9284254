"""A plan of whole runs: the number of asks it reports is the number that is made; pilots are not paid for twice."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import fellowship.scenarios as built_in
from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.interval import Interval
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.estimates.script_estimate import PilotPass, estimate_script, run_pilot
from fellowship.protocols.errors import ConfigurationError, ProviderTimeout
from fellowship.protocols.quota import Limits
from fellowship.providers.sim.comparisons import comparisons, prompts
from fellowship.runners.overrides import Overrides
from fellowship.runners.run import arun
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import keyword_only
from fellowship.runners.summary import RunSummary
from fellowship.runners.workers import StopSignal
from fellowship.scenarios.answer import answer
from fellowship.scenarios.debate import debate, panel
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge
from fellowship.scenarios.select_best import select_best
from fellowship.scenarios.versus import versus
from fellowship.studies.evaluator_spec import parse_evaluator
from fellowship.studies.tournament import Pairing, tournament
from fellowship.testing import ScriptedProvider
from tests.runners.kit import queried

N = 30
ASKS = "SELECT count(*) FROM (SELECT DISTINCT conversation, lane, agent, occurrence FROM asks)"
JUDGE = partial(judge, judge=Judge("sim/strong"))
JURY = parse_evaluator("jury:sim/mid+sim/wordy+sim/biased")
REVIEWED: dict[str, Any] = {"generator": Generator("sim/weak"), "reviewer": Reviewer("sim/mid")}
SCENARIOS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "answer": (answer, {"generator": Generator("sim/mid")}),
    "feedback_loop": (feedback_loop, REVIEWED),
    "feedback_loop of two reviewers": (
        feedback_loop,
        {**REVIEWED, "reviewer": [Reviewer("sim/mid"), Reviewer("sim/strong")], "rounds": 2},
    ),
    "judge": (judge, {"judge": Judge("sim/mid")}),
    "judge:sim/mid,seats=as-given": (parse_evaluator("judge:sim/mid,seats=as-given"), {}),
    "judge:sim/mid,strategy=independent-10": (parse_evaluator("judge:sim/mid,strategy=independent-10"), {}),
    "jury": (JURY, {}),
    "jury by mean": (parse_evaluator("jury:sim/mid+sim/strong,rule=mean"), {}),
    "debate": (debate, {"debaters": panel("sim/mid"), "rounds": 1}),
    "debate:sim/mid,rounds=2": (parse_evaluator("debate:sim/mid,rounds=2"), {}),
    "select_best": (select_best, {"evaluator": JURY}),
    "versus": (versus, {"evaluator": JUDGE}),
}


def planned(*runs: Callable[[], Any], overrides: Overrides | None = None) -> list[RunEstimate]:
    """The estimates of runs that a script would start one after another."""
    with estimate_script(overrides or Overrides()) as plans:
        for run in runs:
            asyncio.run(run())
    return [plan.estimate_run() for plan in plans]


def called(scenario: Callable[..., Any], out: Path, **arguments: Any) -> Callable[[], Any]:
    """A run of thirty comparisons that is ready to be started."""
    given = {"prompts": comparisons(5)[:N], "out": out, "quiet": True, **arguments}
    return lambda: arun(scenario, **given)


def test_every_built_in_scenario_is_planned_here() -> None:
    """A new one has to be added to the table."""
    named = {getattr(call, "func", call) for call, _ in SCENARIOS.values()}

    assert {getattr(built_in, name) for name in built_in.__all__ if name != "panel"} <= named


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_planned_asks_are_the_asks_that_are_made(name: str, tmp_path: Path) -> None:
    """Distinct keys in the journal; the scenarios of the paper fix them."""
    scenario, arguments = SCENARIOS[name]
    run = called(scenario, tmp_path / "run", **arguments)

    (estimate,) = planned(run)
    asyncio.run(run())

    assert estimate.is_sure
    assert estimate.is_exact == (name not in ("versus", "select_best"))  # these do not compare equal texts
    assert [estimate.asks.expected] == queried(tmp_path / "run", ASKS)


@pytest.mark.parametrize(
    ("option", "fewest", "most"),
    [({"stop_at": 0.5}, 2, 6), ({"evaluator": JUDGE}, 6, 10)],
    ids=["stop_at", "drafts that stay the same are not compared"],
)
def test_asks_that_depend_on_replies_are_told_within_bounds(
    option: dict[str, Any], fewest: int, most: int, tmp_path: Path
) -> None:
    """From the fewest to the most that a conversation makes, and expected about as many as are made."""
    run = called(feedback_loop, tmp_path / "run", **REVIEWED, **option)

    (estimate,) = planned(run)
    asyncio.run(run())

    (made,) = queried(tmp_path / "run", ASKS)
    assert not estimate.is_exact
    assert fewest * N <= estimate.asks.low < made < estimate.asks.high == most * N
    assert estimate.asks.expected == pytest.approx(made, rel=0.15)


def test_conversations_without_any_ask_are_counted_too(tmp_path: Path) -> None:
    """Identical answers are a tie without asking, so the number is not fixed."""
    same = [{"prompt": f"q{i}", "response_a": "same", "response_b": "same" if i % 2 else "not"} for i in range(10)]

    (estimate,) = planned(called(versus, tmp_path, prompts=same, evaluator=JUDGE))

    assert estimate.asks == Interval.sure(10)
    assert (estimate.is_sure, estimate.is_exact, estimate.n_shapes) == (True, False, 2)


def test_planning_asks_nobody_and_writes_nothing(tmp_path: Path) -> None:
    """Whatever provider the script gives."""
    provider = ScriptedProvider(lambda request: AssertionError("asked"))
    run = called(
        judge, tmp_path / "run", judge=Judge("fake/any"), providers={"fake": provider}, prompts=comparisons(1)[:4]
    )

    (estimate,) = planned(run)

    assert (estimate.asks, provider.n_calls) == (Interval.sure(8), 0)
    assert list(tmp_path.iterdir()) == []


def test_what_a_journal_holds_is_not_planned_again(tmp_path: Path) -> None:
    """Done conversations are left out, and the answered asks of those under way."""

    first: list[str] = []

    def reply(request: Any) -> Any:
        first.append(request.key.conversation)
        broken = request.key.conversation == first[0] and request.key.occurrence == 1
        return ProviderTimeout("too late") if broken else f"a draft\n\nOverall score: {request.key.occurrence}/10"

    run = called(
        feedback_loop,
        tmp_path / "run",
        generator=Generator("fake/any"),
        reviewer=Reviewer("fake/any"),
        providers={"fake": ScriptedProvider(reply)},
    )
    with run_pilot(Overrides(), 5):
        asyncio.run(run())

    (estimate,) = planned(run)

    assert (estimate.n_done, estimate.n_asked) == (4, 4 * 6 + 2)
    assert estimate.asks == Interval.sure((N - 4) * 6 - 2)


def test_a_run_that_is_complete_has_nothing_to_come(tmp_path: Path) -> None:
    """No dry run, no cost."""
    run = called(answer, tmp_path / "run", generator=Generator("sim/mid"))
    asyncio.run(run())

    (estimate,) = planned(run)

    assert (estimate.n_done, estimate.asks, estimate.cost) == (N, Interval.sure(0), Interval.sure(0))


def test_run_that_could_not_be_continued_is_refused(tmp_path: Path) -> None:
    """With the error that the run itself would end with."""
    asyncio.run(called(answer, tmp_path / "run", generator=Generator("sim/mid"))())

    with pytest.raises(
        ConfigurationError, match=r"was started with different settings: agents.generator.model was 'sim/mid'"
    ):
        planned(called(answer, tmp_path / "run", generator=Generator("sim/weak")))
    with pytest.raises(ConfigurationError, match=r"conversation c00000 .* is about another item than the prompts"):
        planned(called(answer, tmp_path / "run", generator=Generator("sim/mid"), prompts=["Why?"]))


def test_pilot_is_a_part_of_the_run_itself(tmp_path: Path) -> None:
    """What it asked is not asked again, and a run of fewer prompts than the pilot stays as it is."""
    provider = ScriptedProvider(lambda request: f"reply to {request.key}")
    run = called(answer, tmp_path / "run", generator=Generator("fake/any"), providers={"fake": provider})
    few = called(answer, tmp_path / "few", generator=Generator("fake/any"), providers={"fake": provider}, n=3)

    with run_pilot(Overrides(), 5):
        piloted = [asyncio.run(each()) for each in (run, few)]
    (estimate,) = planned(run)
    asyncio.run(run())

    assert [len(summary) for summary in piloted] == [N, 3]
    assert (estimate.n_done, estimate.n_measured, estimate.asks) == (5, 5, Interval.sure(N - 5))
    assert provider.n_calls == N + 3


def test_pilot_has_every_option_of_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the number of prompts is its own, and the objects that each call of `run(...)` makes for itself."""
    generator = Generator("fake/any")
    given: dict[str, Any] = {
        "prompts": [f"question {number}" for number in range(9)],
        "out": tmp_path / "run",
        "seed": 3,
        "concurrency": 2,
        "n": 8,
        "retry_failed": True,
        "accept_changes": True,
        "fresh": True,
        "reuse": tmp_path / "old",
        "budget": 0.5,
        "max_calls": 7,
        "max_hours": 1.5,
        "quiet": True,
        "limits": {"fake": Limits(rpm=60)},
        "providers": {"fake": ScriptedProvider([])},
        "stop": StopSignal(),
        "label": "mine",
    }
    executed: list[RunSpec] = []

    async def record_spec(spec: RunSpec) -> None:
        executed.append(spec)
        raise ConfigurationError("recorded")

    monkeypatch.setattr("fellowship.runners.run.execute", record_spec)
    monkeypatch.setattr("fellowship.estimates.script_estimate.execute", record_spec)

    for block in (nullcontext(), run_pilot(Overrides(), 5)):
        with block, pytest.raises(ConfigurationError, match="recorded"):
            asyncio.run(arun(answer, generator=generator, **given))

    run, pilot = executed
    same = [each.name for each in fields(RunSpec) if each.name not in ("only", "providers", "bindings")]
    assert set(given) == set(keyword_only(arun))
    assert {name: getattr(pilot, name) for name in same} == {name: getattr(run, name) for name in same}
    assert pilot.items == run.items
    assert pilot.only is not None
    assert len(pilot.only) == 5
    assert run.options.stop is pilot.options.stop is given["stop"]


def test_pilot_sends_no_more_requests_than_its_run_may(tmp_path: Path) -> None:
    """`max_calls` of the script ends it, and what it finished is planned with."""
    provider = ScriptedProvider(lambda request: f"reply to {request.key}")
    run = called(answer, tmp_path / "run", generator=Generator("fake/any"), providers={"fake": provider}, max_calls=1)

    with run_pilot(Overrides(), 4) as pilot:
        asyncio.run(run())

    assert (provider.n_calls, pilot.spent) == (1, "the 1 requests of run(max_calls=...) are made")


def test_pilot_of_a_run_in_memory_is_refused() -> None:
    """It would be paid for twice."""
    run = arun(answer, prompts=["Why?"], out=":memory:", generator=Generator("sim/mid"))

    with run_pilot(Overrides(), 5), pytest.raises(ConfigurationError) as refused:
        asyncio.run(run)

    assert str(refused.value) == (
        "the run of answer keeps nothing, so its pilot would be paid for twice; give it a folder with --out"
    )


def test_runs_built_on_earlier_runs_are_planned_in_their_full_size(tmp_path: Path) -> None:
    """A tournament: its duels are made of answers, more of them than a dry run samples."""

    def played(out: Path) -> Callable[[], Any]:
        return lambda: tournament(
            {"single": Generator("openai/a")},
            {"pairing": Pairing(Generator("openai/b"), [Reviewer("openai/c")])},
            prompts(3, 40),
            evaluator=JUDGE,
            out=out,
            rounds=2,
        )

    estimates = planned(played(tmp_path))

    found = [(each.scenario, each.n_prompts, each.asks.high) for each in estimates]
    assert found == [("answer", 40, 40), ("feedback_loop", 40, 160 + 80), ("versus", 40, 80)]


def test_pilot_asks_nothing_about_simulated_answers(tmp_path: Path) -> None:
    """A tournament: a duel is asked for only when both of its answers are real, and the run itself then goes on."""

    def answered(request: Any) -> Any:
        shown = "".join(message["content"] for message in request.messages)
        if "Score A: X/" in shown:
            assert shown.count("a real answer") == 2, shown
            return "Score A: 5/10\nScore B: 6/10"
        return f"a real answer of {request.model}\n\nOverall score: 5/10"

    provider = ScriptedProvider(answered)

    def played() -> Any:
        return tournament(
            {"single": Generator("fake/a")},
            {"pairing": Pairing(Generator("fake/b"), [Reviewer("fake/c")])},
            prompts(3, 40),
            evaluator=partial(judge, judge=Judge("fake/d")),
            out=tmp_path,
            rounds=1,
            providers={"fake": provider},
            quiet=True,
        )

    with estimate_script(Overrides()) as plans:
        asyncio.run(played())
    before = PilotPass.of(plans)
    for _ in range(5):
        with run_pilot(Overrides(), 6, before) as before:
            asyncio.run(played())
        if before.is_complete or not before.has_finished:
            break
    estimates = [plan.estimate_run() for plan in before.updated(plans)]
    n_piloted = provider.n_calls
    asyncio.run(played())

    assert [each.n_done for each in estimates] == [6, 6, 6]
    assert n_piloted == 6 * (1 + 2 + 2)
    assert provider.n_calls == 40 * (1 + 2 + 2)


def test_repeated_pilot_asks_nothing_and_a_run_that_was_begun_counts(tmp_path: Path) -> None:
    """Finished conversations stand for their part of the file."""
    provider = ScriptedProvider(lambda request: f"reply to {request.key}")
    questions = [f"{'long ' * number} question" for number in range(40)]
    run = called(
        answer, tmp_path / "run", prompts=questions, generator=Generator("fake/any"), providers={"fake": provider}
    )

    for n_calls in (10, 10):
        with run_pilot(Overrides(), 10):
            asyncio.run(run())
        assert provider.n_calls == n_calls
    with run_pilot(Overrides(), 12):
        asyncio.run(run())

    assert provider.n_calls <= 17


def test_number_of_calls_of_an_own_scenario_is_not_called_exact(tmp_path: Path) -> None:
    """All conversations that were seen agree, but one in two hundred asks twice."""

    async def twice(talk: Any, prompt: Any, *, generator: Generator) -> Any:
        draft = await talk.ask(generator, prompt)
        return await talk.ask(generator, prompt, draft) if "again" in prompt.content.text else draft

    questions = [f"q{number}" for number in range(199)] + ["again"]

    (estimate,) = planned(called(twice, tmp_path, prompts=questions, generator=Generator("openai/x")))

    assert (estimate.is_sure, estimate.is_exact, estimate.n_seen) == (True, False, 60)


def test_sample_of_the_prompts_is_spread_over_all(tmp_path: Path) -> None:
    """Asks that depend on the place of a prompt are seen."""

    async def longer(talk: Any, prompt: Any, *, generator: Generator) -> Any:
        draft = await talk.ask(generator, prompt)
        return draft if prompt.content.chat[-1]["content"] < "q150" else await talk.ask(generator, prompt, draft)

    questions = [f"q{i:03d}" for i in range(200)]

    (estimate,) = planned(called(longer, tmp_path, prompts=questions, generator=Generator("openai/x")))

    assert estimate.asks == pytest.approx(Interval(200, 250, 400), rel=0.15)
    assert (estimate.asks.low, estimate.asks.high) == (200, 400)


def test_summary_that_a_script_is_given_is_complete_and_simulated(tmp_path: Path) -> None:
    """As many conversations as prompts, each with an outcome."""
    summaries: list[RunSummary] = []

    async def run() -> None:
        summaries.append(await called(answer, tmp_path, generator=Generator("openai/x"))())

    planned(run)

    (summary,) = summaries
    assert (len(summary), summary.n_finished, summary.n_asked, summary.simulated) == (N, N, 0, True)
    assert all(row["text"] for row in summary.rows())
