"""A script planned: each of its runs rehearsed on a sample of its prompts; then, if wanted, its pilot carried out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.providers.catalog import nothing_opened
from fellowship.runners.call import Call
from fellowship.runners.config import scenario_name
from fellowship.runners.overrides import Overrides, current, overriding
from fellowship.runners.plan.asks import Who, by_conversation
from fellowship.runners.plan.forecast import Forecast, Rehearsed, forecast
from fellowship.runners.plan.lengths import lengths, tokens_per_ask
from fellowship.runners.plan.rehearsal import refuse_failing, rehearsed
from fellowship.runners.plan.standin import made_up
from fellowship.runners.plan.standing import Standing, standing
from fellowship.runners.run import MEMORY, arun
from fellowship.runners.session import conversation_id
from fellowship.runners.summary import RunSummary, collecting
from fellowship.storage.spent import spent

SAMPLE = 20
N_SEEDS = 3
OUTSIDE = "it is asked outside of run(...), which cannot be planned"


@dataclass(frozen=True, slots=True)
class Planned:
    """A run of the script, and its rehearsals."""

    call: Call
    rehearsed: Rehearsed

    def forecast(self) -> Forecast:
        """By what the run's folder holds now."""
        return forecast(self.call, self.rehearsed, standing(self.call))


@contextmanager
def planning(overrides: Overrides) -> Iterator[list[Planned]]:
    """Inside the block every `run(...)` is rehearsed instead of carried out; what was learnt, run by run."""
    plans: list[Planned] = []

    async def plan(call: Call) -> RunSummary:
        stands = standing(call)
        positions, items = _sample(call, stands)
        runs = [await rehearsed(call, items, seed=seed, sim_as_it_is=True) for seed in _seeds(call) if items]
        for run in runs:
            refuse_failing(run)
        plans.append(Planned(call, _learnt(runs)))
        return await made_up(call, stands, positions, runs[0].recorded if runs else None)

    with overriding(replace(overrides, instead=plan)), nothing_opened(OUTSIDE):
        yield plans


@contextmanager
def piloting(overrides: Overrides, n: int) -> Iterator[None]:
    """Inside the block every `run(...)` is carried out on its first `n` prompts, in its own folder."""

    async def pilot(call: Call) -> RunSummary:
        if call.folder is None:
            name = scenario_name(call.scenario)
            msg = f"the run of {name} keeps nothing, so its pilot would be paid for twice; give it a folder with --out"
            raise ConfigurationError(msg)
        stage = replace(current(), prompts=None, out=None, n=min(n, call.total), seed=None, instead=None)
        with overriding(stage), collecting():
            return await arun(call.scenario, **_as_called(call), **call.arguments)

    with overriding(replace(overrides, instead=pilot)):
        yield


def _as_called(call: Call) -> Mapping[str, Any]:
    prompts = call.items.prompts
    out = MEMORY if call.folder is None else call.folder
    return {**call.options, "prompts": prompts, "out": out, "seed": call.seed, "concurrency": call.concurrency}


def _sample(call: Call, stands: Standing) -> tuple[list[int], list[Item]]:
    """Up to twenty of the prompts that are left, spread over all of them."""
    n_pending = call.total - len(stands.done)
    chosen = {number * n_pending // min(SAMPLE, n_pending) for number in range(min(SAMPLE, n_pending))}
    sample = [each for number, each in enumerate(stands.pending(call)) if number in chosen]
    return [position for position, _ in sample], [item for _, item in sample]


def _seeds(call: Call) -> range:
    return range(call.seed, call.seed + N_SEEDS)


def _learnt(runs: Sequence[RunSummary]) -> Rehearsed:
    asks = [counts for run in runs for counts in _asks(run)]
    return Rehearsed(asks, tokens_per_ask(chain.from_iterable(lengths(run.recorded) for run in runs)))


def _asks(run: RunSummary) -> list[dict[Who, int]]:
    names = [conversation_id(position) for position in range(len(run))]
    return by_conversation(names, spent(run.recorded))
