"""A run rehearsed: its own scenario, agents and prompts in memory, with simulated models behind the models' names.

Requests, and their record, are those of the real run; nobody is asked.
"""

from collections.abc import Sequence
from dataclasses import replace

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.items import Item
from fellowship.providers.catalog import provider_name
from fellowship.providers.sim.provider import SimProvider
from fellowship.providers.sim.seeding import seeded
from fellowship.runners.call import Call
from fellowship.runners.overrides import current, overriding
from fellowship.runners.run import MEMORY, arun
from fellowship.runners.summary import RunSummary, collecting
from fellowship.storage.recorded_run import RecordedRun

STAND_IN = "sim/mid"


class Understudy:
    """Answers for any model, as sim/mid would; two models answer the same request differently."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._models: dict[str, SimProvider] = {}

    async def complete(self, request: Request) -> Completion:
        """The simulated completion."""
        own_seed = seeded(str(self._seed), request.model).getrandbits(32)
        model = self._models.setdefault(request.model, SimProvider(own_seed))
        return await model.complete(replace(request, model=STAND_IN))

    async def close(self) -> None:
        """Nothing to give back."""


async def rehearsed(call: Call, items: Sequence[Item], *, seed: int, sim_as_it_is: bool) -> RunSummary:
    """The run over these items, in memory. Models called sim/... play themselves only if `sim_as_it_is`."""
    names = {_provider_of(agent.model_name) for agent in call.company.agents()}
    understudies: dict[str, Provider] = {
        name: Understudy(seed) for name in sorted(names) if name != "sim" or not sim_as_it_is
    }
    stage = replace(current(), prompts=None, out=None, n=None, seed=None, concurrency=None, quiet=True, instead=None)
    with overriding(stage), collecting():
        return await arun(
            call.scenario,
            prompts=items,
            out=MEMORY,
            seed=seed,
            providers=understudies,
            stop=call.options["stop"],
            **call.arguments,
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


def _provider_of(model: str) -> str:
    """The name under which `Models` looks for a given provider."""
    return model if model.startswith(("client/", "recorded/")) else provider_name(model)
