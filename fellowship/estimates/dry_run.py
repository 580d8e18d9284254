"""A dry run: a run's own scenario, agents and prompts, in memory, with simulated models in place of its models.

The requests and their records are those of the real run, but none is sent.
"""

from collections.abc import Sequence
from dataclasses import replace

from fellowship.formatting.terminal_text import single_line
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.items import Item
from fellowship.providers.sim.provider import SimProvider
from fellowship.providers.sim.seeding import seeded
from fellowship.runners.execution import execute
from fellowship.runners.overrides import current_overrides, overriding_here
from fellowship.runners.providers import provider_key
from fellowship.runners.run import IN_MEMORY, arun
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.summary import RunSummary, collecting_summaries

STAND_IN_MODEL = "sim/mid"


class SimulatedStandIn:
    """Replies for any model as STAND_IN_MODEL does; two models reply differently to the same request."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._models: dict[str, SimProvider] = {}

    async def complete(self, request: Request) -> Completion:
        """The simulated completion."""
        own_seed = seeded(str(self._seed), request.model).getrandbits(32)
        model = self._models.setdefault(request.model, SimProvider(own_seed))
        return await model.complete(replace(request, model=STAND_IN_MODEL))

    async def close(self) -> None:
        """There is nothing to close."""


async def dry_run(
    spec: RunSpec, items: Sequence[Item], *, seed: int, keep_simulated: bool, reusing: frozenset[int] | None = None
) -> RunSummary:
    """The run over these items, in memory. Models called sim/... are replaced, too, unless `keep_simulated`.

    `reusing`   the positions of the items to carry out with the replies of the run that is reused; None for all items,
                and no replies

    ConfigurationError with the scenario's error, if the scenario fails in every conversation.
    """
    names = {provider_key(agent.model_name) for agent in spec.bindings.agents()}
    stand_ins: dict[str, Provider] = {
        name: SimulatedStandIn(seed) for name in sorted(names) if name != "sim" or not keep_simulated
    }

    async def execute_some(each: RunSpec) -> RunSummary:
        return await execute(replace(each, only=reusing, own_replies=spec.own_replies, is_dry=True))

    unset = replace(current_overrides(), prompts=None, out=None, n=None, seed=None, concurrency=None, reuse=None)
    overrides = replace(unset, quiet=True, intercept=execute_some)
    with overriding_here(overrides, is_free=True), collecting_summaries():
        summary = await arun(
            spec.scenario,
            prompts=items,
            out=IN_MEMORY,
            seed=seed,
            reuse=None if reusing is None else spec.options.reuse,
            providers=stand_ins,
            stop=spec.options.stop,
            **spec.arguments,
        )
    faults = [conversation for conversation in summary if conversation.fault == "scenario"]
    if faults and len(faults) == len(summary):
        raise ConfigurationError(f"scenario {summary.scenario} fails: {single_line(faults[0].error or '')}")
    return summary
