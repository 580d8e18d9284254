"""The one loop that asks a model and has unreadable replies corrected, for runs and for AutoGen turns."""

from typing import Any, Protocol

from fellowship.agents.reading import with_parts
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import ReplyError
from fellowship.protocols.interfaces import ContentT, Role


class AskSteps(Protocol):
    """What the loop needs: a completion of a request, and a record of what could not be read."""

    async def complete(self, request: Request) -> Completion:
        """The completion of a request, from the model or from a record."""
        ...

    async def keep_unreadable(self, agent: Role[Any], error: ReplyError) -> None:
        """Keep the latest completion, which has no usable meaning."""

    async def keep_bug(self, agent: Role[Any], error: Exception) -> None:
        """Keep the latest completion, which the role failed to read because of a bug of its own."""


async def ask_and_repair(agent: Role[ContentT], request: Request, steps: AskSteps) -> ContentT:
    """The content of the first readable reply; the last ReplyError when the reply after the last repair is unreadable.

    A model gets `agent.repairs` chances to correct its reply.
    """
    n_repairs = agent.repairs
    while True:
        completion = with_parts(await steps.complete(request))
        try:
            return agent.read(completion)
        except ReplyError as error:
            await steps.keep_unreadable(agent, error)
            if not n_repairs or completion.finish == "prompt_truncated":  # a repair's prompt is longer still
                raise
            n_repairs -= 1
            request = agent.repair(request, completion, error)
        except Exception as error:
            await steps.keep_bug(agent, error)
            raise
