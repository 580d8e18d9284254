"""The asks that a run makes in spite of known replies: of another run, or its own ones after accepted changes.

The conversations with such replies are carried out with them in a dry run, so that a request which differs counts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from fellowship.estimates.ask_counts import AgentModel, pending_asks
from fellowship.estimates.dry_run import dry_run
from fellowship.estimates.interval import Interval, sum_intervals
from fellowship.estimates.item_sample import ItemTraits
from fellowship.estimates.simulated import SimulatedConversation, simulated_conversations
from fellowship.runners.resume import ReusableReplies, conversation_id
from fellowship.runners.reused_run import check_common_items, check_reused_run
from fellowship.runners.run_spec import RunSpec
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.run_stats import agent_usage

MOST_EXECUTED = 1000


@dataclass(frozen=True, slots=True)
class ReusedAsks:
    """The pending conversations about items that the reused run has too, and the own ones that are carried out again.

    positions  of their items
    left       the asks that those of the dry run still make of a model, by position
    run        the dry run, in memory; None where there are no such conversations
    simulated  the conversations that were carried out in dry runs
    own        the positions of conversations of the run itself, which accepted changes carry out again
    """

    positions: frozenset[int] = frozenset()
    left: Mapping[int, Mapping[AgentModel, int]] = field(default_factory=dict)
    run: RecordedRun | None = None
    simulated: Sequence[SimulatedConversation] = ()
    own: frozenset[int] = frozenset()

    def without(self, done: Collection[int]) -> "ReusedAsks":
        """Those that are still pending."""
        left = {position: asks for position, asks in self.left.items() if position not in done}
        positions, own = self.positions.difference(done), self.own.difference(done)
        return replace(self, positions=positions, left=left, own=own)

    def of_own(self) -> "ReusedAsks":
        """Those of the run itself."""
        return self.without(self.positions - self.own)

    def asks(self, *, is_fixed: bool) -> dict[AgentModel, Interval]:
        """The asks that are still to be made.

        Certain where every conversation was carried out, and none has a new reply on which further asks may depend:
        not with `is_fixed`, where no reply changes their number.
        """
        counts = list(self.left.values())
        if len(counts) < len(self.positions):
            return pending_asks(counts, len(self.positions))
        if is_fixed:
            each_alone = [pending_asks([count], 1) for count in counts]
            keys = dict.fromkeys(key for one in each_alone for key in one)
            return {key: sum_intervals(one[key] for one in each_alone if key in one) for key in keys}
        with_new = [count for count in counts if any(count.values())]
        return {**pending_asks(counts, 0), **pending_asks(with_new, len(with_new))}


async def reused_asks(
    spec: RunSpec, done: Collection[int], *, is_first: bool, again: frozenset[int] = frozenset()
) -> ReusedAsks:
    """The asks of the pending conversations with replies; StoreError or ConfigurationError as the run itself.

    `again`: positions of the conversations of the run itself that accepted changes carry out again.
    Only the first run of a script has the items of the real run with certainty; those of a later one may be made of
    simulated outcomes, of which the reused run has none.
    """
    own = await _with_replies(replace(spec, own_replies=True), spec.folder, sorted(again))
    own = replace(own, own=own.positions)
    if spec.options.reuse is None:
        return own
    source = Path(spec.options.reuse)
    check_reused_run(source, spec.config)
    if is_first:
        check_common_items(source, spec.items)
    with RecordedRun.open(source) as recorded:
        replies = ReusableReplies(recorded, spec.items)
    known = again.union(done)
    found = [at for at in range(spec.total) if at not in known and replies.has(conversation_id(at))]
    other = await _with_replies(spec, source, found)
    return ReusedAsks(
        positions=own.positions | other.positions,
        left={**own.left, **other.left},
        run=own.run or other.run,
        simulated=[*own.simulated, *other.simulated],
        own=own.own,
    )


async def _with_replies(spec: RunSpec, source: Path | None, found: Sequence[int]) -> ReusedAsks:
    """The asks of the conversations at these positions, with the replies of the run in the folder `source`."""
    if not found:
        return ReusedAsks()
    spec = replace(spec, options=replace(spec.options, reuse=source))
    n = min(MOST_EXECUTED, len(found))
    seed, items = spec.options.seed, list(spec.items)
    chosen = frozenset(Random(seed).sample(found, n))
    run = (await dry_run(spec, items, seed=seed, keep_simulated=True, reusing=chosen)).recorded
    left: dict[str, dict[AgentModel, int]] = {conversation_id(at): {} for at in chosen}
    for used in agent_usage(run):
        left[used.conversation][AgentModel.of(used)] = used.n_asks - used.n_reused
    by_position = {at: left[conversation_id(at)] for at in sorted(chosen)}
    simulated = simulated_conversations(run, {conversation_id(at): ItemTraits.of(items[at]) for at in sorted(chosen)})
    return ReusedAsks(frozenset(found), by_position, run, simulated)
