"""Debater: discusses two answers from a persona's point of view, then scores them in a separate ballot."""

from functools import cached_property
from typing import Any, Unpack

from fellowship.agents.agent import Agent, AgentOptions
from fellowship.agents.evaluator import Evaluator, spoken_from
from fellowship.agents.personas import CRITIC as CRITIC
from fellowship.agents.personas import GENERAL_PUBLIC as GENERAL_PUBLIC
from fellowship.agents.personas import PERSONAS as PERSONAS
from fellowship.agents.personas import PSYCHOLOGIST as PSYCHOLOGIST
from fellowship.agents.personas import GivenPersona, persona_of
from fellowship.agents.reading import UnreadableReply
from fellowship.agents.strategy import DEFAULT_CRITERIA, FAIRNESS, Strategy
from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import NOT_WHOLE, Completion, Sampling
from fellowship.protocols.content import Argument, Vote
from fellowship.protocols.errors import InvalidArgument

DEBATE = (
    "Together with others you assess two answers to one question, A and B. " + FAIRNESS + " "
    "Read what the others have said so far, then add your own view in a short paragraph: agree, disagree or bring up "
    "what was overlooked. Speak for yourself alone."
)
BALLOT = (
    "You have discussed two answers to one question, A and B, with others. " + FAIRNESS + " "
    "The discussion is over. Taking it into account, score both answers as you see them."
)


class Debater(Agent[Argument]):
    """Argues from a persona's point of view; `ballot` is the same persona, which scores after the discussion."""

    instructions = DEBATE
    default_criteria = DEFAULT_CRITERIA
    default_sampling = Sampling(temperature=0.0, max_tokens=512)
    shows_seats = True
    reads_cut_off = True

    def __init__(
        self,
        model: str | ChatCompletionClient | None = None,
        *,
        persona: GivenPersona = GENERAL_PUBLIC,
        strategy: str | Strategy = "combined-10",
        **options: Unpack[AgentOptions],
    ) -> None:
        """As for every agent; `strategy` is that of the final ballot. The default name is the persona's."""
        self.persona = persona_of(persona)
        options.setdefault("name", self.persona.name)
        super().__init__(model, **options)
        self.strategy = Strategy.of(strategy)
        if self.strategy.one_at_a_time:
            msg = f"strategy '{self.strategy}': a ballot is about both answers at once; expected combined-N or direct"
            raise InvalidArgument(msg)
        self.persona_text = spoken_from(self.persona)

    def reply_form(self) -> str:
        """A short paragraph."""
        return "Reply with one paragraph of at most 120 words."

    def parse(self, completion: Completion) -> Argument:
        """The text without surrounding white space."""
        text = completion.text.strip()
        if not text:
            raise UnreadableReply("missing", "argument", f"expected an argument, got no text ({completion.finish})")
        return Argument(text=text, truncated=completion.finish in NOT_WHOLE)

    @cached_property
    def ballot(self) -> "Ballot":
        """The same persona on the same model, casting its vote."""
        options: AgentOptions = {**self.options, "name": f"{self.name}_ballot", "instructions": BALLOT}
        ballot = Ballot(self.model, strategy=self.strategy, persona=self.persona, **options)
        ballot.part_of = self.name
        return ballot

    def described(self) -> dict[str, Any]:
        """With the ballot, whose instructions and sampling differ from the argument's."""
        return {**super().described(), "ballot": self.ballot.system_text, "ballot_sampling": self.ballot.settings}


class Ballot(Evaluator[Vote]):
    """A debater's vote after the discussion."""
