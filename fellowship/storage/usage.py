"""Tokens and time of a run's asks, by conversation, agent and model; and how many were open at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from fellowship.protocols.completions import Usage
from fellowship.storage import queries
from fellowship.storage.recorded_run import RecordedRun


@dataclass(frozen=True, slots=True)
class AgentUsage:
    """The asks of one agent to one model in one conversation, with the tokens and time of all their attempts."""

    conversation: str
    agent: str
    model: str
    n_asks: int
    n_attempts: int
    usage: Usage
    latency_s: float


def agent_usage(run: RecordedRun) -> Iterator[AgentUsage]:
    """The usage of every agent in every conversation."""
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
