"""LLM feedback loop: a generator writes, reviewers score and advise, the generator rewrites (paper, section 5).

A round is one draft and its reviews, so `rounds=3` gives three drafts, as in the paper. Differs from the paper: the
generator sees the prompt, its latest draft and the latest critiques, not the whole history; the last draft is
reviewed too, so that every draft has a score; and `stop_at` may end the loop early.
"""

from collections.abc import Sequence

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.content import Critique, Draft, Prompt
from fellowship.protocols.exact import exact, exact_mean
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios.concurrency import gather_in_order
from fellowship.scenarios.select_best import Compare, select_best


async def feedback_loop(
    talk: Conversation,
    prompt: Message[Prompt],
    *,
    generator: Generator,
    reviewer: Reviewer | Sequence[Reviewer],
    rounds: int = 3,
    stop_at: float | None = None,
    evaluator: Compare | None = None,
) -> Message[Draft]:
    """The last draft; with an `evaluator`, the draft it finds best.

    `stop_at` in [0, 1]: stop when the mean score reaches this share of the scale, compared exactly. ValueError if
    it is outside, or `rounds` is below 1. Several reviewers are asked concurrently, and none sees another's critique.
    """
    refuse_rounds(rounds, stop_at)
    reviewers = list(reviewer) if isinstance(reviewer, Sequence) else [reviewer]
    drafts: list[Message[Draft]] = []
    critiques: list[Message[Critique]] = []
    for _ in range(rounds):
        drafts.append(await talk.ask(generator, prompt, *drafts[-1:], *critiques))
        critiques = await gather_in_order(*(talk.ask(each, prompt, drafts[-1]) for each in reviewers))
        if stop_at is not None and _satisfied(critiques, stop_at):
            break
    if evaluator is None or len(drafts) == 1:
        return drafts[-1]
    return await select_best(talk, prompt, *drafts, evaluator=evaluator)


def refuse_rounds(rounds: int, stop_at: float | None) -> None:
    """ValueError for less than a round, and for a share outside [0, 1]."""
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}; expected at least 1")
    if stop_at is not None and not 0 <= stop_at <= 1:
        raise ValueError(f"stop_at is {stop_at}; expected a share of the scale from 0 to 1, such as 0.8")


def _satisfied(critiques: Sequence[Message[Critique]], stop_at: float) -> bool:
    scores = [(each.content.score, each.content.out_of) for each in critiques]
    shares = [exact(score) / exact(out_of) for score, out_of in scores if score is not None]
    return bool(shares) and exact_mean(shares) >= exact(stop_at)
