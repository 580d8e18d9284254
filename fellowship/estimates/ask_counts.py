"""How many asks a run still makes: by agent, exactly where the scenario fixes it, else within bounds.

An ask is a key (lane, agent, occurrence); its repairs are further attempts of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fellowship.estimates.interval import Interval
from fellowship.storage.usage import AgentUsage


class AgentModel(NamedTuple):
    """An agent on its model."""

    agent: str
    model: str

    @classmethod
    def of(cls, share: AgentUsage) -> "AgentModel":
        """Whose share it is."""
        return cls(share.agent, share.model)


def by_conversation(conversations: Iterable[str], shares: Iterable[AgentUsage]) -> list[dict[AgentModel, int]]:
    """The asks of each of these conversations, by who was asked; some may have made none."""
    counted: dict[str, dict[AgentModel, int]] = {name: {} for name in conversations}
    for share in shares:
        counted[share.conversation][AgentModel.of(share)] = share.n_asks
    return list(counted.values())


def remaining_asks(
    seen: Sequence[Mapping[AgentModel, int]], n_pending: int, recorded: Mapping[AgentModel, int] | None = None
) -> dict[AgentModel, Interval]:
    """The asks of `n_pending` conversations like those seen, less those that are recorded of them already.

    Certain for whom every conversation asks as often; else between the fewest and the most that one was seen to make.
    """
    everybody = dict.fromkeys(who for counts in seen for who in counts)
    return {
        who: _to_come([counts.get(who, 0) for counts in seen], n_pending, (recorded or {}).get(who, 0))
        for who in everybody
    }


def _to_come(counts: Sequence[int], n_pending: int, n_recorded: int) -> Interval:
    each = Interval(min(counts), sum(counts) / len(counts), max(counts))
    whole = each.scaled(n_pending)
    low, expected, high = (max(0.0, end - n_recorded) for end in (whole.low, whole.expected, whole.high))
    return Interval(low, expected, high)
