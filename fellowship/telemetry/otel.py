"""OpenTelemetry spans: one per conversation, one per request. Never prompts, replies, error texts or keys.

Nothing is imported here: whoever has set a tracer provider has imported OpenTelemetry (the extra `otel`) already. For
everybody else a conversation costs a look into a dict, and a request nothing. Attributes are those of OpenTelemetry's
conventions for generative AI where it has one, and `fellowship.*` otherwise.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.interfaces import Provider
from fellowship.providers.catalog import provider_name

SCOPE = "fellowship"
WELL_KNOWN = {"azure": "azure.ai.openai", "gemini": "gcp.gemini", "mistral": "mistral_ai"}
LARGEST_SPAN_TOKEN_COUNT = 2**63 - 1
SAMPLING_ATTRIBUTES = ("temperature", "top_p", "max_tokens", "seed")
MODEL_NAME = re.compile(r"[\w./:@-]{1,100}")


def opentelemetry() -> Any | None:
    """`opentelemetry.trace`, if the program has set a tracer provider; None otherwise."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    return trace


class ConversationSpan:
    """What can be told of a conversation when it has ended."""

    def __init__(self, span: Any) -> None:
        self._span = span

    def ended(self, status: str, fault: str | None, **facts: float) -> None:
        """How it ended; a failed one has the fault for its error."""
        told = {"status": status, "fault": fault, **facts}
        self._span.set_attributes({f"fellowship.{name}": value for name, value in told.items() if value is not None})
        if fault is not None:
            _failed(self._span, fault)


@contextmanager
def conversation_span(id: str) -> Iterator[ConversationSpan]:
    """The span of a conversation; those of its requests lie inside it. Only where a tracer provider has been set."""
    trace = opentelemetry()
    assert trace is not None
    attributes = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.conversation.id": id}
    with _span(trace, f"conversation {id}", trace.SpanKind.INTERNAL, attributes) as span:
        yield ConversationSpan(span)


def traced_provider(provider: Provider) -> Provider:
    """The provider, with a span for every request to it, if the program has set a tracer provider."""
    trace = opentelemetry()
    return provider if trace is None else TracedProvider(provider, trace)


class TracedProvider:
    """A provider whose requests are told to OpenTelemetry: each on its own, those made again too."""

    def __init__(self, provider: Provider, trace: Any) -> None:
        self._provider, self._trace = provider, trace

    async def complete(self, request: Request) -> Completion:
        """See `Provider.complete`."""
        name = f"chat {_model(request.model)}"
        with _span(self._trace, name, self._trace.SpanKind.CLIENT, _asked(request)) as span:
            completion = await self._provider.complete(request)
            span.set_attributes(_answered(completion))
            return completion

    async def close(self) -> None:
        """See `Provider.close`."""
        await self._provider.close()


@contextmanager
def _span(trace: Any, name: str, kind: Any, attributes: dict[str, Any]) -> Iterator[Any]:
    """A span that is current inside the block, and knows of an error its type only."""
    tracer = trace.get_tracer(SCOPE)
    with tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            _failed(span, type(error).__name__)
            raise


def _failed(span: Any, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(sys.modules["opentelemetry.trace"].StatusCode.ERROR)


def _asked(request: Request) -> dict[str, Any]:
    provider = provider_name(request.model)
    key = request.key
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": WELL_KNOWN.get(provider, provider),
        "gen_ai.request.model": _model(request.model),
        "gen_ai.conversation.id": key.conversation,
        "gen_ai.agent.name": key.agent,
        **{
            f"gen_ai.request.{name}": request.sampling[name] for name in SAMPLING_ATTRIBUTES if name in request.sampling
        },
        "fellowship.lane": key.lane,
        "fellowship.occurrence": key.occurrence,
        "fellowship.attempt": request.attempt,
    }


def _answered(completion: Completion) -> dict[str, Any]:
    told: dict[str, Any] = {
        "gen_ai.usage.input_tokens": n_tokens(completion.usage.prompt_tokens),
        "gen_ai.usage.output_tokens": n_tokens(completion.usage.completion_tokens),
        "gen_ai.response.finish_reasons": (completion.finish,),
        "fellowship.latency_s": completion.latency_s,
        "fellowship.simulated": completion.simulated,
    }
    if completion.served_model and MODEL_NAME.fullmatch(completion.served_model):  # a server's text: only a name
        told["gen_ai.response.model"] = completion.served_model
    return told


def n_tokens(told: object) -> int:
    """A provider's count, or 0 for what is none; no more than counters elsewhere can hold."""
    return max(0, min(told, LARGEST_SPAN_TOKEN_COUNT)) if isinstance(told, int) else 0


def _model(model: str) -> str:
    return model.partition("/")[2] or model
