"""The estimate of a script: dry runs of each of its runs on a sample of the prompts, and, on request, a pilot."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TypeAlias

import orjson

from fellowship.estimates.dry_run import dry_run
from fellowship.estimates.item_sample import ItemTraits, sampled_positions, sampled_shapes
from fellowship.estimates.reused_asks import ReusedAsks, reused_asks
from fellowship.estimates.run_estimate import N_SEEDS, RunEstimate, RunState, estimate_run, read_run_state
from fellowship.estimates.simulated import SimulatedConversation, simulated_conversations
from fellowship.protocols.errors import BudgetSpent, ConfigurationError, RunStopped
from fellowship.protocols.items import Item
from fellowship.providers.catalog import providers_disabled
from fellowship.runners.execution import execute
from fellowship.runners.overrides import Overrides, overriding, reach
from fellowship.runners.own_contents import own_contents
from fellowship.runners.resume import conversation_id
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import scenario_name
from fellowship.runners.summary import RunSummary, summarize
from fellowship.storage.journal import SqliteJournal, item_digest
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.run_stats import agent_uses

RunKey: TypeAlias = tuple[str, int]  # --out or the folder, and the number among the script's runs with that

SAMPLE_SIZE = 20
OUTSIDE_RUN = "it is asked outside of run(...), which cannot be planned"


@dataclass(frozen=True, slots=True)
class ScriptEstimate:
    """A run of the script; the traits of all its items, and the conversations of its dry runs.

    `simulated` are conversations without known replies; `reused` has the others. `unread` are the agents whose
    simulated replies could not be read, where no conversation of the dry runs was finished for that reason.
    """

    spec: RunSpec
    items: Sequence[ItemTraits]
    simulated: Sequence[SimulatedConversation]
    reused: ReusedAsks
    unread: tuple[str, ...] = ()

    def estimate_run(self) -> RunEstimate:
        """The estimate for the current state of the run's folder."""
        state = read_run_state(self.spec)
        return estimate_run(self.spec, self.items, self.simulated, state, self.reused, unread=self.unread)


@contextmanager
def estimate_script(overrides: Overrides) -> Iterator[list[ScriptEstimate]]:
    """Inside the block every `run(...)` is a dry run; the list has an estimate for each, in their order."""
    estimates: list[ScriptEstimate] = []

    async def estimate(spec: RunSpec) -> RunSummary:
        _ = spec.total  # reads all items: a defect names its place in the input
        state = read_run_state(spec)
        reused = await reused_asks(spec, state.done, is_first=not estimates, again=state.again)
        traits = list(map(ItemTraits.of, spec.items))
        sample = _pending_sample(spec, traits, state, reused)
        seeds = range(spec.options.seed, spec.options.seed + N_SEEDS) if sample else ()
        dry_runs = [await dry_run(spec, [*sample.values()], seed=seed, keep_simulated=True) for seed in seeds]
        recorded = [summary.recorded for summary in dry_runs]
        sampled = {conversation_id(number): traits[position] for number, position in enumerate(sample)}
        simulated = [each for run in recorded for each in simulated_conversations(run, sampled)]
        executed = recorded if reused.run is None else [*recorded, reused.run]
        estimates.append(ScriptEstimate(spec, traits, simulated, reused, _unread_agents(executed)))
        return await _placeholder_run(spec, state, [*sample], recorded[0] if recorded else None, reused)

    overrides = replace(overrides, intercept=estimate)
    with overriding(overrides, command="plan", is_dry=True), providers_disabled(OUTSIDE_RUN):
        yield estimates


@dataclass(slots=True)
class PilotPass:
    """One execution of the script by a pilot: its runs and the digests of their items, by `RunKey`.

    is_complete   every item is one of the run itself; False where some are made of simulated outcomes
    has_finished  some conversations were finished
    spent         why a limit of the script stopped a run before the end of its sample; empty if none did
    started       the folders of runs that were executed in this pass or an earlier one
    """

    number: int = 0
    specs: dict[RunKey, RunSpec] = field(default_factory=dict)
    digests: dict[RunKey, list[str]] = field(default_factory=dict)
    is_complete: bool = True
    has_finished: bool = False
    spent: str = ""
    started: set[Path] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)  # the runs may be in several threads

    @classmethod
    def of(cls, plans: Sequence[ScriptEstimate]) -> "PilotPass":
        """The pass before the first, in which every outcome was simulated or recorded."""
        this = cls()
        for plan in plans:
            this.add(plan.spec)
        return this

    def add(self, spec: RunSpec) -> RunKey:
        """Note a run of the script; its key."""
        digests, out = list(map(item_digest, spec.items)), str(spec.options.out or spec.folder)
        with self._lock:
            key = next(key for n in count() if (key := (out, n)) not in self.specs)
            self.specs[key], self.digests[key] = spec, digests
        return key

    def updated(self, plans: Sequence[ScriptEstimate]) -> list[ScriptEstimate]:
        """The plans with the items of this pass, in which more outcomes are real."""
        first = PilotPass.of(plans)
        return [
            replace(plan, spec=spec, items=list(map(ItemTraits.of, spec.items)))
            for key, plan in zip(first.specs, plans, strict=True)
            if (spec := self.specs.get(key)) is not None
        ]


@contextmanager
def run_pilot(overrides: Overrides, n: int, before: PilotPass | None = None) -> Iterator[PilotPass]:
    """Inside the block every `run(...)` executes a sample of `n` of its prompts, in its own folder.

    The script is given a summary of the whole run, as in `estimate_script`: conversations that are not finished have
    simulated outcomes, other ones in each pass. An item that a script makes of such an outcome is no item of the real
    run and must not be paid for. It differs from the pass `before`, so only items that do not differ are executed. A
    further pass executes those that have become real; it is needed if not `is_complete`, and useless if not
    `has_finished`.
    """
    started = set[Path]() if before is None else before.started
    this = PilotPass(number=1 if before is None else before.number + 1, started=started)

    async def pilot(spec: RunSpec) -> RunSummary:
        if spec.folder is None:
            name = scenario_name(spec.scenario)
            msg = f"the run of {name} keeps nothing, so its pilot would be paid for twice; give it a folder with --out"
            raise ConfigurationError(msg)
        real = _unchanged_positions(spec, this, before)
        is_new = spec.options.fresh and spec.folder not in started
        done = {} if is_new else read_run_state(spec).done
        traits = list(map(ItemTraits.of, spec.items))
        sizes = {at: item.size for at, item in enumerate(traits) if at in real}
        chosen = sampled_positions(sizes, n, done, seed=spec.options.seed)
        if chosen.difference(done):
            started.add(spec.folder)
            options = spec.options if is_new else replace(spec.options, fresh=False)
            try:
                await execute(replace(spec, options=options, only=chosen))
            except RunStopped as error:
                if not isinstance(error.__cause__, BudgetSpent):
                    raise
                this.spent = str(error.__cause__)
                if options.stop is not None:  # the limit has ended the pilot; the dry run behind it asks nothing
                    options.stop.reason = None
        else:
            reach(spec.folder)
        state = read_run_state(spec)
        this.has_finished |= len(state.done) > len(done)
        reused = await reused_asks(spec, state.done, is_first=False, again=state.again)
        sample = _pending_sample(spec, traits, state, reused)
        seed = spec.options.seed + N_SEEDS + this.number
        simulated = await dry_run(spec, [*sample.values()], seed=seed, keep_simulated=True) if sample else None
        return await _placeholder_run(spec, state, [*sample], simulated.recorded if simulated else None, reused)

    with overriding(replace(overrides, intercept=pilot), command="plan"):
        yield this


def _unchanged_positions(spec: RunSpec, this: PilotPass, before: PilotPass | None) -> set[int]:
    """The positions of items that are equal in both passes; all without an earlier pass."""
    key = this.add(spec)
    digests = this.digests[key]
    if before is None:
        return set(range(len(digests)))
    earlier = before.digests.get(key, [])
    same = set[int]()
    if len(earlier) == len(digests):
        same = {at for at, (one, other) in enumerate(zip(earlier, digests, strict=True)) if one == other}
    this.is_complete &= len(same) == len(digests)
    return same


def _unread_agents(dry_runs: Sequence[RecordedRun]) -> tuple[str, ...]:
    """The agents with a simulated reply that could not be read; none where some conversation was finished."""
    if any(run.counts().get("finished") for run in dry_runs):
        return ()
    return tuple(sorted({use.agent for run in dry_runs for use in agent_uses(run) if use.n_unreadable}))


def _pending_sample(
    spec: RunSpec, traits: Sequence[ItemTraits], state: RunState, reused: ReusedAsks
) -> dict[int, Item]:
    """About SAMPLE_SIZE pending prompts by position, drawn over the shapes and sizes of all, without the reused."""
    known = reused.positions.union(state.done)
    pending = {position: item for position, item in enumerate(traits) if position not in known}
    chosen = sampled_shapes(pending, SAMPLE_SIZE, seed=spec.options.seed)
    return {position: item for position, item in enumerate(spec.items) if position in chosen}


async def _placeholder_run(
    spec: RunSpec, state: RunState, positions: Sequence[int], simulated: RecordedRun | None, reused: ReusedAsks
) -> RunSummary:
    """The summary that an estimated run returns to its script, which may use it for a later run, in its full size.

    It has the finished conversations, those with reused replies, and those of the dry run at `positions`; their
    outcomes fill all other places. A
    conversation that failed in the dry run is such a place: a later run made of the outcomes has its full size, too.
    """
    journal = SqliteJournal(None)
    config = orjson.dumps(spec.config).decode()  # outcomes that become items of a later run bring their models along
    journal.set(scenario=str(spec.config["scenario"]), simulated="true", config=config)
    ids = list(map(conversation_id, range(len(positions))))
    sources = ids if simulated is None else [each.id for each in simulated if each.status == "finished"] or ids
    whole = {position: id for position, id in zip(positions, ids, strict=True) if id in sources}
    again = [] if reused.run is None else [each.id for each in reused.run if each.status == "finished"]
    executed = set(again)
    with RecordedRun.open(spec.folder) if state.done and spec.folder else nullcontext() as run:
        for position, item in enumerate(spec.items):
            id = conversation_id(position)
            if position in state.done and run is not None:
                journal.copy_conversation(run.connection, id, id, position, item, whole=True)
            elif reused.run is not None and (id in executed or (simulated is None and again)):
                source = id if id in executed else again[position % len(again)]
                journal.copy_conversation(reused.run.connection, source, id, position, item, whole=source == id)
            elif simulated is not None:
                source = whole.get(position, sources[position % len(sources)])
                journal.copy_conversation(simulated.connection, source, id, position, item, whole=position in whole)
    journal.connection.commit()
    await journal.close()
    own = own_contents(spec.scenario, spec.agents())
    return summarize(RecordedRun(journal.connection, None, own), spec.total, 0)
