"""What both sides are asked to do: feedback loops of 6 calls, on a reply that is an answer and a review at once."""

from collections import defaultdict
from typing import Any

from fellowship import Generator, Reviewer, arun
from fellowship.protocols.completions import Request
from fellowship.scenarios import feedback_loop
from fellowship.testing import ScriptedProvider

ROUNDS = 3
CALLS = 2 * ROUNDS
MODEL = "bench/canned"
REPLY = (
    "- Say where the rule comes from before you use it; the reader meets it in the second sentence unprepared.\n"
    "- The third example repeats the first. Replace it with a case in which the rule fails.\n"
    "- Keep the closing line: it answers the question in words that the question itself uses.\n"
    "Overall score: 7/10"
)


def prompts(n: int) -> list[str]:
    """`n` different questions of some forty words."""
    return [
        f"Question {number}: a class of thirty sorts its books by colour, then by size, then by the date of the last "
        "loan. Which of the three orders can still be seen on the shelf afterwards, and why does it depend on how ties "
        "are broken?"
        for number in range(n)
    ]


def arguments() -> dict[str, Any]:
    """What the scenario takes."""
    return {"generator": Generator(MODEL), "reviewer": Reviewer(MODEL), "rounds": ROUNDS}


async def run_conversations(n: int, **options: Any) -> None:
    """`n` conversations by `arun`; RuntimeError unless each of them came to its end."""
    summary = await arun(feedback_loop, prompts=prompts(n), quiet=True, **arguments(), **options)
    if summary.n_finished != n or summary.n_asked != n * CALLS:
        msg = f"{summary.n_finished} of {n} conversations finished, with {summary.n_asked} calls"
        raise RuntimeError(msg)


async def requests(n: int) -> list[list[Request]]:
    """The requests that `run_conversations(n)` sends, conversation by conversation, in order."""
    provider = ScriptedProvider(lambda request: REPLY)
    await run_conversations(n, out=":memory:", providers={"bench": provider})
    by_conversation: dict[str, list[Request]] = defaultdict(list)
    for request in provider.requests:
        by_conversation[request.key.conversation].append(request)
    return list(by_conversation.values())
