"""What a type checker must accept: calls of `run` and `arun` with scenarios of any number of drafts.

Never run: the check is `mypy`, strict, and pyright. What they must find wrong is in `test_type_checkers.py`.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fellowship import Conversation, Draft, Generator, Judge, Juror, Message, Prompt, Reviewer, RunSummary, arun, run
from fellowship.scenarios import answer, debate, feedback_loop, judge, jury, panel, select_best, versus

MODEL = "sim/mid"


async def polish(
    talk: Conversation, prompt: Message[Prompt], draft: Message[Draft], *, generator: Generator
) -> Message[Draft]:
    """A scenario of one draft."""
    return await talk.ask(generator, prompt, draft)


async def merge(
    talk: Conversation, prompt: Message[Prompt], *drafts: Message[Draft], generator: Generator, brief: bool = False
) -> Message[Draft]:
    """A scenario of any number of drafts."""
    return await talk.ask(generator, prompt, *(drafts[:1] if brief else drafts))


def every_built_in_scenario() -> RunSummary:
    """With its own agents and arguments, and options of the run."""
    run(answer, prompts=["Why?"], out=":memory:", generator=Generator(MODEL))
    run(feedback_loop, prompts="p.jsonl", generator=Generator(MODEL), reviewer=[Reviewer(MODEL)], rounds=2, budget=1.5)
    run(judge, prompts="p.jsonl", judge=Judge(MODEL), seats="both", n=10, max_calls=100)
    run(jury, prompts="p.jsonl", jurors=[Juror(MODEL), Juror(MODEL)], rule="mean")
    run(debate, prompts="p.jsonl", debaters=panel(MODEL), rounds=1, concurrency=4)
    run(versus, prompts="p.jsonl", evaluator=partial(judge, judge=Judge(MODEL)))
    return run(select_best, prompts="p.jsonl", evaluator=partial(judge, judge=Judge(MODEL)), seed=3)


def scenarios_of_a_user() -> None:
    """Of one draft, of any number, and with an argument filled in."""
    run(polish, prompts="p.jsonl", generator=Generator(MODEL))
    run(merge, prompts="p.jsonl", generator=Generator(MODEL), brief=True)
    run(partial(polish, generator=Generator(MODEL)), prompts="p.jsonl")


async def arguments_from_elsewhere(arguments: Mapping[str, Any]) -> int:
    """A mapping of any values is not checked; the result has its type."""
    summary = await arun(judge, prompts="p.jsonl", **arguments)
    return summary.n_finished
