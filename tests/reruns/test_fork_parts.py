"""Forks reach the parts of agents too: a debater's ballot, and the rater of a judge who scores answers one by one."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.debater import CRITIC, Debater
from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Request, Sampling
from fellowship.protocols.errors import ConfigurationError
from fellowship.reruns.api import fork
from fellowship.reruns.fork import ForkChanges, forked_run
from fellowship.reruns.fork_estimate import ForkEstimate, estimate_fork
from fellowship.reruns.script_interceptor import ScriptInterceptor, StopScript
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.run import arun
from fellowship.scenarios import debate, feedback_loop, judge
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing import ScriptedProvider
from tests.runners.kit import COMPARISONS, MODEL, scripted_run, told

DEBATE: dict[str, Any] = {"debaters": [Debater(MODEL, persona=CRITIC)], "rounds": 1, "seats": "as given"}
RATED: dict[str, Any] = {"judge": Judge(MODEL, strategy="independent-10")}


def scored(request: Request) -> str:
    return "Score: 7/10" if request.key.agent == "judge" else "Score A: 8/10\nScore B: 2/10"


def recorded(scenario: Any, folder: Path, arguments: dict[str, Any]) -> Path:
    """One comparison, carried out."""
    providers = {"fake": ScriptedProvider(scored)}
    asyncio.run(arun(scenario, prompts=COMPARISONS[:1], out=folder, providers=providers, quiet=True, **arguments))
    return folder


PARTS: dict[str, tuple[Any, dict[str, Any], str, dict[str, int]]] = {
    "a debater's ballot": (debate, DEBATE, "critic", {"critic": 1, "critic_ballot": 1}),
    "a judge's rater": (judge, RATED, "judge", {"judge": 2}),
}


@pytest.mark.parametrize("for_all", [True, False], ids=["for all", "by name"])
@pytest.mark.parametrize(("scenario", "arguments", "name", "asked"), PARTS.values(), ids=list(PARTS))
def test_a_part_follows_its_agent(
    tmp_path: Path, scenario: Any, arguments: dict[str, Any], name: str, asked: dict[str, int], for_all: bool
) -> None:
    """To another model, and to other parameters."""
    folder, provider = recorded(scenario, tmp_path / "run", arguments), ScriptedProvider(scored)
    whom = "" if for_all else name
    changes: dict[str, Any] = {"models": {whom: "fake/other"}, "sampling": {whom: Sampling(temperature=0.9)}}

    fork(scenario, of=folder, conversation="c00000", providers={"fake": provider}, quiet=True, **changes, **arguments)

    assert Counter(request.key.agent for request in provider.requests) == asked
    assert {(request.model, request.sampling["temperature"]) for request in provider.requests} == {("fake/other", 0.9)}


def test_new_instructions_keep_the_persona_of_a_debater(tmp_path: Path) -> None:
    """They replace the instructions for the discussion alone."""
    folder, provider = recorded(debate, tmp_path / "run", DEBATE), ScriptedProvider(scored)
    changes: dict[str, Any] = {"instructions": {"critic": "Be terse."}}

    fork(debate, of=folder, conversation="c00000", providers={"fake": provider}, quiet=True, **changes, **DEBATE)

    changed = Debater(MODEL, persona=CRITIC, instructions="Be terse.")
    assert [request.messages[0]["content"] for request in provider.requests] == [changed.system_text]


def test_a_ballot_keeps_its_own_instructions(tmp_path: Path) -> None:
    """Those of a debater are about the discussion."""
    folder, provider = recorded(debate, tmp_path / "run", DEBATE), ScriptedProvider(scored)
    changes: dict[str, Any] = {"instructions": {"": "Be brief."}}

    fork(debate, of=folder, conversation="c00000", providers={"fake": provider}, quiet=True, **changes, **DEBATE)

    changed = {request.key.agent: "Be brief." in request.messages[0]["content"] for request in provider.requests}
    assert changed == {"critic": True}


def test_an_estimate_knows_the_parts_that_follow(tmp_path: Path) -> None:
    """The ballot builds on what is said anew."""
    folder = recorded(debate, tmp_path / "run", DEBATE)

    async def work(call: Any) -> ForkEstimate:
        with RecordedRun.open(folder) as opened:
            return await estimate_fork(
                forked_run(call, opened, "c00000", 4, ForkChanges(instructions={"critic": "X"}), times=1)
            )

    one = ScriptInterceptor(folder, work)
    with overriding(Overrides(intercept=one)), pytest.raises(StopScript):
        recorded(debate, folder, DEBATE)

    assert one.done() == ForkEstimate(("ab/critic.0",), ("ab/critic_ballot.0",), n_reused=0, cost=None)


def test_a_text_that_its_author_could_not_have_written_is_refused(tmp_path: Path) -> None:
    """Sent back for repair, the model's reply would stand in its place. Nothing is asked, nothing written."""
    arguments: dict[str, Any] = {"generator": Generator(MODEL), "reviewer": Reviewer(MODEL), "rounds": 1}
    replies = ScriptedProvider(lambda request: "Fine.\nOverall score: 5/10" if "reviewer" in str(request.key) else "x")
    scripted_run(feedback_loop, tmp_path / "loop", replies, prompts=["one"], **arguments)
    provider = ScriptedProvider(told)

    with pytest.raises(ConfigurationError) as caught:
        fork(
            feedback_loop,
            of=tmp_path / "loop",
            conversation="c00000",
            at=3,
            text="Be shorter.",
            providers={"fake": provider},
            **arguments,
        )

    assert str(caught.value) == (
        "the text does not read as a reply of its author: reviewer: score: expected a number from 0 to 10, such as "
        "'Score: 10/10', found none before its end 'Be shorter.'; write it in that form"
    )
    assert (provider.requests, [path.name for path in tmp_path.iterdir()]) == ([], ["loop"])
