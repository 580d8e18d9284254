"""What is recorded as JSON, one object per line, each with its `kind`: run, conversation or message."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from fellowship.agents.reading import parts_of
from fellowship.formatting.json_lines import json_line
from fellowship.replay.address import Address
from fellowship.replay.conversation_view import ConversationView, Step
from fellowship.replay.draft_diff import revised, revision
from fellowship.replay.run_index import RunIndex
from fellowship.storage.records import RecordedAsk

OBJECTS_PAGE = 500


def conversation_objects(
    shelf: RunIndex, address: Address, *, n: int | None, raw: bool, diff: bool = False
) -> Iterator[str]:
    """The lines that say what an address names; ConversationNotFound if it names nothing."""
    if address.conversation is None:
        return (json_line(each) for each in _run(shelf, n, raw=raw))
    tale = shelf.tale(address.conversation)
    if address.number is not None:
        step = tale.numbered(address.number)
        return iter([json_line(_message(tale, step, address.number, raw=raw, diff=diff))])
    return (json_line(each) for each in _conversation(tale, raw=raw, diff=diff))


def run_object(shelf: RunIndex) -> dict[str, Any]:
    """A run's settings, counts and tokens."""
    settings = shelf.recorded.settings()
    n_requests, prompt_tokens, completion_tokens = shelf.recorded.totals()
    return {
        "kind": "run",
        "folder": shelf.name,
        **settings,
        "simulated": shelf.simulated,
        "config": orjson.loads(settings.get("config", "{}")),
        "conversations": shelf.recorded.counts(),
        "n_requests": n_requests,
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
    }


def _run(shelf: RunIndex, n: int | None, *, raw: bool) -> Iterator[dict[str, Any]]:
    yield run_object(shelf)
    ids: Sequence[str] = shelf.ids(first=n or -1)
    if raw:
        for id in ids:
            yield from _conversation(shelf.tale(id), raw=True, diff=False)
        return
    for start in range(0, len(ids), OBJECTS_PAGE):
        yield from ({"kind": "conversation", **asdict(row)} for row in shelf.rows(ids[start : start + OBJECTS_PAGE]))


def _conversation(tale: ConversationView, *, raw: bool, diff: bool) -> Iterator[dict[str, Any]]:
    conversation = tale.conversation
    yield {
        "kind": "conversation",
        "id": conversation.id,
        "status": conversation.status,
        "outcome": conversation.outcome_id,
        "fault": conversation.fault,
        "error": conversation.error,
        "simulated": tale.simulated,
        "item": conversation.item.model_dump(mode="json"),
    }
    for number, step in enumerate(tale.steps, start=1):
        yield _message(tale, step, number, raw=raw, diff=diff)


def _message(tale: ConversationView, step: Step, number: int, *, raw: bool, diff: bool) -> dict[str, Any]:
    message = step.message
    before = revised(tale, step) if diff else None
    changes = [each._asdict() for each in revision(before, step)] if before else None
    return {
        "kind": "message",
        "conversation": tale.conversation.id,
        "number": number,
        "id": message.id if message else None,
        "type": step.kind,
        "author": step.author,
        "lane": step.lane,
        "inputs": step.inputs,
        "created_at": message.created_at.isoformat() if message else None,
        "content": message.content.model_dump(mode="json") if message else None,
        "seats": dict(zip("AB", step.seats, strict=True)) if step.seats else None,
        "attempts": [_attempt(ask, raw=raw) for ask in step.asks],
        **({"revises": before.id, "changes": changes} if before else {}),
    }


def _attempt(ask: RecordedAsk, *, raw: bool) -> dict[str, Any]:
    """With `raw` also the request, the raw text as `completion`, and the `reasoning` in and beside that text."""
    attempt, completion = ask.attempt, ask.completion
    return {
        "attempt": attempt.number,
        "model": ask.model,
        **(_texts(ask) if raw else {}),
        "finish": completion.finish,
        "prompt_tokens": completion.usage.prompt_tokens,
        "completion_tokens": completion.usage.completion_tokens,
        "latency_s": completion.latency_s,
        "simulated": completion.simulated,
        "error": ask.error,
        "cost": None if attempt.cost is None else float(attempt.cost),
        "reused": attempt.reused,
        **asdict(completion.delivery),
    }


def _texts(ask: RecordedAsk) -> dict[str, Any]:
    completion = ask.completion
    reasoning = parts_of(completion.text, completion.reasoning, whole=completion.whole).reasoning
    return {"request": ask.request, "completion": completion.text, "reasoning": reasoning or None}
