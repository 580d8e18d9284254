"""The recorded attempts of a conversation, as the journal's rows have them."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from fellowship.protocols.completions import AskKey, Attempt, Completion, Delivery, Usage
from fellowship.storage.bulk_insert import SqlRow

ATTEMPTS = (
    "SELECT lane, agent, occurrence, attempt, fingerprint, completion, finish, prompt_tokens, completion_tokens, "
    "cached_tokens, reasoning_tokens, served_model, request_id, latency_s, simulated, answered_at, cost, wait_s, "
    "failed_s, failures, reused, reasoning, split "
    "FROM asks WHERE conversation = ? ORDER BY lane, agent, occurrence, attempt"
)


def attempts(conversation: str, rows: Sequence[SqlRow]) -> dict[AskKey, list[Attempt]]:
    """The attempts in rows of `ATTEMPTS`, by ask, in order."""
    found: dict[AskKey, list[Attempt]] = defaultdict(list)
    for lane, agent, occurrence, *attempt in rows:
        found[AskKey(conversation, lane, agent, occurrence)].append(_attempt(*attempt))
    return dict(found)


def _attempt(number: int, fingerprint: str, *rest: Any) -> Attempt:
    text, finish, prompt, written, cached, n_reasoning, served, request_id, latency_s, simulated, at, *bill = rest
    cost, wait_s, failed_s, failures, reused, reasoning, split = bill
    completion = Completion(
        text=text,
        finish=finish,
        usage=Usage(prompt, written, cached, n_reasoning),
        served_model=served,
        request_id=request_id,
        latency_s=latency_s,
        simulated=bool(simulated),
        delivery=Delivery(wait_s, failed_s, tuple(orjson.loads(failures)) if failures else ()),
        reasoning=reasoning or "",
        whole=not split,
    )
    return Attempt(number, fingerprint, completion, at, None if cost is None else Decimal(cost), bool(reused))
