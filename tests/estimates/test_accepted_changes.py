"""A plan before and after an accepted change: from the replies that present outcomes use, and no others."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.interval import Interval
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.estimates.script_estimate import estimate_script
from fellowship.protocols.errors import ConfigurationError
from fellowship.reports.plan_report import _asks_line, _sample_lines
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from fellowship.scenarios.answer import answer
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.superseded import attempts_in_use
from fellowship.testing import ScriptedProvider
from tests.runners.kit import COMPARISONS

ROWS = [{"prompt": f"q {n} " * (1 + n % 5), "answer_a": f"alpha {n}", "answer_b": f"beta {n}"} for n in range(39)]


def planned(overrides: Overrides, *arguments: Any, **options: Any) -> RunEstimate:
    """The plan of one run."""
    with estimate_script(overrides) as plans:
        asyncio.run(arun(*arguments, **options))
    return plans[0].estimate_run()


def made(*arguments: Any, **options: Any) -> RunSummary:
    """The run itself."""
    return asyncio.run(arun(*arguments, **options))


def loop(n: int, stop_at: float, folder: Path) -> dict[str, Any]:
    """A feedback loop over n prompts."""
    cast = {"generator": Generator("sim/mid"), "reviewer": Reviewer("sim/mid")}
    return {
        **cast,
        "prompts": [f"prompt {at} about things" for at in range(n)],
        "rounds": 3,
        "stop_at": stop_at,
        "out": folder,
    }


def judged(n: int, instructions: str, folder: Path, **options: Any) -> dict[str, Any]:
    """A judge with these instructions over the first n rows."""
    return {"prompts": ROWS[:n], "judge": Judge("sim/mid", instructions=instructions), "out": folder, **options}


def test_rounds_that_are_not_made_any_more_are_in_no_estimate(tmp_path: Path) -> None:
    """The recorded replies of further rounds stay in the journal; ten more prompts take one round each.

    Ten loops of one round are no proof: four of the others, 36.9 % of ten, may take all three.
    """
    first = made(feedback_loop, **loop(10, 1.0, tmp_path / "r"))
    accepted = made(feedback_loop, **loop(10, 0.1, tmp_path / "r"), accept_changes=True)
    plan = planned(Overrides(), feedback_loop, **loop(20, 0.1, tmp_path / "r"))

    assert (accepted.n_asked, plan.asks) == (0, Interval(20, 20, 20 + 2 * 4 * 2))
    assert (plan.n_replies, plan.n_in_use) == (first.n_asked, 20)
    assert f"{first.n_asked} replies are recorded in the journal, 20 of them in use, and not" in _asks_line(plan)
    assert made(feedback_loop, **loop(20, 0.1, tmp_path / "r")).n_asked == 20


def test_replies_to_changed_instructions_do_not_double_tokens(tmp_path: Path) -> None:
    """The estimate after the change is that of a run which had the new instructions from its beginning."""
    made(judge, **judged(20, "first", tmp_path / "r"))
    made(judge, **judged(20, "again", tmp_path / "r", accept_changes=True))
    made(judge, **judged(20, "again", tmp_path / "new"))
    changed, new = (planned(Overrides(), judge, **judged(39, "again", tmp_path / name)) for name in ("r", "new"))

    assert (changed.asks, changed.prompt, changed.completion) == (new.asks, new.prompt, new.completion)
    assert (changed.n_replies, changed.n_in_use, new.n_replies, new.n_in_use) == (80, 40, 40, 40)


def test_a_change_that_is_taken_back_uses_the_first_replies_again(tmp_path: Path) -> None:
    """They are the first of each ask, although later ones follow them."""
    for instructions in ("first", "other", "first"):
        summary = made(judge, **judged(4, instructions, tmp_path / "r", accept_changes=True))
    with RecordedRun.open(tmp_path / "r") as run:
        used = attempts_in_use(run)
        numbers = dict(run.connection.execute("SELECT rowid, attempt FROM ask_rows"))

    assert summary.n_asked == 0
    assert used is not None
    assert [numbers[row] for row in used] == [1] * 8


def test_a_repair_belongs_to_the_reply_that_it_repairs(tmp_path: Path) -> None:
    """Before and after a change the first reply is unreadable: of four attempts the last two are in use."""
    for instructions in ("first", "other"):
        replies = ScriptedProvider(
            lambda request: "Score A: 9/10\nScore B: 3/10" if len(request.messages) > 2 else "who knows"
        )
        made(
            judge,
            prompts=COMPARISONS[:1],
            judge=Judge("test/m", instructions=instructions),
            out=tmp_path / "r",
            providers={"test": replies},
            accept_changes=True,
        )
    with RecordedRun.open(tmp_path / "r") as run:
        used = attempts_in_use(run) or {}
        numbers = dict(run.connection.execute("SELECT rowid, attempt FROM ask_rows"))

    assert len(numbers) == 8
    assert sorted((numbers[row], place) for row, place in used.items()) == [(3, 1), (3, 1), (4, 2), (4, 2)]


def test_a_plan_follows_the_accepted_changes_of_the_script_and_of_the_command(tmp_path: Path) -> None:
    """Twenty conversations are asked again, and ten rows are new; the run asks as many."""
    made(judge, **judged(20, "first", tmp_path / "r"))
    with pytest.raises(ConfigurationError, match="--accept-changes"):
        planned(Overrides(), judge, **judged(30, "again", tmp_path / "r"))
    plan = planned(Overrides(), judge, **judged(30, "again", tmp_path / "r", accept_changes=True))
    of_command = planned(Overrides(accept_changes=True), judge, **judged(30, "again", tmp_path / "r"))

    assert plan.again is not None
    assert (plan.again.n, plan.again.n_asking, plan.again.asks) == (20, 20, Interval(40, 40, 40))
    assert plan.asks == of_command.asks == Interval(60, 60, 60)
    assert "20 recorded conversations are carried out again, and 20 of them asked again: 40 calls, $0" in _asks_line(
        plan
    )
    assert made(judge, **judged(30, "again", tmp_path / "r", accept_changes=True)).n_asked == 60


def test_a_plan_of_accepted_changes_that_change_no_request_asks_nothing(tmp_path: Path) -> None:
    """Other rounds are recorded already, and a label is in no request."""
    made(feedback_loop, **loop(6, 1.0, tmp_path / "r"))
    plan = planned(Overrides(accept_changes=True), feedback_loop, **loop(6, 0.1, tmp_path / "r"))
    made(judge, **judged(4, "first", tmp_path / "j"))
    labelled = [{**row, "label": "A"} for row in ROWS[:4]]
    of_labels = planned(
        Overrides(accept_changes=True), judge, **{**judged(4, "first", tmp_path / "j"), "prompts": labelled}
    )

    assert plan.again is not None
    assert of_labels.again is not None
    assert (plan.again.n, plan.again.n_asking, plan.asks.high) == (6, 0, 0)
    assert (of_labels.again.n, of_labels.again.n_asking, of_labels.asks.high) == (4, 0, 0)


def test_what_was_paid_is_of_all_replies(tmp_path: Path) -> None:
    """The superseded ones included, at the price that was recorded with each."""
    config = tmp_path / "fellowship.toml"
    config.write_text('[prices."sim/mid"]\ninput = 1000\noutput = 1\nas_of = 2026-11-01\n')
    for instructions in ("first", "other"):
        with overriding(Overrides(config=config)):
            made(judge, **judged(2, instructions, tmp_path / "r", accept_changes=True))
    with RecordedRun.open(tmp_path / "r") as run:
        costs = [Decimal(cost) for (cost,) in run.connection.execute("SELECT cost FROM ask_rows")]
    plan = planned(Overrides(config=config), judge, **judged(2, "other", tmp_path / "r"))

    assert (len(costs), plan.n_replies, plan.n_in_use) == (8, 8, 4)
    assert plan.paid == pytest.approx(float(sum(costs)))
    assert plan.paid > 0


TIERS = """
[prices."sim/mid"]
input = 2
output = 10
as_of = 2026-11-01
[[prices."sim/mid".tiers]]
above = 200
input = 200
output = 1000
"""
LONG = "Answer with care. " * 200


@pytest.mark.parametrize("before", [(LONG,), ("short", LONG)], ids=["changed", "changed and taken back"])
def test_a_price_with_tiers_is_extrapolated_from_requests_in_use(tmp_path: Path, before: tuple[str, ...]) -> None:
    """The superseded requests lie above the tier; of those in use half do."""
    (config := tmp_path / "fellowship.toml").write_text(TIERS)
    prompts = [f"question {n} " + "word " * (400 if n % 2 else 5) for n in range(40)]

    def answered(name: str, instructions: str, n: int = 20) -> dict[str, Any]:
        generator = Generator("sim/mid", instructions=instructions)
        return {"prompts": prompts[:n], "generator": generator, "out": tmp_path / name}

    for name, instructions in (*(("r", each) for each in (*before, "short")), ("new", "short")):
        with overriding(Overrides(config=config)):
            made(answer, **answered(name, instructions), accept_changes=True)
    changed, new = (planned(Overrides(config=config), answer, **answered(name, "short", 40)) for name in ("r", "new"))

    assert changed.n_replies > changed.n_in_use == 20
    assert (changed.agents[0].is_tiered, changed.cost) == (True, new.cost)
    assert changed.paid > new.paid


@pytest.mark.parametrize(
    ("n", "looked"), [(30, ["looked at: 10 of 10 remaining prompts, each simulated 3 times"]), (20, [])]
)
def test_conversations_that_are_carried_out_again_are_not_among_the_prompts_looked_at(
    tmp_path: Path, n: int, looked: list[str]
) -> None:
    """Their requests are known from the recorded replies."""
    made(judge, **judged(20, "first", tmp_path / "r"))

    plan = planned(Overrides(accept_changes=True), judge, **judged(n, "again", tmp_path / "r"))

    assert _sample_lines(plan) == looked
    assert plan.prompt.low > 0
