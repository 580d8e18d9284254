"""Select best: drafts are compared in sequence, and each winner meets the next (how the paper selects an iteration).

On a tie the later draft is kept, as in the paper. After an inconsistent or failed verdict the earlier one is kept.
(The paper's second stage kept the loser by mistake; ours keeps the winner.)
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.errors import ReplyNotParsed
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message

Compare: TypeAlias = Callable[
    [Conversation, Message[Prompt], Message[Draft], Message[Draft]], Awaitable[Message[Verdict]]
]


async def select_best(
    talk: Conversation, prompt: Message[Prompt], *drafts: Message[Draft], evaluator: Compare
) -> Message[Draft]:
    """The winning draft. `evaluator` is any scenario of two drafts, such as `partial(judge, judge=Judge(...))`.

    ValueError without drafts; ReplyNotParsed if every verdict failed, as then nothing was selected.
    """
    if not drafts:
        raise ValueError("select_best needs at least one draft")
    champion = drafts[0]
    failures: list[str] = []
    n_stages = 0
    for stage, challenger in enumerate(drafts[1:], start=1):
        if challenger.content.text == champion.content.text:
            continue
        n_stages += 1
        verdict = await evaluator(talk.lane(f"stage_{stage}"), prompt, champion, challenger)
        if verdict.content.reason is not None:
            failures.append(verdict.content.reason)
        if verdict.content.decision in ("B", "tie"):
            champion = challenger
    if failures and len(failures) == n_stages:
        raise ReplyNotParsed(f"none of {n_stages} comparisons could be decided: {failures[0]}", raw="")
    return champion
