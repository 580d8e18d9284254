"""A run rehearsed: its own scenario, agents and prompts in memory, with simulated models behind the models' names.

Requests, and their record, are those of the real run; nobody is asked.
"""

from collections.abc import Sequence
from dataclasses import replace

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.items import Item
from fellowship.providers.sim.provider import SimProvider
from fellowship.providers.sim.seeding import seeded
from fellowship.runners.overrides import current_overrides, overriding
from fellowship.runners.router import provider_key
from fellowship.runners.run import IN_MEMORY, arun
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.summary import RunSummary, collecting_summaries
from fellowship.storage.recorded_run import RecordedRun

STAND_IN_MODEL = "sim/mid"


class SimulatedStandIn:
    """Answers for any model, as sim/mid would; two models answer the same request differently."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._models: dict[str, SimProvider] = {}

    async def complete(self, request: Request) -> Completion:
        """The simulated completion."""
        own_seed = seeded(str(self._seed), request.model).getrandbits(32)
        model = self._models.setdefault(request.model, SimProvider(own_seed))
        return await model.complete(replace(request, model=STAND_IN_MODEL))

    async def close(self) -> None:
        """Nothing to give back."""


async def dry_run(spec: RunSpec, items: Sequence[Item], *, seed: int, sim_as_it_is: bool) -> RunSummary:
    """The run over these items, in memory. Models called sim/... play themselves only if `sim_as_it_is`."""
    names = {provider_key(agent.model_name) for agent in spec.bindings.agents()}
    understudies: dict[str, Provider] = {
        name: SimulatedStandIn(seed) for name in sorted(names) if name != "sim" or not sim_as_it_is
    }
    stage = replace(
        current_overrides(), prompts=None, out=None, n=None, seed=None, concurrency=None, quiet=True, intercept=None
    )
    with overriding(stage), collecting_summaries():
        return await arun(
            spec.scenario,
            prompts=items,
            out=IN_MEMORY,
            seed=seed,
            providers=understudies,
            stop=spec.options["stop"],
            **spec.arguments,
        )


def refuse_failing(summary: RunSummary) -> None:
    """ConfigurationError with the scenario's own error, if no conversation came to an end for a fault of its own."""
    faults = [conversation for conversation in summary if conversation.fault == "scenario"]
    if faults and len(faults) == len(summary):
        told = " ".join((faults[0].error or "").split())  # in one line, whatever the scenario's error says
        raise ConfigurationError(f"scenario {summary.scenario} fails: {told}")


def unreadable(recorded: RecordedRun) -> dict[str, str]:
    """By agent, what was wrong with the first simulated reply that could not be read."""
    found: dict[str, str] = {}
    for conversation in recorded:
        for ask in recorded.asks(conversation.id):
            if ask.error is not None:
                found.setdefault(ask.agent, ask.error)
    return found
