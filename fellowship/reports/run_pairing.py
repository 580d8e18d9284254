"""The conversations of two runs over the same items, in pairs: by what they were about, or by where they stand."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson

from fellowship.formatting.terminal_text import first_line, fit
from fellowship.storage import queries
from fellowship.storage.recorded_run import RecordedRun

PairingKey: TypeAlias = Literal["prompt", "position"]
LONGEST = 16


@dataclass(frozen=True, slots=True)
class EndedConversation:
    """A conversation as far as it is compared: what it was about, and its outcome.

    `outcome` is the decision of a verdict, else `finished`; `failed`, and `open` for one that has not ended, whatever
    there is. `score` is the outcome's, where it has one.
    """

    id: str
    position: int
    digest: str
    prompt: bytes
    candidates: bytes
    label: str | None
    outcome: str
    score: float | None
    decides: bool


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
    for id, position, digest, item, status, content in run.rows(queries.ENDED_CONVERSATIONS):
        asked, outcome = orjson.loads(item), orjson.loads(content) if content else {}
        decision, score = outcome.get("decision"), outcome.get("score")
        yield EndedConversation(
            id=id,
            position=position,
            digest=digest,
            prompt=orjson.dumps(asked["prompt"]["chat"]),
            candidates=orjson.dumps([each["text"] for each in asked.get("candidates", ())]),
            label=asked.get("label"),
            outcome={"failed": "failed", "started": "open"}.get(status) or _named(decision),
            score=_number(score) if status == "finished" else None,
            decides=decision is not None,
        )


def pair_runs(a: RecordedRun, b: RecordedRun, *, match: PairingKey) -> PairedRuns:
    """Conversations of two runs in pairs.

    prompt      by the whole item; what is left by prompt and candidates; what is left then by the prompt alone, where
                each run has it once. Items that occur several times are paired in their order.
    position    by their place in the input, whatever they are about
    """
    if match == "position":
        return _matched(list(ended_conversations(a)), list(ended_conversations(b)), {"position": _position})
    return _matched(
        list(ended_conversations(a)), list(ended_conversations(b)), {"item": _item, "texts": _texts, "prompt": _prompt}
    )


def _matched(
    a: list[EndedConversation], b: list[EndedConversation], ways: dict[str, Callable[[EndedConversation], Hashable]]
) -> PairedRuns:
    pairs: list[ConversationPair] = []
    found_by: dict[str, int] = {}
    for name, key in ways.items():
        once = _once(a, key) & _once(b, key) if name == "prompt" else None
        waiting: defaultdict[Hashable, list[EndedConversation]] = defaultdict(list)
        for each in reversed(b):
            waiting[key(each)].append(each)
        new = [
            ConversationPair(each, waiting[key(each)].pop())
            for each in a
            if (once is None or key(each) in once) and waiting.get(key(each))
        ]
        found_by[name] = len(new)
        pairs += new
        gone_a, gone_b = {pair.a.id for pair in new}, {pair.b.id for pair in new}
        a, b = [each for each in a if each.id not in gone_a], [each for each in b if each.id not in gone_b]
    pairs.sort(key=lambda pair: pair.a.position)
    return PairedRuns(tuple(pairs), found_by, tuple(a), tuple(b))


def _once(conversations: list[EndedConversation], key: Callable[[EndedConversation], Hashable]) -> set[Hashable]:
    """The keys that occur once."""
    return {each for each, n in Counter(map(key, conversations)).items() if n == 1}


def _item(one: EndedConversation) -> Hashable:
    return one.digest


def _texts(one: EndedConversation) -> Hashable:
    return one.prompt, one.candidates


def _prompt(one: EndedConversation) -> Hashable:
    return one.prompt


def _position(one: EndedConversation) -> Hashable:
    return one.position


def _named(decision: Any) -> str:
    """A decision in a few harmless letters: those of contents of one's own may be anything."""
    return "finished" if decision is None else fit(first_line(str(decision)), LONGEST)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
