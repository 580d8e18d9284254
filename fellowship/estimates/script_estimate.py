"""The estimate of a script: dry runs of each of its runs on a sample of the prompts, and, on request, a pilot."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain

from fellowship.estimates.ask_counts import AgentModel, by_conversation
from fellowship.estimates.dry_run import dry_run, refuse_failing
from fellowship.estimates.placeholder_run import placeholder_run
from fellowship.estimates.run_estimate import DryRunSample, RunEstimate, estimate_run
from fellowship.estimates.run_state import RunState, read_run_state
from fellowship.estimates.token_lengths import sampled_lengths, tokens_per_ask
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.providers.catalog import providers_disabled
from fellowship.runners.execution import execute
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.resume import conversation_id
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import scenario_name
from fellowship.runners.summary import RunSummary
from fellowship.runners.workers import StopSignal
from fellowship.storage.usage import agent_usage

SAMPLE_SIZE = 20
N_SEEDS = 3
OUTSIDE_RUN = "it is asked outside of run(...), which cannot be planned"


@dataclass(frozen=True, slots=True)
class ScriptEstimate:
    """A run of the script, and the sample of its dry runs."""

    spec: RunSpec
    sample: DryRunSample

    def estimate_run(self) -> RunEstimate:
        """The estimate for the current state of the run's folder."""
        return estimate_run(self.spec, self.sample, read_run_state(self.spec))


@contextmanager
def estimate_script(overrides: Overrides) -> Iterator[list[ScriptEstimate]]:
    """Inside the block every `run(...)` is a dry run; the list has an estimate for each, in their order."""
    estimates: list[ScriptEstimate] = []

    async def estimate(spec: RunSpec) -> RunSummary:
        state = read_run_state(spec)
        positions, items = _pending_sample(spec, state)
        runs = [await dry_run(spec, items, seed=seed, keep_simulated=True) for seed in _seeds(spec) if items]
        for run in runs:
            refuse_failing(run)
        estimates.append(ScriptEstimate(spec, _sample_of(runs)))
        return await placeholder_run(spec, state, positions, runs[0].recorded if runs else None)

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
        first_n = replace(spec.items, n=min(n, spec.total))
        return await execute(replace(spec, items=first_n), spec.options["stop"] or StopSignal())

    with overriding(replace(overrides, intercept=pilot)):
        yield


def _pending_sample(spec: RunSpec, state: RunState) -> tuple[list[int], list[Item]]:
    """At most SAMPLE_SIZE pending prompts with their positions, spread evenly over all that are pending."""
    n_pending = spec.total - len(state.done)
    chosen = {number * n_pending // min(SAMPLE_SIZE, n_pending) for number in range(min(SAMPLE_SIZE, n_pending))}
    sample = [each for number, each in enumerate(state.pending(spec)) if number in chosen]
    return [position for position, _ in sample], [item for _, item in sample]


def _seeds(spec: RunSpec) -> range:
    return range(spec.seed, spec.seed + N_SEEDS)


def _sample_of(runs: Sequence[RunSummary]) -> DryRunSample:
    asks = [counts for run in runs for counts in _asks(run)]
    return DryRunSample(asks, tokens_per_ask(chain.from_iterable(sampled_lengths(run.recorded) for run in runs)))


def _asks(run: RunSummary) -> list[dict[AgentModel, int]]:
    names = [conversation_id(position) for position in range(len(run))]
    return by_conversation(names, agent_usage(run.recorded))
