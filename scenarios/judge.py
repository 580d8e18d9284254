"""LLM-as-a-judge: one evaluator decides between two answers (paper, section 2 of its method).

Differs from the paper: both seat orders are judged unless `seats="as given"`, and an unreadable reply is a failure
and not a tie.
"""

from fellowship.agents.judge import Judge
from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios.seat_orders import Seats, judge_pair


async def judge(
    talk: Conversation,
    prompt: Message[Prompt],
    a: Message[Draft],
    b: Message[Draft],
    *,
    judge: Judge,
    seats: Seats = "both",
) -> Message[Verdict]:
    """The judge's verdict between two drafts."""
    return await judge_pair(talk, judge, prompt, a, b, seats=seats)
