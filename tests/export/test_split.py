"""The split by prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.export.split import prompt_digest, question_digest, split_of, workable_share
from fellowship.protocols.content import Prompt


def digests(n: int) -> list[bytes]:
    """The digests of n different prompts."""
    return [prompt_digest(Prompt.of(f"prompt {i}").chat) for i in range(n)]


def test_share_of_test_prompts_is_the_wanted_one() -> None:
    """Within four standard deviations: 1,000 +- 120 of 10,000."""
    sides = [split_of(digest, test_share=0.1) for digest in digests(10_000)]

    assert 880 < sides.count("test") < 1120


@given(st.integers(0, 500), st.floats(0, 0.49), st.floats(0, 0.49))
def test_larger_share_only_adds_prompts_to_the_test_side(n: int, one: float, other: float) -> None:
    """So a prompt that was once held out stays held out."""
    small, large = sorted((one, other))
    digest = prompt_digest(Prompt.of(f"prompt {n}").chat)

    if split_of(digest, test_share=small) == "test":
        assert split_of(digest, test_share=large) == "test"


def test_trusted_reference_does_not_move_a_prompt() -> None:
    """Trainers do not see it, so two prompts that differ in it are the same prompt."""
    with_reference = Prompt.of("what?", reference="that")

    assert prompt_digest(with_reference.chat) == prompt_digest(Prompt.of("what?").chat)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Name a river.", "name a RIVER."),
        ("Name a river.", "  Name a\u00a0 river.\r\n"),
        ("Name\na river.", "Name\r\na\u2028river."),
        ("Où est l'été ?", "Ou\u0300 est l'e\u0301te\u0301 ?"),
        ("ﬁnd x²", "find x2"),
        ("Straße", "STRASSE"),
        ("日本の川は？", "日本の川は?"),
        ("Name a river.", "\ufeffName a ri\u00adver.\u200b"),
        ("What's Germany's \"best\" river - by far...", "What’s Germany’s “best” river – by far…"),
    ],
    ids=["case", "blanks", "line ends", "NFC", "NFKC", "casefold", "full width", "invisible", "signs"],
)
def test_prompts_that_differ_in_typing_are_on_one_side(one: str, other: str) -> None:
    """Also in a chat, whatever its system message."""
    chats = [
        [{"role": "system", "content": text}, {"role": "user", "content": f"{text} again"}] for text in (one, other)
    ]

    assert prompt_digest(Prompt.of(one).chat) == prompt_digest(Prompt.of(other).chat)
    assert prompt_digest(chats[0]) == prompt_digest(chats[1])


@pytest.mark.parametrize("sign", ["", "?", "??", " .", "\u3002", "\u2026", "?!"])
def test_final_punctuation_moves_no_question(sign: str) -> None:
    """Whether it is missing, doubled, or another."""
    assert question_digest(Prompt.of(f"Name item 5{sign}").chat) == question_digest(Prompt.of("name item 5.").chat)


@pytest.mark.parametrize(
    ("one", "other"), [("2+2", "2-2"), ("résumé", "resume"), ("川", "河")], ids=["sign", "accents", "word"]
)
def test_prompts_of_different_content_are_different(one: str, other: str) -> None:
    """Accents are content."""
    assert prompt_digest(Prompt.of(one).chat) != prompt_digest(Prompt.of(other).chat)


def test_share_of_which_one_prompt_remains_works() -> None:
    """1 - 0.9 is one tenth, though not of floats."""
    some = [bytes([first, *[0] * 31]) for first in (0, 25, 50, 75, 100, 125, 150, 175, 200, 250)]

    assert workable_share(some, test_share=0.9) == 0.9


def test_few_prompts_are_all_for_training() -> None:
    """Nine prompts are too few for a tenth of them."""
    assert workable_share(digests(9), test_share=0.1) == 0.0
    assert workable_share(digests(1000), test_share=0.1) == 0.1
    assert workable_share([], test_share=0.1) == 0.0


@pytest.mark.parametrize(
    "chat",
    [
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Name a river."}],
        [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "name a  river."},
        ],
        [{"role": "user", "content": "Name a river."}, {"role": "assistant", "content": "The"}],
    ],
    ids=["system", "history", "begun answer"],
)
def test_a_question_is_on_one_side_whatever_stands_around_it(chat: list[dict[str, str]]) -> None:
    """It is another prompt, but its answers are answers to the same question."""
    alone = Prompt.of("Name a river.").chat

    assert question_digest(chat) == question_digest(alone)
    assert prompt_digest(chat) != prompt_digest(alone)


def test_chats_without_a_user_are_split_by_all_their_messages() -> None:
    """Other system prompts are other questions then."""
    one, other = ([{"role": "system", "content": text}, {"role": "user", "content": " "}] for text in ("Go.", "Stop."))

    assert question_digest(one) != question_digest(other)
