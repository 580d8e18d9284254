"""Independent scoring: each answer alone, scored out of N; the scores are compared."""

from functools import partial

from fellowship.agents.reading import read_score
from fellowship.agents.strategy import FAIRNESS, REASON_FIRST, Strategy


def independent_strategy(out_of: float) -> Strategy:
    """Each answer scored in a reply of its own."""
    return Strategy(
        name="independent",
        instructions="You are an impartial judge of an answer to a question. " + FAIRNESS,
        reply_form=REASON_FIRST + f"this line:\nOverall score: X/{out_of:g}",
        out_of=out_of,
        read_single=partial(read_score, out_of=out_of),
    )
