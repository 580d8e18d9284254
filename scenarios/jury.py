"""LLMs-as-a-jury: several jurors vote, a rule makes one verdict of the votes (paper, section 3 of its method).

Differs from the paper: both seat orders, so a juror may be inconsistent and then abstains; and unreadable votes
abstain instead of counting as ties, or make the verdict failed where they could decide.
"""

from collections.abc import Sequence

from fellowship.agents.juror import Juror
from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.scenarios.aggregation import Rule, aggregate_possible, refuse_without_scores
from fellowship.scenarios.concurrency import gather_in_order
from fellowship.scenarios.seat_orders import Seats, judge_pair_possible


async def jury(
    talk: Conversation,
    prompt: Message[Prompt],
    a: Message[Draft],
    b: Message[Draft],
    *,
    jurors: Sequence[Juror],
    rule: Rule = "majority",
    seats: Seats = "both",
) -> Message[Verdict]:
    """The jury's verdict. No juror sees another's vote. ValueError when the rule cannot count their votes."""
    refuse_without_scores(jurors, rule)
    judged = await gather_in_order(*(judge_pair_possible(talk, juror, prompt, a, b, seats=seats) for juror in jurors))
    votes = [each.message for each in judged]
    found = aggregate_possible([vote.content for vote in votes], [each.possible for each in judged], rule)
    return talk.record(found.verdict, *votes, author="jury")
