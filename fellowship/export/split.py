"""Train and test, by the hash of the question: all pairs of a question, however it is typed, are on one side.

The question is the last message of the user. A system prompt in front of it, and earlier turns, make another prompt but
no other question: answers to both prompts on two sides would let a trainer test on what it was trained on.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from fellowship.formatting.normal_text import normal_prompt
from fellowship.protocols.digests import json_digest
from fellowship.protocols.exact import exact

Split: TypeAlias = Literal["train", "test"]


def prompt_digest(chat: Sequence[Mapping[str, Any]]) -> bytes:
    """SHA-256 of the JSON of the chat's normal form, without the prompt's reference, which is not exported.

    Prompts that differ only in typing have one digest (`formatting/normal_text.py`); messages without text do not
    count.
    """
    texts = [{"role": message["role"], "content": normal_prompt(message["content"])} for message in chat]
    return json_digest([each for each in texts if each["content"]])


def question_digest(chat: Sequence[Mapping[str, Any]]) -> bytes:
    """The digest of the last message of the user as a prompt; that of the whole chat where no user says anything."""
    for message in reversed(chat):
        if message["role"] == "user" and normal_prompt(message["content"]):
            return prompt_digest([message])
    return prompt_digest(chat)


def split_of(question: bytes, *, test_share: float) -> Split:
    """The side of a question, given its digest: `test` for this share of all possible digests."""
    return "test" if int.from_bytes(question[:8], "big") < test_share * 2**64 else "train"


def workable_share(questions: Collection[bytes], *, test_share: float) -> float:
    """The test share, or 0 where the digests are too few for it: fewer than one expected on a side, or a side empty."""
    share = exact(test_share)
    if min(share, 1 - share) * len(questions) < 1:
        return 0.0
    sides = {split_of(question, test_share=test_share) for question in questions}
    return test_share if len(sides) == 2 else 0.0
