"""OpenTelemetry spans: one per conversation, one per request. Never prompts, replies, error texts or keys.

OpenTelemetry (the extra `otel`) is not imported here: a program that has set a tracer provider has imported it already.
Without one a conversation costs a dictionary lookup, and a request nothing. Attributes follow OpenTelemetry's semantic
conventions for generative AI, where they have one, and else are named `fellowship.*`.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.interfaces import Provider
from fellowship.providers.catalog import provider_name

SCOPE = "fellowship"
WELL_KNOWN = {"azure": "azure.ai.openai", "gemini": "gcp.gemini", "mistral": "mistral_ai"}
SAMPLING_ATTRIBUTES = ("temperature", "top_p", "max_tokens", "seed")
MODEL_NAME = re.compile(r"[\w./:@-]{1,100}")


def opentelemetry() -> Any | None:
    """The module `opentelemetry.trace` if the program has set a tracer provider, else None."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    return trace


def conversation_span(id: str) -> AbstractContextManager[Any] | None:
    """The span of a conversation, parent of the spans of its requests; None without a tracer provider."""
    trace = opentelemetry()
    if trace is None:
        return None
    attributes = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.conversation.id": id}
    return _current_span(trace, f"conversation {id}", trace.SpanKind.INTERNAL, attributes)


def set_result(span: Any, result: Mapping[str, str | float | None]) -> None:
    """Set the result of a conversation as attributes; a failed one has its `fault` as the error type."""
    span.set_attributes({f"fellowship.{name}": value for name, value in result.items() if value is not None})
    if result["fault"] is not None:
        _set_error(span, str(result["fault"]))


def traced_provider(provider: Provider) -> Provider:
    """The provider, with a span for every request if the program has set a tracer provider."""
    trace = opentelemetry()
    return provider if trace is None else TracedProvider(provider, trace)


class TracedProvider:
    """Wraps a provider and traces each request, retries included, as a span."""

    def __init__(self, provider: Provider, trace: Any) -> None:
        self._provider, self._trace = provider, trace

    async def complete(self, request: Request) -> Completion:
        """The completion, inside a span with the attributes of request and completion."""
        attributes = _request_attributes(request)
        name = f"chat {attributes['gen_ai.request.model']}"
        with _current_span(self._trace, name, self._trace.SpanKind.CLIENT, attributes) as span:
            completion = await self._provider.complete(request)
            span.set_attributes(_completion_attributes(completion))
            return completion

    async def close(self) -> None:
        """Close the wrapped provider."""
        await self._provider.close()


@contextmanager
def _current_span(trace: Any, name: str, kind: Any, attributes: dict[str, Any]) -> Iterator[Any]:
    """A span that is current inside the block; of an error it records the type, not the text."""
    with trace.get_tracer(SCOPE).start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            _set_error(span, type(error).__name__)
            raise


def _set_error(span: Any, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(sys.modules["opentelemetry.trace"].StatusCode.ERROR)


def _request_attributes(request: Request) -> dict[str, Any]:
    provider = provider_name(request.model)
    key = request.key
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": WELL_KNOWN.get(provider, provider),
        "gen_ai.request.model": request.model.partition("/")[2] or request.model,
        "gen_ai.conversation.id": key.conversation,
        "gen_ai.agent.name": key.agent,
        **{f"gen_ai.request.{name}": value for name, value in request.sampling.items() if name in SAMPLING_ATTRIBUTES},
        "fellowship.lane": key.lane,
        "fellowship.occurrence": key.occurrence,
        "fellowship.attempt": request.attempt,
    }


def _completion_attributes(completion: Completion) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "gen_ai.response.finish_reasons": (completion.finish,),
        "fellowship.latency_s": completion.latency_s,
        "fellowship.simulated": completion.simulated,
    }
    if completion.usage.is_known:
        attributes["gen_ai.usage.input_tokens"] = completion.usage.prompt_tokens
        attributes["gen_ai.usage.output_tokens"] = completion.usage.completion_tokens
    if completion.served_model and MODEL_NAME.fullmatch(completion.served_model):  # a text of the server: names only
        attributes["gen_ai.response.model"] = completion.served_model
    return attributes
