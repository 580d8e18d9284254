"""Combined scoring: both answers at once, each scored out of N; the scores are compared."""

from fellowship.agents.reading import read_seat_scores
from fellowship.agents.strategy import JUDGE_OF_TWO, REASON_FIRST, Reading, Strategy
from fellowship.protocols.content import winner


def combined_strategy(out_of: float) -> Strategy:
    """Both answers scored in one reply."""

    def read(text: str) -> Reading:
        scores = read_seat_scores(text, out_of=out_of)
        return Reading(winner(scores.a, scores.b), scores.a, scores.b)

    return Strategy(
        name="combined",
        instructions=JUDGE_OF_TWO,
        reply_form=REASON_FIRST + f"these two lines:\nScore A: X/{out_of:g}\nScore B: Y/{out_of:g}",
        out_of=out_of,
        read_pair=read,
    )
