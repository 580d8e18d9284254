"""What is recorded as JSON, one object per line, each with its `kind`: run, conversation or message."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from fellowship.formatting.json_lines import json_line
from fellowship.protocols.content_json import json_value
from fellowship.replay.address import Address
from fellowship.replay.conversation_view import ConversationView, Step
from fellowship.replay.draft_diff import revised, revision
from fellowship.replay.run_index import RunIndex
from fellowship.statistics.estimate import Estimate
from fellowship.storage.records import RecordedAsk

OBJECTS_PAGE = 500


def conversation_objects(
    index: RunIndex, address: Address, *, n: int | None, raw: bool, diff: bool = False
) -> Iterator[str]:
    """The lines that say what an address names; ConversationNotFound if it names nothing."""
    if address.conversation is None:
        return map(json_line, _run(index, n, raw=raw))
    view = index.conversation(address.conversation)
    if address.number is None:
        return map(json_line, _conversation(view, raw=raw, diff=diff))
    return map(json_line, [_message(view, view.numbered(address.number), address.number, raw=raw, diff=diff)])


def run_object(index: RunIndex) -> dict[str, Any]:
    """A run's settings, counts and tokens."""
    n_requests, prompt_tokens, completion_tokens = index.recorded.totals()
    return {
        "kind": "run",
        "folder": index.name,
        **index.recorded.settings(),
        "simulated": index.simulated,
        "config": index.recorded.config(),
        "conversations": index.recorded.counts(),
        "n_left_out": index.recorded.n_left_out,
        "n_requests": n_requests,
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "n_unknown_usage": index.recorded.n_unknown_usage(),
    }


def interval_object(estimate: Estimate) -> dict[str, float | int]:
    """The value with its interval and its n; undefined numbers become null."""
    return {name: getattr(estimate, name) for name in ("value", "low", "high", "n")}


def _run(index: RunIndex, n: int | None, *, raw: bool) -> Iterator[dict[str, Any]]:
    yield run_object(index)
    ids: Sequence[str] = index.ids(first=n or -1)
    if raw:
        for id in ids:
            yield from _conversation(index.conversation(id), raw=True, diff=False)
        return
    for start in range(0, len(ids), OBJECTS_PAGE):
        yield from ({"kind": "conversation", **asdict(row)} for row in index.rows(ids[start : start + OBJECTS_PAGE]))


def _conversation(view: ConversationView, *, raw: bool, diff: bool) -> Iterator[dict[str, Any]]:
    conversation = view.conversation
    yield {
        "kind": "conversation",
        "id": conversation.id,
        "status": conversation.status,
        "outcome": conversation.outcome_id,
        "fault": conversation.fault,
        "error": conversation.error,
        "simulated": view.simulated,
        "item": conversation.item.model_dump(mode="json"),
    }
    for number, step in enumerate(view.steps, start=1):
        yield _message(view, step, number, raw=raw, diff=diff)


def _message(view: ConversationView, step: Step, number: int, *, raw: bool, diff: bool) -> dict[str, Any]:
    message = step.message
    before = revised(view, step) if diff else None
    changes = [each._asdict() for each in revision(before, step)] if before else None
    return {
        "kind": "message",
        "conversation": view.conversation.id,
        "number": number,
        "id": message.id if message else None,
        "type": step.kind,
        "author": step.author,
        "lane": step.lane,
        "inputs": step.inputs,
        "created_at": message.created_at.isoformat() if message else None,
        "content": json_value(message.content) if message else None,
        "seats": dict(zip("AB", step.seats, strict=True)) if step.seats else None,
        "attempts": [_attempt(step, ask, raw=raw) for ask in step.asks],
        **({"revises": before.id, "changes": changes} if before else {}),
    }


def _attempt(step: Step, ask: RecordedAsk, *, raw: bool) -> dict[str, Any]:
    """With `raw` also the request, the raw text as `completion`, and the `reasoning` in and beside that text."""
    attempt, completion, usage = ask.attempt, ask.completion, ask.completion.usage
    return {
        "attempt": attempt.number,
        "model": ask.model,
        **(_texts(ask) if raw else {}),
        "finish": completion.finish,
        "prompt_tokens": usage.prompt_tokens if usage.is_known else None,
        "completion_tokens": usage.completion_tokens if usage.is_known else None,
        "latency_s": completion.latency_s,
        "simulated": completion.simulated,
        "error": ask.error,
        "in_use": step.message is not None and ask is step.message.attempt_in_use,
        "cost": None if attempt.cost is None else float(attempt.cost),
        "reused": attempt.reused,
        **asdict(completion.delivery),
    }


def _texts(ask: RecordedAsk) -> dict[str, Any]:
    from fellowship.agents.reading import parts_of  # a tenth of the imports of `show`, for --raw alone

    completion = ask.completion
    reasoning = parts_of(completion.text, completion.reasoning, whole=completion.whole).reasoning
    return {"request": ask.request, "completion": completion.text, "reasoning": reasoning or None}
