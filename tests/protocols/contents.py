"""Hypothesis strategies: any content of any kind, and any message around it."""

from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from fellowship.protocols.content import (
    Argument,
    ChatMessage,
    Critique,
    Draft,
    PreferencePair,
    Prompt,
    Score,
    Verdict,
    Vote,
)
from fellowship.protocols.items import Item
from fellowship.protocols.messages import BUILT_IN, Message

texts = st.text(min_size=1, max_size=30)
spoken = texts.filter(lambda text: bool(text.strip()))
numbers = st.floats(allow_nan=False, allow_infinity=False)
perhaps_numbers = st.none() | numbers
roles = st.sampled_from(["system", "user", "assistant"])
turns = st.builds(lambda role, content: ChatMessage(role=role, content=content), roles, texts)
chats = st.builds(
    lambda before, last: (*before, ChatMessage(role="user", content=last)), st.lists(turns, max_size=3), spoken
)
prompts = st.builds(Prompt, chat=chats, reference=st.none() | texts)
drafts = st.builds(Draft, text=texts, truncated=st.booleans())
labels = st.sampled_from(["A", "B", "tie"])


def decided(kind: type[Verdict]) -> st.SearchStrategy[Verdict]:
    """Verdicts or votes that are not failures."""
    decisions = st.sampled_from(["A", "B", "tie", "inconsistent"])
    return st.builds(
        kind,
        decision=decisions,
        score_a=perhaps_numbers,
        score_b=perhaps_numbers,
        out_of=perhaps_numbers,
        explanation=st.text(max_size=20),
    )


def verdicts(kind: type[Verdict] = Verdict) -> st.SearchStrategy[Verdict]:
    """Verdicts or votes of every decision."""
    return decided(kind) | st.builds(kind.failure, texts)


CONTENTS: dict[type[Any], st.SearchStrategy[Any]] = {
    Prompt: prompts,
    Draft: drafts,
    Critique: st.builds(Critique, text=texts, score=perhaps_numbers, out_of=numbers),
    Argument: st.builds(Argument, text=texts),
    Score: st.builds(Score, score=numbers, out_of=numbers, explanation=st.text(max_size=20)),
    Verdict: verdicts(),
    Vote: verdicts(Vote),
    PreferencePair: st.builds(
        PreferencePair,
        prompt=prompts,
        chosen=texts,
        rejected=texts,
        label_source=st.sampled_from(["human", "jury", "judge", "debate", "reviewer"]),
        score_chosen=perhaps_numbers,
        score_rejected=perhaps_numbers,
    ),
}

items = st.builds(
    Item,
    prompt=prompts,
    id=st.none() | texts,
    candidates=st.lists(drafts, max_size=3).map(tuple),
    models=st.lists(texts, max_size=3).map(tuple),
    label=st.none() | labels,
    votes=st.lists(labels, max_size=3).map(tuple),
)


def messages(content: type[Any]) -> st.SearchStrategy[Message[Any]]:
    """Any message around any content of this kind."""
    return st.builds(
        BUILT_IN[content],
        content=CONTENTS[content],
        id=texts,
        source=texts,
        inputs=st.lists(texts, max_size=3).map(tuple),
        created_at=st.datetimes(timezones=st.just(UTC)),
        metadata=st.dictionaries(texts, texts, max_size=2),
    )


any_message = st.sampled_from(list(CONTENTS)).flatmap(messages)
