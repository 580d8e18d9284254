"""A plan of roles whose form of a reply the simulated models do not keep to."""

import asyncio
from pathlib import Path
from typing import Any

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.estimates.script_estimate import estimate_script
from fellowship.protocols.completions import Completion
from fellowship.protocols.content import Draft
from fellowship.reports.plan_report import _asks_line
from fellowship.runners.overrides import Overrides
from fellowship.runners.run import arun
from fellowship.scenarios.answer import answer
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.testing import ScriptedProvider
from tests.cli.kit import run_in_process

SCRIPT = """
from fellowship import Draft, Generator, run
from fellowship.scenarios import answer

class Numbered(Generator):
    def parse(self, completion):
        return Draft(text=str(int(completion.text.rpartition("No. ")[2])))

run(answer, prompts=[f"p {n}" for n in range(60)], out="r", generator=Numbered("openai/gpt-4o-mini"))
"""
PROMPTS = [f"prompt {n}" for n in range(30)]


class Numbered(Generator):
    """A draft is a number behind "No."."""

    def parse(self, completion: Completion) -> Draft:
        """ValueError for any other reply."""
        return Draft(text=str(int(completion.text.rpartition("No. ")[2])))


def planned(*arguments: Any, **options: Any) -> RunEstimate:
    """The plan of one run over 30 prompts."""
    with estimate_script(Overrides()) as plans:
        asyncio.run(arun(*arguments, **{"prompts": PROMPTS, **options}))
    return plans[0].estimate_run()


def test_a_plan_says_that_replies_were_not_read_and_names_the_pilot(tmp_path: Path) -> None:
    """Exit code 0; the remedies of a run are not named."""
    (tmp_path / "s.py").write_text(SCRIPT)

    plan = run_in_process("plan", "s.py", cwd=tmp_path)
    said = " ".join(plan.out.split())

    assert plan.code == 0
    assert "remaining calls: at least 60, because the simulated replies of numbered could not be read" in said
    assert "--pilot 20 measures them" in said
    assert "--retry-failed" not in plan.out + plan.err


def test_requests_up_to_the_unread_reply_are_counted_and_those_behind_it_are_not(tmp_path: Path) -> None:
    """The first draft of a loop is not read: its requests have tokens, and the plan is not exact."""
    cast = {"generator": Numbered("sim/mid"), "reviewer": Reviewer("sim/mid")}

    plan = planned(feedback_loop, rounds=2, out=tmp_path / "r", **cast)

    assert (plan.asks.expected, plan.is_exact, plan.unread) == (30, False, ("numbered",))
    assert 0 < plan.prompt.low < plan.prompt.high


def test_a_pilot_of_a_model_that_keeps_to_the_form_replaces_the_simulated_counts(tmp_path: Path) -> None:
    """Of finished conversations the number of calls is known."""
    given: dict[str, Any] = {"generator": Numbered("test/m"), "out": tmp_path / "r"}
    given["providers"] = {"test": ScriptedProvider(lambda _: "No. 7")}
    asyncio.run(arun(answer, prompts=PROMPTS[:5], **given))

    plan = planned(answer, **given)

    assert (plan.asks.expected, plan.unread) == (25, ())
    assert "at least" not in _asks_line(plan)
