"""A role of somebody's own, as the README writes one, for the tests of agents."""

from pydantic import BaseModel

from fellowship.agents.agent import Agent


class Claims(BaseModel):
    """Claims that need a source."""

    unsupported: list[str]


class FactChecker(Agent[Claims]):
    """Lists the claims of a draft that need a source."""

    instructions = "You check facts. Name every claim that a careful reader would ask a source for."
