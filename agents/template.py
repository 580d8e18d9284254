"""RequestTemplate: the parts of a request that are the same for every call of one agent, worked out once."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fellowship.protocols.completions import AskKey, Request
from fellowship.protocols.content import ChatMessage


class RequestTemplate(NamedTuple):
    """An agent's model, sampling, reply form and schema."""

    model: str
    sampling: dict[str, Any]
    reply: str
    schema: Mapping[str, Any] | None

    def request(self, key: AskKey, attempt: int, messages: tuple[ChatMessage, ...]) -> Request:
        """The request that sends this chat."""
        return Request(key, attempt, self.model, messages, self.sampling, self.reply, self.schema)
