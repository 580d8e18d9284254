"""Spans of conversations and requests, as the program's own OpenTelemetry sees them."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Completion, Request, Sampling, Usage
from fellowship.protocols.errors import ProviderUnavailable
from fellowship.telemetry.otel import opentelemetry, traced_provider
from fellowship.testing import ScriptedProvider
from tests.runners.kit import improved, scripted_run

CANARIES = ("canary-prompt", "canary-reply", "canary-error")
UNASKED = """
import sys
from fellowship.protocols.interfaces import Ending
from fellowship.telemetry import otel
from fellowship.telemetry.conversation_usage import ConversationUsage
for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
    del sys.modules[name]
with ConversationUsage("c00000") as tally:
    tally.ended(Ending("finished"), n_messages=1)
provider = object()
assert otel.traced_provider(provider) is provider
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The spans of ours that the program's tracer provider has exported so far; AutoGen makes some too."""
    pytest.importorskip("opentelemetry.sdk.trace")
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)  # it can be set once only, and other tests want none
    yield lambda: [
        each
        for each in exporter.get_finished_spans()
        if each.instrumentation_scope is not None and each.instrumentation_scope.name == "fellowship"
    ]
    provider.shutdown()


def usual(request: Request) -> Completion | Exception:
    """The second conversation's provider is down."""
    if request.key.conversation == "c00001":
        return ProviderUnavailable("canary-error")
    return Completion("canary-reply", usage=Usage(10, 5), served_model="any-2025", latency_s=1.5)


def test_a_conversation_is_a_span_with_a_span_for_each_request(exported: Any) -> None:
    """Requests lie inside their conversation, and say what was asked of whom."""
    scripted_run(
        improved,
        ":memory:",
        ScriptedProvider(usual),
        prompts=["canary-prompt"],
        generator=Generator("fake/any", sampling=Sampling(max_tokens=7)),
    )

    first, second, whole = exported()
    assert [first.name, second.name, whole.name] == ["chat any", "chat any", "conversation c00000"]
    assert first.parent.span_id == second.parent.span_id == whole.context.span_id
    assert whole.parent is None
    assert first.kind.name == "CLIENT"
    assert dict(second.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "fake",
        "gen_ai.request.model": "any",
        "gen_ai.conversation.id": "c00000",
        "gen_ai.agent.name": "generator",
        "gen_ai.request.temperature": 0.7,
        "gen_ai.request.max_tokens": 7,
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.model": "any-2025",
        "fellowship.lane": "",
        "fellowship.occurrence": 1,
        "fellowship.attempt": 1,
        "fellowship.latency_s": 1.5,
        "fellowship.simulated": False,
    }
    told = dict(whole.attributes)
    assert told.pop("fellowship.duration_s") >= 0
    assert told == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.conversation.id": "c00000",
        "fellowship.status": "finished",
        "fellowship.n_asks": 2,
        "fellowship.n_messages": 3,
        "fellowship.prompt_tokens": 20,
        "fellowship.completion_tokens": 10,
    }


def test_an_error_is_told_by_its_kind_and_no_text_is(exported: Any) -> None:
    """Neither prompts nor replies nor what the provider said."""
    scripted_run(improved, ":memory:", ScriptedProvider(usual), prompts=["canary-prompt"] * 2)

    failed = [span for span in exported() if not span.status.is_ok and span.status.status_code.name == "ERROR"]
    assert [(span.name, span.attributes["error.type"]) for span in failed] == [
        ("chat any", "ProviderUnavailable"),
        ("conversation c00001", "provider"),
    ]
    assert [span.status.description for span in failed] == [None, None]
    text = "".join(span.to_json() for span in exported())
    assert [each for each in CANARIES if each in text] == []


def test_a_servers_text_in_the_place_of_a_models_name_is_left_out(exported: Any) -> None:
    """It is the server that says which model it was."""
    provider = ScriptedProvider(lambda request: Completion("text", served_model="canary-prompt, you said"))
    scripted_run(improved, ":memory:", provider, prompts=["one"])

    assert "gen_ai.response.model" not in exported()[0].attributes


def test_without_a_tracer_provider_providers_are_as_they_were() -> None:
    """Nothing stands between a run and them."""
    provider = ScriptedProvider([])

    assert opentelemetry() is None
    assert traced_provider(provider) is provider


def test_nothing_is_imported_for_it() -> None:
    """Where nobody else has."""
    done = subprocess.run([sys.executable, "-c", UNASKED], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
