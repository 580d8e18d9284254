"""Small builders of messages and records for the tests of the export."""

from datetime import UTC, datetime
from typing import Any

from fellowship.export.records import PairRecord
from fellowship.protocols.content import Critique, Draft, Prompt, Verdict
from fellowship.protocols.messages import BUILT_IN, Message

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


def a_record(n: int = 0, **changes: Any) -> PairRecord:
    """A record whose prompt and answers depend on n."""
    fields: dict[str, Any] = {
        "prompt": Prompt.of(f"question {n}"),
        "chosen": f"good answer {n}",
        "rejected": f"bad answer {n}",
        "label_source": "judge",
        "conversation_id": f"c{n:05}",
        "run": "runs/one",
        "generator_model": "maker/strong",
        "rejected_model": "maker/weak",
        "judge_models": ("maker/judge",),
    }
    return PairRecord(**{**fields, **changes})


def a_message(content: Any, name: str, *inputs: str, source: str = "somebody") -> Message[Any]:
    """A message of this content, with this id."""
    return BUILT_IN[type(content)](content=content, id=name, source=source, created_at=NOON, inputs=inputs)


def a_draft(name: str, text: str | None = None, *, truncated: bool = False) -> Message[Draft]:
    """A draft with a text of its own."""
    return a_message(Draft(text=text or f"the text of {name}", truncated=truncated), name, "prompt")


def a_critique(of: str, score: float | None, *, out_of: float = 10.0, source: str = "reviewer") -> Message[Critique]:
    """A reviewer's critique of a draft."""
    critique = Critique(text="so and so", score=score, out_of=out_of)
    return a_message(critique, f"critique of {of} by {source}", "prompt", of, source=source)


def a_verdict(decision: str, **fields: Any) -> Message[Verdict]:
    """An evaluator's verdict."""
    reason = "no usable reply" if decision == "failed" else None
    return a_message(Verdict.model_validate({"decision": decision, "reason": reason, **fields}), "verdict")
