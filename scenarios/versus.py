"""Versus: a candidate answer against an opponent's. The paper's win rates are shares of these verdicts (section 5).

The candidate is draft A of the verdict, the opponent draft B. Differs from the paper: both seat orders by default.
"""

from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios.select_best import Compare


async def versus(
    talk: Conversation,
    prompt: Message[Prompt],
    candidate: Message[Draft],
    opponent: Message[Draft],
    *,
    evaluator: Compare,
) -> Message[Verdict]:
    """The evaluator's verdict; two identical texts are a tie, and no model is asked."""
    if candidate.content.text == opponent.content.text:
        same = Verdict(decision="tie", explanation="the two answers are identical")
        return talk.record(same, candidate, opponent, author="versus")
    return await evaluator(talk, prompt, candidate, opponent)
