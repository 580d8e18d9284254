"""Digests that are stored keep their values: fixed examples, computed before the digests had one module."""

from fellowship.export.split import prompt_digest, split_of
from fellowship.protocols.completions import AskKey, Request
from fellowship.protocols.content import Prompt
from fellowship.protocols.digests import json_digest, text_digest
from fellowship.protocols.items import Item
from fellowship.protocols.quota import key_digest
from fellowship.providers.sim.seeding import unit_number
from fellowship.runners.conversation import seed_of
from fellowship.storage.journal import item_digest

REQUEST = Request(
    AskKey("c00001", "ab", "judge", 2),
    1,
    "openai/gpt-4o",
    ({"role": "system", "content": "You judge."}, {"role": "user", "content": "Which is better? Ünï\n"}),
    {"temperature": 0.5, "max_tokens": 64},
    "Verdict",
)


def test_the_fingerprint_of_a_request_stays() -> None:
    """Else a continued run takes every request for a changed one."""
    assert REQUEST.fingerprint == "8475f166c8775bb1"


def test_the_digest_of_an_item_stays() -> None:
    """Else a continued run takes every item for another one."""
    assert item_digest(Item(prompt=Prompt.of("Why is the sky blue?"), id="q1")) == "9fbb39d700246478"


def test_the_side_of_a_prompt_stays() -> None:
    """Else a data set that is exported again moves prompts from train to test."""
    digest = prompt_digest([{"role": "user", "content": "Why is the sky blue?"}])

    assert digest.hex() == "7705dcd9260ed237f54e11424441f8c1915ff9f93d4e4bdeb9ed549754df14df"
    assert split_of(digest, test_share=0.46) == "train"
    assert split_of(digest, test_share=0.47) == "test"


def test_seeds_and_key_digests_stay() -> None:
    """Of a conversation, of a simulated model, and of a key, by which processes share its quota."""
    assert (seed_of(7, "c00042"), unit_number("a", "bc"), key_digest("sk-1"), key_digest(None)) == (
        1092602128,
        0.32447275694764244,
        "fc2aa76398d9",
        "",
    )


def test_json_is_digested_without_regard_to_the_order_of_keys() -> None:
    """And texts with halves of surrogate pairs, which no file can hold, have a digest as well."""
    assert json_digest({"a": 1, "b": 2}) == json_digest({"b": 2, "a": 1})
    assert text_digest("\ud800") != text_digest("?")
