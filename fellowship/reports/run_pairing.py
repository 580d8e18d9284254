"""The conversations of two runs over the same items, in pairs: by their items, or by their positions.

Texts are compared by digest, so that two runs of 100,000 conversations fit into 200 MB.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from sys import intern
from typing import Any, Literal, TypeAlias

import orjson

from fellowship.formatting.terminal_text import first_line, fit
from fellowship.protocols.digests import json_digest
from fellowship.storage.recorded_run import RecordedRun

PairingKey: TypeAlias = Literal["prompt", "position"]
LONGEST = 16
DIGEST_BYTES = 12
ENDINGS = {"failed": "failed", "started": "open"}
LABELS = {label: label for label in ("A", "B", "tie")}  # one object for all conversations


@dataclass(frozen=True, slots=True)
class EndedConversation:
    """A conversation as far as it is compared: digests of its item, and its outcome.

    `outcome` is the decision of a verdict, else `finished`; always `failed` or `open` for one that failed or has not
    ended. `score` is the outcome's, where it has one, and `out_of` the top of its scale, where that is known. `texts`
    is of the prompt with the candidates, `content` of the outcome.
    """

    id: str
    position: int
    item: int
    texts: int
    prompt: int
    label: str | None
    outcome: str
    score: float | None
    out_of: float | None
    decides: bool
    content: int


@dataclass(frozen=True, slots=True)
class ConversationPair:
    """Two conversations about the same item."""

    a: EndedConversation
    b: EndedConversation

    @property
    def name(self) -> str:
        """The conversation's id; both, where they differ."""
        return self.a.id if self.a.id == self.b.id else f"{self.a.id}/{self.b.id}"

    @property
    def label(self) -> str | None:
        """The item's label, if the two runs know the same one."""
        return self.a.label if self.a.label == self.b.label else None


@dataclass(frozen=True, slots=True)
class PairedRuns:
    """All pairs in the order of A, by what they were found, and what is in one run only."""

    pairs: tuple[ConversationPair, ...]
    found_by: dict[str, int]
    only_a: tuple[EndedConversation, ...]
    only_b: tuple[EndedConversation, ...]


def ended_conversations(run: RecordedRun) -> Iterator[EndedConversation]:
    """The conversations of a run, in the order of the input. StoreError if it cannot be read."""
    scales: dict[float | None, float | None] = {}  # one object for all conversations
    for id, position, digest, item, status, content in run.ended():
        asked, outcome = orjson.loads(item), orjson.loads(content) if content else {}
        decision, score = outcome.get("decision"), outcome.get("score")
        short_decision = "finished" if decision is None else fit(first_line(str(decision)), LONGEST)
        prompt, candidates = asked["prompt"]["chat"], [each["text"] for each in asked.get("candidates", ())]
        yield EndedConversation(
            id=id,
            position=position,
            item=int(digest, 16),
            texts=_digest([prompt, candidates]),
            prompt=_digest(prompt),
            label=LABELS.get(asked.get("label")),
            outcome=ENDINGS.get(status) or intern(short_decision),
            score=_number(score) if status == "finished" else None,
            out_of=scales.setdefault(scale := _number(outcome.get("out_of")), scale),
            decides=decision is not None,
            content=_digest(outcome),
        )


def pair_runs(a: RecordedRun, b: RecordedRun, *, match: PairingKey) -> PairedRuns:
    """Conversations of two runs in pairs.

    prompt      by the whole item; what is left by prompt and candidates; what is left then by the prompt alone, where
                each run has it once. Items that occur several times are paired in their order.
    position    by their place in the input, whatever they are about
    """
    keys = ("position",) if match == "position" else ("item", "texts", "prompt")
    only_a, only_b = list(ended_conversations(a)), list(ended_conversations(b))
    pairs: list[ConversationPair] = []
    found_by: dict[str, int] = {}
    for name in keys:
        key = attrgetter(name)
        once = _once(only_a, key) & _once(only_b, key) if name == "prompt" else None
        waiting: dict[int, list[EndedConversation]] = {}
        for each in reversed(only_b):
            waiting.setdefault(key(each), []).append(each)
        alone: list[EndedConversation] = []
        for each in only_a:
            others = waiting.get(key(each)) if once is None or key(each) in once else None
            if others:
                pairs.append(ConversationPair(each, others.pop()))
            else:
                alone.append(each)
        found_by[name] = len(only_a) - len(alone)
        only_a, only_b = alone, sorted(chain.from_iterable(waiting.values()), key=attrgetter("position"))
    pairs.sort(key=lambda pair: pair.a.position)
    return PairedRuns(tuple(pairs), found_by, tuple(only_a), tuple(only_b))


def _once(conversations: list[EndedConversation], key: Callable[[EndedConversation], int]) -> set[int]:
    return {each for each, n in Counter(map(key, conversations)).items() if n == 1}


def _digest(value: Any) -> int:
    return int.from_bytes(json_digest(value)[:DIGEST_BYTES])


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
