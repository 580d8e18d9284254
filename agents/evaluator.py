"""Evaluator: the base of judge, juror and a debater's ballot, with a strategy, a persona, and reading the decision."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar, Unpack

from fellowship.agents.agent import Agent, AgentOptions
from fellowship.agents.personas import GivenPersona, persona_of
from fellowship.agents.strategy import DEFAULT_CRITERIA, Strategy
from fellowship.protocols.autogen import ChatCompletionClient
from fellowship.protocols.completions import Completion, Sampling
from fellowship.protocols.content import ChatMessage, Content, Persona, Score
from fellowship.protocols.messages import Message

DecisionT = TypeVar("DecisionT", bound=Content)


class Evaluator(Agent[DecisionT]):
    """Decides between the two drafts it is shown: the first sits in seat A, the second in seat B."""

    default_criteria = DEFAULT_CRITERIA
    default_sampling = Sampling(temperature=0.0, max_tokens=1024)
    shows_seats = True
    part_read = "verdict"

    def __init__(
        self,
        model: str | ChatCompletionClient | None = None,
        *,
        strategy: str | Strategy = "combined-10",
        persona: GivenPersona | None = None,
        **options: Unpack[AgentOptions],
    ) -> None:
        """As for every agent; `strategy` is `direct`, `independent-N` or `combined-N`; `persona` a point of view.

        A persona is a Persona, or the name of one of the paper's: general_public, psychologist, critic.
        """
        super().__init__(model, **options)
        self.strategy = Strategy.of(strategy)
        self.persona = None if persona is None else persona_of(persona)
        self.persona_text = "" if self.persona is None else spoken_from(self.persona)
        self.own_instructions = options.get("instructions", self.instructions or self.strategy.instructions)

    @property
    def reply_name(self) -> str:
        """The reply with its strategy."""
        return f"{self.reply.__name__}/{self.strategy}"

    def reply_form(self) -> str:
        """The strategy's."""
        return self.strategy.reply_form

    def render(self, messages: Sequence[Message[Any]]) -> tuple[ChatMessage, ...]:
        """The question and the two answers, by seat. ValueError for independent scoring, which `rater` is for."""
        if self.shows_seats and self.strategy.one_at_a_time:
            msg = f"{self.name} scores one answer at a time ({self.strategy}); ask its rater, or use the scenario judge"
            raise ValueError(msg)
        return super().render(messages)

    def parse(self, completion: Completion) -> DecisionT:
        """The decision, read from the whole text."""
        if self.strategy.read_pair is None:
            raise ValueError(f"the strategy {self.strategy} reads a reply about one answer only")
        reading = self.strategy.read_pair(completion.text)
        return self.reply(  # type: ignore[return-value]
            decision=reading.decision,
            score_a=reading.score_a,
            score_b=reading.score_b,
            out_of=self.strategy.out_of,
            explanation=completion.text.strip(),
        )

    @cached_property
    def rater(self) -> "Rater":
        """The same evaluator, asked about one answer at a time (independent scoring)."""
        own: AgentOptions = {"name": self.name, "instructions": self.own_instructions, "sampling": self.sampling}
        options: AgentOptions = {**self.options, **own}
        return Rater(self.model, strategy=self.strategy, persona=self.persona, **options)


class Rater(Evaluator[Score]):
    """Scores one answer without seeing the other."""

    kind = "rater"
    shows_seats = False
    part_read = "score"

    def parse(self, completion: Completion) -> Score:
        """The score, read from the whole text."""
        if self.strategy.read_single is None:
            raise ValueError(f"the strategy {self.strategy} reads a reply about two answers only")
        score = self.strategy.read_single(completion.text)
        return Score(score=score, out_of=self.strategy.out_of or 10.0, explanation=completion.text)


def spoken_from(persona: Persona) -> str:
    """A persona as instructions."""
    return f"Your part: {persona.name.replace('_', ' ')}. {persona.description}"
