"""RunSpec: a call of `run(...)` with every option resolved from arguments, command line and settings, not yet begun."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from fellowship.runners.agent_binding import AgentBindings, AnyAgent
from fellowship.runners.ask import AskContext
from fellowship.runners.budget import SharedPot
from fellowship.runners.conversation import LiveConversation, seed_of
from fellowship.runners.inputs import Source
from fellowship.runners.limit_pot import BudgetLimits
from fellowship.runners.providers import Providers
from fellowship.runners.resume import ForkPoint
from fellowship.runners.run_signature import RunOptions
from fellowship.runners.scenario_function import Scenario, never_asked
from fellowship.settings.prices import Prices
from fellowship.settings.settings import Settings
from fellowship.storage.input_survey import InputSurvey


@dataclass(frozen=True)
class RunSpec:
    """Everything that a run needs.

    arguments  of the scenario, as the script gave them, for a dry run
    options    of the run, those of the command line in place of the script's
    bindings   the arguments with agents ready to be asked
    config     scenario, seed and agents as plain data, compared when the run is continued
    advice     the end of an error about changed settings
    metadata   recorded with the run: its provenance, and for a fork what it is a fork of
    branch     the fork's place in the original conversation; None for any other run
    only       the positions of the items whose conversations this start carries out; None for all
    own_replies   whether the run that is reused is an earlier state of this one: conversations have the replies of
               their id
    is_dry     whether only simulated models are asked, so that failures of all conversations are no reason to stop
    pots       limits that the run shares with other runs: those of a call, then those of the command
    """

    scenario: Scenario
    arguments: Mapping[str, Any]
    options: RunOptions
    bindings: AgentBindings
    items: Source
    folder: Path | None
    config: dict[str, Any]
    settings: Settings
    providers: Providers
    events: TextIO | None
    metadata: dict[str, str]
    branch: ForkPoint | None = None
    only: frozenset[int] | None = None
    own_replies: bool = False
    is_dry: bool = False
    advice: str = ""
    pots: tuple[SharedPot, ...] = ()

    @property
    def caps(self) -> tuple[BudgetLimits, ...]:
        """All limits that hold for the run."""
        return (self.options.caps, *(pot.caps for pot in self.pots))

    @cached_property
    def survey(self) -> InputSurvey:
        """What was read of the input; InputError or ConfigurationError for the first defect."""
        return self.items.survey()

    @property
    def total(self) -> int:
        """The number of items; InputError or ConfigurationError for the first that cannot be used."""
        return self.survey.n_items

    @property
    def n_carried_out(self) -> int:
        """The number of conversations that this start carries out, finished ones included."""
        return self.total if self.only is None else len(self.only)

    @cached_property
    def prices(self) -> Prices:
        """The prices of completions in this run."""
        return Prices(self.settings, self.providers.address)

    def agents(self) -> Iterator[AnyAgent]:
        """Every agent that may be asked; in a fork also the changed ones."""
        yield from self.bindings.agents()
        yield from self.changed_agents()

    def agents_to_ask(self) -> Iterator[AnyAgent]:
        """The same without those that this scenario never asks with these arguments."""
        yield from self.bindings.agents(without=never_asked(self.scenario, self.bindings.arguments))
        yield from self.changed_agents()

    def changed_agents(self) -> Iterator[AnyAgent]:
        """The agents of a fork from its message on; none in any other run."""
        if self.branch is not None:
            yield from map(self.branch.changed, self.bindings.agents())

    def seed_of(self, conversation: str) -> int:
        """The seed of one of the run's conversations."""
        return seed_of(self.options.seed, conversation) if self.branch is None else self.branch.seed

    def talk(self, id: str, context: AskContext) -> LiveConversation:
        """One of the run's conversations before its first step; in a fork with the changed agents."""
        if self.branch is not None:
            context = replace(context, agent_for=self.branch.agent_for)
        return LiveConversation(id, self.seed_of(id), context)
