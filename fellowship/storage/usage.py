"""What the asks of a run have used so far, summed up by conversation, agent and model; and when they were open."""

from collections.abc import Iterator
from dataclasses import dataclass

from fellowship.protocols.completions import Usage
from fellowship.storage import queries
from fellowship.storage.recorded_run import RecordedRun


@dataclass(frozen=True, slots=True)
class AgentUsage:
    """One agent's share of one conversation: asks by key, and all their attempts with what these used."""

    conversation: str
    agent: str
    model: str
    n_asks: int
    n_attempts: int
    usage: Usage
    latency_s: float


def agent_usage(run: RecordedRun) -> Iterator[AgentUsage]:
    """Every share of every conversation."""
    for conversation, agent, model, n_asks, n_attempts, *tokens, latency_s in run.rows(queries.USAGE):
        yield AgentUsage(conversation, agent, model, n_asks, n_attempts, Usage(*tokens), latency_s)


def mean_open(run: RecordedRun) -> float:
    """How many asks were open at once while any was, on average; 0 without asks that took time."""
    total = busy = 0.0
    until = float("-inf")
    for begun, answered in run.rows(queries.OPEN_TIMES):
        total += answered - begun
        busy += max(0.0, answered - max(begun, until))
        until = max(until, answered)
    return total / busy if busy else 0.0
