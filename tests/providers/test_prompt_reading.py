"""Prompts of which a server read a part, and prompts that it read."""

import pytest

from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.providers.fewest_tokens import fewest_tokens
from fellowship.providers.prompt_reading import PromptReading

ENGLISH = (
    "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience. "
)
CHINESE = "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神互相对待。"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. "
URDU = "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔ "
VIETNAMESE = "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền. "
CODE = "for (int i = 0; i < n; i++) { total += values[i] * 2; }\n"
THAI = "ประเทศไทยเป็นประเทศที่มีวัฒนธรรมและประเพณีที่สวยงามมากมาย "


def is_cut(text: str, usage: Usage, reading: PromptReading | None = None) -> bool:
    request = Request(AskKey("c1", "", "judge", 0), 1, "ollama/m", ({"role": "user", "content": text},), {}, "Verdict")
    return (reading or PromptReading()).is_cut(Completion("B", usage=usage), request)


@pytest.mark.parametrize(
    ("text", "whole", "part"),
    [
        (ENGLISH * 600, 12_600, 9_500),  # 10,800 words
        (CHINESE * 200, 5_600, 3_000),
        (KOREAN * 300, 6_300, 3_200),
        (URDU * 300, 4_800, 3_600),
        (VIETNAMESE * 300, 5_700, 4_100),
        (CODE * 300, 7_500, 3_000),
        (THAI * 300, 4_500, 3_300),
    ],
    ids=["English", "Chinese", "Korean", "Urdu", "Vietnamese", "code", "Thai"],
)
def test_a_part_of_a_prompt_is_noticed_and_the_whole_is_not(text: str, whole: int, part: int) -> None:
    """`whole` is the count of the best of eight tokenizers; a part that is mostly cached is a part, too."""
    assert is_cut(text, Usage(part, 20))
    assert is_cut(text, Usage(part, 20, cached_tokens=part - 1))
    assert not is_cut(text, Usage(whole, 20))
    assert not is_cut(text, Usage(300, 20, cached_tokens=whole - 300))


def test_a_count_that_is_the_length_of_a_context_needs_no_slack() -> None:
    """The same prompt with a count beside it is believed: a better tokenizer may reach it."""
    text = "you have to do this now and then we can go to the other place where people live together " * 500

    assert [is_cut(text, Usage(n, 20)) for n in (8192, 8191, 8200, 9000)] == [True, True, False, False]


def test_three_prompts_of_different_lengths_do_not_have_the_same_highest_count() -> None:
    """The third is noticed, and no prompt with fewer tokens; equal prompts may have equal counts."""
    same, different = PromptReading(), PromptReading()
    counts = [(ENGLISH * 50, 1111), (ENGLISH * 55, 1111), (ENGLISH * 20, 450), (ENGLISH * 60, 1111)]

    assert [is_cut(text, Usage(n, 20), different) for text, n in counts] == [False, False, False, True]
    assert not any(is_cut(ENGLISH * 50, Usage(1111, 20), same) for _ in range(5))


@pytest.mark.parametrize(
    "text",
    [" " * 9000, "\n\n" * 4000, "─" * 9000, "🙂" * 4000, "0" * 9000, "哈" * 4000],
)
def test_runs_of_one_sign_count_little(text: str) -> None:
    """Some tokenizers have tokens of 64 blanks."""
    assert fewest_tokens(text) <= len(text) / 5


@pytest.mark.parametrize("text", ["w1 w2 w3 w4 ", "a b c ", "x=1;", "so. ", ENGLISH])
def test_a_token_for_four_characters_is_a_whole_prompt(text: str) -> None:
    """Proxies and simulated servers estimate so, whatever the text; no tokenizer is that good on these."""
    assert not is_cut(text * 1000, Usage(len(text) * 250, 20))
