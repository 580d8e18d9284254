"""A request to a model and what came back: plain records, cheap to make and to write down."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeAlias

from pydantic import Field, field_validator

from fellowship.protocols.content import ArgumentContent, ChatMessage
from fellowship.protocols.digests import json_digest
from fellowship.protocols.quota import AdvertisedLimit
from fellowship.protocols.records import record

Finish: TypeAlias = Literal["stop", "length", "content_filter", "refusal", "prompt_truncated", "unknown", "unstated"]
"""Why a text ended. `prompt_truncated`: the server read a part of the prompt only. `unknown`: the server's reason is
not one that is known. `unstated`: it gave none; `providers.reply_end` settles that as `stop` or `length`."""

NOT_WHOLE: frozenset[Finish] = frozenset({"length", "content_filter", "prompt_truncated"})
"""Texts that are cut off, or answer a part of the prompt."""


class AskKey(NamedTuple):
    """The stable name of an ask within a run: it depends on the scenario's steps, never on the order of arrival."""

    conversation: str
    lane: str
    agent: str
    occurrence: int

    def __str__(self) -> str:
        lane = f"{self.lane}/" if self.lane else ""
        return f"{self.conversation}/{lane}{self.agent}.{self.occurrence}"


class Sampling(ArgumentContent):
    """How a model is sampled. None leaves a setting to the role's default, then to the server's.

    `temperature` in [0, 2], `top_p` in (0, 1], `max_tokens` of the reply at least 1.
    """

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    stop: tuple[str, ...] | None = None

    @field_validator("stop", mode="before")
    @classmethod
    def _in_one_order(cls, stop: Any) -> Any:
        return sorted(stop) if isinstance(stop, set | frozenset) else stop

    def over(self, defaults: "Sampling") -> "Sampling":
        """These settings, with the gaps filled from `defaults`."""
        return Sampling(**{**defaults.model_dump(exclude_none=True), **self.model_dump(exclude_none=True)})

    def settings(self) -> dict[str, Any]:
        """The settings that are set."""
        return self.model_dump(exclude_none=True)


@record
class Request:
    """What a completion depends on. `attempt` counts from 1; 2 is the repair of 1, 3 a new try.

    `schema`: the reply's JSON schema, where it is JSON. The messages contain it too; it is sent to servers that can
    constrain a model to a schema.
    """

    key: AskKey
    attempt: int
    model: str
    messages: tuple[ChatMessage, ...]
    sampling: dict[str, Any]
    reply: str
    schema: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change when the request does: model, messages, sampling, reply form, occurrence."""
        return json_digest((self.model, self.messages, self.sampling, self.reply, self.key.occurrence)).hex()[:16]


@record
class Usage:
    """Tokens as the provider counted them. A prompt has at least one, so 0 prompt tokens are UNKNOWN_USAGE."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def is_known(self) -> bool:
        """Whether the provider reported tokens, and they can be true."""
        return self.prompt_tokens > 0


UNKNOWN_USAGE = Usage()
"""The usage where a provider reported none, or counts that cannot be true. It costs the most that is possible."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Before the attempt that succeeded: seconds in the queue, seconds of failed attempts and backoff, error names."""

    wait_s: float = 0.0
    failed_s: float = 0.0
    failures: tuple[str, ...] = ()


AT_ONCE = Delivery()


class CompletionParts(NamedTuple):
    """The parts of a model's text: the answer, the reasoning before it, and whether that reasoning ends."""

    answer: str
    reasoning: str
    closed: bool


@record
class Completion:
    """A model's raw text. A cut-off, filtered or refused text is a result, not an error: see `finish`.

    Readers use `answer` and `closed`; `text` is for the journal and for replay. `latency_s` is the time of the request
    that succeeded. `announced` are the limits that the response named; the rate limiter learns from them, and the
    journal does not keep them.

    reasoning   what the server sent beside the text
    whole       the text is not split: it was recorded before completions had parts
    parts       of the text, where it holds more than the answer; `agents.reading.with_parts` sets them
    finish_as_sent  the server's own word for a finish that is `unknown`
    """

    text: str
    finish: Finish = "stop"
    usage: Usage = UNKNOWN_USAGE
    served_model: str | None = None
    request_id: str | None = None
    latency_s: float = 0.0
    simulated: bool = False
    announced: tuple[AdvertisedLimit, ...] = field(default=(), compare=False, repr=False)
    delivery: Delivery = field(default=AT_ONCE, compare=False, repr=False)
    reasoning: str = ""
    whole: bool = False
    parts: CompletionParts | None = field(default=None, compare=False, repr=False)
    finish_as_sent: str = field(default="", compare=False, repr=False)

    @property
    def answer(self) -> str:
        """The text without the model's reasoning; empty while the reasoning has not ended."""
        return self.text if self.parts is None else self.parts.answer

    @property
    def closed(self) -> bool:
        """Whether the reasoning in the text ends; True for a text without reasoning."""
        return self.parts is None or self.parts.closed

    @property
    def is_only_reasoning(self) -> bool:
        """Whether there is reasoning, in the text, beside it or counted, that ends without an answer."""
        in_text = self.parts is not None and bool(self.parts.reasoning)
        has_reasoning = in_text or bool(self.reasoning) or self.usage.reasoning_tokens > 0
        return has_reasoning and self.closed and not self.answer.strip()

    def without_reasoning(self) -> "Completion":
        """The completion as a parser is given it: its text is the answer; the reasoning stays in its parts."""
        return replace(self, text=self.answer)


@record
class Attempt:
    """One request and its completion, as the journal keeps them; `at` is when it was answered (seconds, UTC).

    `cost` in US dollars, None where the price or the usage is unknown. `reused`: another run asked it and paid for it.
    """

    number: int
    fingerprint: str
    completion: Completion
    at: float
    cost: Decimal | None = None
    reused: bool = False
