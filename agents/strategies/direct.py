"""Direct comparison: both answers at once; the reply names the better one or a tie."""

from fellowship.agents.reading import read_choice
from fellowship.agents.strategy import JUDGE_OF_TWO, REASON_FIRST, Reading, Strategy


def _read(text: str) -> Reading:
    return Reading(read_choice(text))


direct_strategy = Strategy(
    name="direct",
    instructions=JUDGE_OF_TWO,
    reply_form=REASON_FIRST + "this line, naming the better answer, or C for a tie:\nAnswer: A or B or C",
    read_pair=_read,
)
