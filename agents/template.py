"""RequestTemplate: the parts of a request that are the same for every call of one agent, worked out once."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from fellowship.protocols.completions import AskKey, Request
from fellowship.protocols.content import ChatMessage


class TemplateSource(Protocol):
    """The settings of an agent from which its template is built."""

    @property
    def model_name(self) -> str:
        """`provider/model`."""

    @property
    def settings(self) -> dict[str, Any]:
        """The sampling settings that are set."""

    @property
    def reply_name(self) -> str:
        """The form of the reply, as it enters the request's fingerprint."""

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The reply's JSON schema, where the reply is JSON."""


class RequestTemplate(NamedTuple):
    """An agent's model, sampling, reply form and schema."""

    model: str
    sampling: dict[str, Any]
    reply: str
    schema: Mapping[str, Any] | None

    @classmethod
    def of(cls, agent: TemplateSource) -> "RequestTemplate":
        """The template of an agent; ConfigurationError if the agent has no model."""
        return cls(agent.model_name, agent.settings, agent.reply_name, agent.schema)

    def request(self, key: AskKey, attempt: int, messages: tuple[ChatMessage, ...]) -> Request:
        """The request that sends this chat."""
        return Request(key, attempt, self.model, messages, self.sampling, self.reply, self.schema)
