"""What the asks of a run have used so far, summed up by conversation, agent and model; and when they were open."""

from collections.abc import Iterator
from dataclasses import dataclass

from fellowship.protocols.completions import Usage
from fellowship.storage.recorded_run import RecordedRun

USAGE_QUERY = (
    "SELECT conversation, agent, model, count(DISTINCT lane || '/' || occurrence), count(*), sum(prompt_tokens), "
    "sum(completion_tokens), sum(cached_tokens), sum(latency_s) FROM asks GROUP BY conversation, agent, model "
    "ORDER BY conversation, min(rowid)"
)
OPEN_QUERY = "SELECT answered_at - latency_s, answered_at FROM asks ORDER BY 1"


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
    for conversation, agent, model, n_asks, n_attempts, *tokens, latency_s in run.connection.execute(USAGE_QUERY):
        yield AgentUsage(conversation, agent, model, n_asks, n_attempts, Usage(*tokens), latency_s)


def mean_open(run: RecordedRun) -> float:
    """How many asks were open at once while any was, on average; 0 without asks that took time."""
    total = busy = 0.0
    until = float("-inf")
    for begun, answered in run.connection.execute(OPEN_QUERY):
        total += answered - begun
        busy += max(0.0, answered - max(begun, until))
        until = max(until, answered)
    return total / busy if busy else 0.0
