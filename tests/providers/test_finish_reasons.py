"""What the finish reasons of servers mean."""

from typing import Any

import pytest

from fellowship.protocols.completions import Finish
from fellowship.providers.finish_reasons import finish_of
from fellowship.providers.http_provider import EmbeddedError

MEANINGS: dict[Finish, tuple[Any, ...]] = {
    "stop": ("stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "COMPLETE", "STOP", "STOP_SEQUENCE"),
    "length": (
        "length",
        "max_tokens",
        "MAX_TOKENS",
        "model_length",
        "max-tokens",
        "FINISH_REASON_MAX_TOKENS",
        "truncated",
    ),
    "content_filter": ("content_filter", "content-filter", "SAFETY", "RECITATION", "SPII", "guardrail_intervened"),
    "refusal": ("refusal",),
    "unstated": (None, "", "null", "FINISH_REASON_UNSPECIFIED"),
    "unknown": ("tool_calls", "OTHER", "pause_turn", "because", 7, {"type": "stop"}, ["stop"], True),
}


@pytest.mark.parametrize(("reason", "finish"), [(each, finish) for finish, all_ in MEANINGS.items() for each in all_])
def test_a_reason_has_one_meaning(reason: Any, finish: Finish) -> None:
    """In any case, with hyphens or underscores, from any server; everything else is unknown."""
    assert finish_of(reason) == finish


@pytest.mark.parametrize("reason", ["error", "abort", "ERROR", "insufficient_system_resource", "MALFORMED_RESPONSE"])
def test_a_reply_that_the_server_could_not_finish_is_an_error(reason: str) -> None:
    """Of a kind that is tried again."""
    with pytest.raises(EmbeddedError) as caught:
        finish_of(reason)

    assert caught.value.error == {
        "code": 502,
        "message": f"the reply ended before its end, with finish reason '{reason.lower()}'",
    }
