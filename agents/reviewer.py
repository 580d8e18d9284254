"""Reviewer: scores a draft and advises how to improve it."""

from typing import Unpack

from fellowship.agents.agent import Agent, AgentOptions
from fellowship.agents.reading import UnreadableReply, read_score
from fellowship.agents.strategy import is_scale
from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import NOT_WHOLE, Completion, Sampling
from fellowship.protocols.content import Critique
from fellowship.protocols.errors import InvalidArgument


class Reviewer(Agent[Critique]):
    """Gives a draft a score out of 10 and concrete advice.

    It does not see a prompt's reference answer, which its critique would pass on to the generator; it does see a
    `reference` among its own options.
    """

    instructions = (
        "You review an answer that somebody wrote to a question. Be fair, specific and useful to its writer: name "
        "what is wrong, what is missing and what could go, point to the place, and say what to do about it. Praise "
        "only what should be kept. Length is no merit in itself."
    )
    default_sampling = Sampling(temperature=0.0, max_tokens=1024)
    sees_reference = False

    def __init__(
        self,
        model: str | ChatCompletionClient | None = None,
        *,
        scored: bool = True,
        out_of: float = 10.0,
        **options: Unpack[AgentOptions],
    ) -> None:
        """As for every agent; `scored=False` asks for advice alone, `out_of` is the top of the scale."""
        super().__init__(model, **options)
        if not is_scale(out_of):
            raise InvalidArgument(f"{type(self).__name__}: out_of is {out_of!r}; expected a number above 0")
        self.scored = scored
        self.reads_cut_off = not scored
        self.out_of = out_of

    @property
    def reply_name(self) -> str:
        """Critique, with its scale."""
        return f"Critique/{self.out_of:g}" if self.scored else "Critique"

    def reply_form(self) -> str:
        """Advice, then one line with the score."""
        advice = "Write your advice as a short list."
        if not self.scored:
            return advice
        top = f"{self.out_of:g}"
        return f"{advice} End with a line that holds the score alone, one decimal at most:\nOverall score: X/{top}"

    def parse(self, completion: Completion) -> Critique:
        """The whole text is the critique; the score is read from it."""
        text = completion.text.strip()
        if not text:
            raise UnreadableReply("missing", "critique", f"expected a critique, got no text ({completion.finish})")
        score = read_score(text, out_of=self.out_of) if self.scored else None
        return Critique(text=text, score=score, out_of=self.out_of, truncated=completion.finish in NOT_WHOLE)
