"""Limits that a function with several runs is given hold for all of its runs, and for all of their starts, together."""

import asyncio
from collections.abc import Callable, Iterable
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


def compared_by(names: Iterable[int]) -> Callable[..., Any]:
    """The function with other evaluators."""
    named = {
        f"judge {i}": partial(judge, judge=Judge("fake/m", instructions=f"Number {i}."), seats="as given")
        for i in names
    }
    return lambda out, **options: compare_evaluators(named, ROWS, out=out, **options)


def played_by(name: str) -> Callable[..., Any]:
    """The tournament with other names, so that all of its runs have other folders."""
    named = {"singles": {f"{name} alone": Generator("fake/m")}, "pairings": {name: PAIRINGS["pair"]}}
    return lambda out, **options: tournament(evaluator=EVALUATORS["judge 0"], out=out, **{**PLAYED, **named}, **options)


def studied_by(name: int) -> Callable[..., Any]:
    """The study with another evaluator."""
    named = {f"judge {name}": EVALUATORS["judge 1"]}
    return lambda out, **options: study(evaluators=named, comparisons=ROWS, out=out, **PLAYED, **options)


OTHERS = {
    "compare_evaluators": (compared_by([7, 8]), compared_by([9])),
    "tournament": (played_by("x"), played_by("y")),
    "study": (studied_by(7), studied_by(8)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_calls_of_one_folder_share_the_limit_whatever_they_compare(tmp_path: Path, name: str) -> None:
    """The runs of the second call are all new; a call without a limit counts for later ones, too."""
    first, second = OTHERS[name]

    assert sent(first, tmp_path / "a", max_calls=10)[0] == 10
    n, reason = sent(second, tmp_path / "a", max_calls=10)
    assert (n, f"the 10 requests of {name}(max_calls=...) are made" in reason) == (0, True)
    assert sent(second, tmp_path / "a", max_calls=14)[0] == 4
    assert sent(second, tmp_path / "b", max_calls=10)[0] == 10


def test_runs_that_belong_to_no_call_do_not_count_in_its_folder(tmp_path: Path) -> None:
    """Nor do runs that --fresh has set aside; those of a study count for one of its steps."""

    async def own_run(out: Path, **options: Any) -> None:
        await arun(answer, prompts=PROMPTS, out=out / "own", generator=Generator("fake/m"), **options)

    assert sent(own_run, tmp_path)[0] == 8
    assert sent(compared_by([1]), tmp_path, n=6)[0] == 6
    assert sent(compared_by([1]), tmp_path, n=6, fresh=True)[0] == 6
    assert sent(compared_by([2]), tmp_path, max_calls=10)[0] == 4
    assert sent(studied_by(3), tmp_path / "study", max_calls=12)[0] == 12
    assert sent(compared_by([4]), tmp_path / "study" / "runs" / "evaluators", max_calls=13)[0] == 3


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
