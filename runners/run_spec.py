"""A call of `run(...)`, with what the command line and the settings make of it: all is decided, nothing is begun."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from fellowship.runners.agent_binding import AgentBindings, AnyAgent
from fellowship.runners.budget import BudgetLimits, open_budget
from fellowship.runners.fork_point import ForkPoint
from fellowship.runners.inputs import Source
from fellowship.runners.reuse import ReusableReplies
from fellowship.runners.router import Router
from fellowship.runners.scenario_function import Scenario, n_candidates, takes_any_number, without_bound_keywords
from fellowship.runners.session import Session
from fellowship.runners.workers import StopSignal
from fellowship.settings.model import Settings
from fellowship.settings.prices import Prices
from fellowship.storage.journal import SqliteJournal


@dataclass(frozen=True)
class RunSpec:
    """See `arun` for what these are; it is called once more with `arguments` and `options` as the script gave them.

    company  the cast arguments
    config   how scenario, seed and cast are compared with an earlier start's
    facts    put down with the run: where it came from, and for a fork of what
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
        """How many items there are; InputError or ConfigurationError for the first that cannot be used."""
        return sum(1 for _ in self.items)

    @cached_property
    def prices(self) -> Prices:
        """What completions cost in this run."""
        return Prices(self.settings, self.router.address)

    def agents(self) -> Iterator[AnyAgent]:
        """Every agent that may ask something."""
        yield from self.bindings.agents()
        if self.branch is not None:
            yield from map(self.branch.changed, self.bindings.agents())

    def session(self, journal: SqliteJournal, stop: StopSignal, replies: ReusableReplies | None = None) -> Session:
        """One pass over the run, within its budget."""
        if self.caps.is_any:
            self.router.budget = open_budget(self.caps, self.prices, journal, self.agents())
        return Session(
            scenario=without_bound_keywords(self.scenario)[0],
            arguments=self.bindings.arguments,
            drafts=None if takes_any_number(self.scenario) else n_candidates(self.scenario),
            seed=self.seed,
            journal=journal,
            router=self.router,
            stop=stop,
            retry_failed=self.retry_failed,
            price=self.prices,
            replies=replies,
            branch=self.branch,
        )
