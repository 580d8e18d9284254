"""RunSpec: a call of `run(...)` with every option resolved from arguments, command line and settings, not yet begun."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from fellowship.runners.agent_binding import AgentBindings, AnyAgent
from fellowship.runners.budget import BudgetLimits
from fellowship.runners.fork_point import ForkPoint
from fellowship.runners.inputs import Source
from fellowship.runners.reuse import ReusableReplies
from fellowship.runners.router import Router
from fellowship.runners.scenario_function import Scenario, n_candidates, takes_any_number, without_bound_keywords
from fellowship.runners.session import Session
from fellowship.runners.workers import StopSignal
from fellowship.settings.prices import Prices
from fellowship.settings.settings import Settings
from fellowship.storage.journal import SqliteJournal


@dataclass(frozen=True)
class RunSpec:
    """Everything that a run needs; `arun` documents the options.

    arguments, options  as the script gave them, for another call of `arun` by a dry run
    bindings            the arguments with agents ready to be asked
    config              scenario, seed and agents as plain data, compared when the run is continued
    metadata            recorded with the run: its provenance, and for a fork what it is a fork of
    branch              the fork's place in the original conversation; None for any other run
    """

    scenario: Scenario
    arguments: Mapping[str, Any]
    options: Mapping[str, Any]
    bindings: AgentBindings
    items: Source
    seed: int
    folder: Path | None
    config: dict[str, Any]
    settings: Settings
    router: Router
    concurrency: int | None
    caps: BudgetLimits
    label: str
    reuse: Path | None
    retry_failed: bool
    accept_changes: bool
    fresh: bool
    quiet: bool
    events: TextIO | None
    metadata: dict[str, str]
    branch: ForkPoint | None = None

    @cached_property
    def total(self) -> int:
        """The number of items; InputError or ConfigurationError for the first that cannot be used."""
        return sum(1 for _ in self.items)

    @cached_property
    def prices(self) -> Prices:
        """The prices of completions in this run."""
        return Prices(self.settings, self.router.address)

    def agents(self) -> Iterator[AnyAgent]:
        """Every agent that may be asked; in a fork also the changed ones."""
        yield from self.bindings.agents()
        if self.branch is not None:
            yield from map(self.branch.changed, self.bindings.agents())

    def session(self, journal: SqliteJournal, stop: StopSignal, replies: ReusableReplies | None = None) -> Session:
        """A session over the run's items, without a budget: `execute` opens it, where requests may be sent."""
        return Session(
            scenario=without_bound_keywords(self.scenario)[0],
            arguments=self.bindings.arguments,
            drafts=None if takes_any_number(self.scenario) else n_candidates(self.scenario),
            seed=self.seed,
            journal=journal,
            router=self.router,
            stop=stop,
            retry_failed=self.retry_failed,
            accept_changes=self.accept_changes,
            price=self.prices,
            replies=replies,
            branch=self.branch,
        )
