"""Train and test, by the hash of the prompt: all pairs of a prompt are on one side."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from fellowship.protocols.digests import json_digest

Split: TypeAlias = Literal["train", "test"]


def prompt_digest(chat: Sequence[Mapping[str, Any]]) -> bytes:
    """SHA-256 of the chat's JSON, without the prompt's reference, which is not exported."""
    return json_digest([{"role": message["role"], "content": message["content"]} for message in chat])


def split_of(prompt: bytes, *, test_share: float) -> Split:
    """The side of a prompt, given its digest: `test` for this share of all possible digests."""
    return "test" if int.from_bytes(prompt[:8], "big") < test_share * 2**64 else "train"


def workable_share(prompts: Collection[bytes], *, test_share: float) -> float:
    """The test share, or 0 where the digests are too few for it: fewer than one expected on a side, or a side empty."""
    if min(test_share, 1 - test_share) * len(prompts) < 1:
        return 0.0
    sides = {split_of(prompt, test_share=test_share) for prompt in prompts}
    return test_share if len(sides) == 2 else 0.0
