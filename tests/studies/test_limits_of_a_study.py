"""Limits that a function with several runs is given hold for all of its runs, and for all of their starts, together."""

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.errors import ConfigurationError, RunStopped
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.run import arun
from fellowship.scenarios import answer, judge
from fellowship.studies.meta_evaluation import compare_evaluators
from fellowship.studies.study import study
from fellowship.studies.tournament import Pairing, tournament
from fellowship.testing import ScriptedProvider

ROWS = [
    {"prompt": f"q{i}?", "response_a": f"one {i}", "response_b": f"two {i}", "label": "AB"[i % 2]} for i in range(10)
]
EVALUATORS = {
    f"judge {i}": partial(judge, judge=Judge("fake/m", instructions=f"Judge number {i}."), seats="as given")
    for i in range(3)
}
SINGLES = {"single": Generator("fake/m")}
PAIRINGS = {"pair": Pairing(Generator("fake/m"), [Reviewer("fake/m")])}
PROMPTS = [f"question {i}" for i in range(8)]
NUMBERS = count()
PLAYED: dict[str, Any] = {"singles": SINGLES, "pairings": PAIRINGS, "prompts": PROMPTS, "rounds": 1}


def compared(out: Path, **options: Any) -> Any:
    return compare_evaluators(EVALUATORS, ROWS, out=out, **options)


def played(out: Path, **options: Any) -> Any:
    return tournament(evaluator=EVALUATORS["judge 0"], out=out, **PLAYED, **options)


def studied(out: Path, **options: Any) -> Any:
    return study(evaluators=EVALUATORS, comparisons=ROWS, out=out, **PLAYED, **options)


FUNCTIONS = {"compare_evaluators": compared, "tournament": played, "study": studied}


def replied(request: Request) -> Completion:
    """What the agent can read; no two drafts are the same."""
    texts = {"judge": "Score A: 9/10\nScore B: 3/10", "generator": f"Draft {next(NUMBERS)}"}
    return Completion(texts.get(request.key.agent, "Score: 7/10"), usage=Usage(1, 1))


def sent(function: Callable[..., Any], out: Path, **options: Any) -> tuple[int, str]:
    """The requests of one call, and why it stopped."""
    provider = ScriptedProvider(replied)
    try:
        asyncio.run(function(out, providers={"fake": provider}, quiet=True, **options))
    except RunStopped as error:
        return provider.n_calls, str(error)
    return provider.n_calls, ""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_calls_are_one_limit_for_all_runs_of_the_call(tmp_path: Path, name: str) -> None:
    """Later calls count what earlier ones have sent, those without limits included."""
    function = FUNCTIONS[name]

    n, reason = sent(function, tmp_path, max_calls=12)

    assert (n, f"the 12 requests of {name}(max_calls=...) are made" in reason) == (12, True)
    assert sent(function, tmp_path, max_calls=12)[0] == 0
    assert sent(function, tmp_path, max_calls=15)[0] == 3
    n_rest, reason = sent(function, tmp_path)
    assert n_rest > 5
    assert reason == ""


def test_earlier_calls_of_fewer_prompts_count_for_evaluators_that_come_later(tmp_path: Path) -> None:
    """Ten comparisons, of which four were decided by each of three evaluators."""
    assert sent(compared, tmp_path, n=4)[0] == 12
    assert sent(compared, tmp_path, max_calls=14)[0] == 2


def test_calls_side_by_side_have_limits_of_their_own(tmp_path: Path) -> None:
    """As two runs have."""

    async def both(out: Path, **options: Any) -> None:
        calls = [compared(out / str(i), max_calls=5 + i, **options) for i in range(2)]
        await asyncio.gather(*calls, return_exceptions=True)

    assert sent(both, tmp_path)[0] == 11


def test_limits_of_the_command_hold_as_well(tmp_path: Path) -> None:
    """The smaller one stops the call, and is named."""
    with overriding(Overrides(max_calls=6)):
        n, reason = sent(compared, tmp_path, max_calls=12)

    assert (n, "the 6 requests of --max-calls are made" in reason) == (6, True)


def test_other_runs_are_not_part_of_the_call(tmp_path: Path) -> None:
    """A run before it in the same script."""

    async def after_a_run(out: Path, **options: Any) -> None:
        await arun(answer, prompts=PROMPTS, out=out / "own", generator=Generator("fake/m"), **options)
        await compared(out, max_calls=12, **options)

    assert sent(after_a_run, tmp_path)[0] == 8 + 12
    assert sent(after_a_run, tmp_path)[0] == 0


@pytest.mark.parametrize("limit", [{"max_calls": 0}, {"budget": float("nan")}, {"budget": "much"}, {"max_hours": -1}])
def test_what_is_no_limit_is_refused_by_name(tmp_path: Path, limit: dict[str, Any]) -> None:
    """Before anything is sent."""
    ((name, _),) = limit.items()

    with pytest.raises(ConfigurationError, match=rf"^tournament\({name}=\.\.\.\) is "):
        sent(played, tmp_path, **limit)
