"""The estimate of a script: dry runs of each of its runs on a sample of the prompts, and, on request, a pilot."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain

from fellowship.estimates.ask_counts import AgentModel, by_conversation
from fellowship.estimates.dry_run import dry_run
from fellowship.estimates.run_estimate import RunEstimate, RunState, estimate_run, read_run_state
from fellowship.estimates.token_lengths import TokensPerAsk, tokens_per_ask
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.providers.catalog import providers_disabled
from fellowship.runners.execution import execute
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.own_contents import own_contents
from fellowship.runners.resume import conversation_id
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import scenario_name
from fellowship.runners.summary import RunSummary, summarize
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.run_stats import agent_usage

SAMPLE_SIZE = 20
N_SEEDS = 3
OUTSIDE_RUN = "it is asked outside of run(...), which cannot be planned"


@dataclass(frozen=True, slots=True)
class ScriptEstimate:
    """A run of the script; the asks of each conversation of its dry runs, and the tokens of an ask by agent."""

    spec: RunSpec
    asks: Sequence[Mapping[AgentModel, int]]
    tokens: Mapping[AgentModel, TokensPerAsk]

    def estimate_run(self) -> RunEstimate:
        """The estimate for the current state of the run's folder."""
        return estimate_run(self.spec, self.asks, self.tokens, read_run_state(self.spec))


@contextmanager
def estimate_script(overrides: Overrides) -> Iterator[list[ScriptEstimate]]:
    """Inside the block every `run(...)` is a dry run; the list has an estimate for each, in their order."""
    estimates: list[ScriptEstimate] = []

    async def estimate(spec: RunSpec) -> RunSummary:
        state = read_run_state(spec)
        sample = _pending_sample(spec, state)
        seeds = range(spec.options.seed, spec.options.seed + N_SEEDS) if sample else ()
        dry_runs = [await dry_run(spec, [*sample.values()], seed=seed, keep_simulated=True) for seed in seeds]
        recorded = [summary.recorded for summary in dry_runs]
        ids = list(map(conversation_id, range(len(sample))))
        asks = chain.from_iterable(by_conversation(ids, agent_usage(run)) for run in recorded)
        estimates.append(ScriptEstimate(spec, list(asks), tokens_per_ask(recorded)))
        return await _placeholder_run(spec, state, [*sample], recorded[0] if recorded else None)

    with overriding(replace(overrides, intercept=estimate)), providers_disabled(OUTSIDE_RUN):
        yield estimates


@contextmanager
def run_pilot(overrides: Overrides, n: int) -> Iterator[None]:
    """Inside the block every `run(...)` is executed on its first `n` prompts, in its own folder."""

    async def pilot(spec: RunSpec) -> RunSummary:
        if spec.folder is None:
            name = scenario_name(spec.scenario)
            msg = f"the run of {name} keeps nothing, so its pilot would be paid for twice; give it a folder with --out"
            raise ConfigurationError(msg)
        return await execute(replace(spec, items=replace(spec.items, n=min(n, spec.total))))

    with overriding(replace(overrides, intercept=pilot)):
        yield


def _pending_sample(spec: RunSpec, state: RunState) -> dict[int, Item]:
    """At most SAMPLE_SIZE pending prompts by position, spread evenly over all that are pending."""
    pending = [position for position in range(spec.total) if position not in state.done]
    n_chosen = min(SAMPLE_SIZE, len(pending))
    chosen = {pending[number * len(pending) // n_chosen] for number in range(n_chosen)}
    return {position: item for position, item in enumerate(spec.items) if position in chosen}


async def _placeholder_run(
    spec: RunSpec, state: RunState, positions: Sequence[int], simulated: RecordedRun | None
) -> RunSummary:
    """The summary that an estimated run returns to its script, which may use it for a later run, in its full size.

    It has the finished conversations, and those of the dry run at `positions`; their outcomes fill all other places.
    """
    journal = SqliteJournal(None)
    journal.set(scenario=str(spec.config["scenario"]), simulated="true")
    places = {position: number for number, position in enumerate(positions)}
    with RecordedRun.open(spec.folder) if state.done and spec.folder else nullcontext() as run:
        for position, item in enumerate(spec.items):
            id = conversation_id(position)
            if position in state.done and run is not None:
                journal.copy_conversation(run.connection, id, id, position, item, whole=True)
            elif simulated is not None:
                source = conversation_id(places.get(position, position % len(positions)))
                journal.copy_conversation(simulated.connection, source, id, position, item, whole=position in places)
    journal.connection.commit()
    await journal.close()
    own = own_contents(spec.scenario, spec.agents())
    return summarize(RecordedRun(journal.connection, None, own), spec.total, 0)
