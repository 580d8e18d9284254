"""Texts that break off, and texts that only end without a full stop."""

import pytest

from fellowship.providers.text_end import looks_cut_off


@pytest.mark.parametrize(
    "text",
    [
        "Score A: 8/10\nScore B: 7/10\nHowever, I must correct Score A because",
        "The answer is 42.\n\nWe also note\nthat the population of",
        "Canberra is the capital. It was chosen as a compromise, which",
        "Die Antwort ist richtig, weil",
        "Score A: 9/10\nScore B: 1",
        "Score A: 9 out of 10, Score B: 7",
        "Score A: 9/10\nScore B: 2/1",
        "La réponse est correcte parce que",
        "Москва является столицей России. Она расположена на берегах реки и была",
        "澳大利亚的首都是堪培拉。\n悉尼虽然更大，但",
        "第一段说完了。\n第二段刚刚开始说",
        "日本の首都は東京です。人口は約千四百万人で",
        "한국의 수도는 서울이다. 인구는 약 천만 명이며 많은 사람들이",
        "1. First point.\n2. Second point.\n3.",
        "- good\n- bad\n-",
        "Here is why:\n- it is red\n- it was also the",
        "| a | b |\n|---|---|\n| 1 | 2",
        '[{"a": 1}, {"b": 2',
        "It rises in the mountains of the north and flows through three lands before it\nreaches the sea near the old",
    ],
)
def test_a_text_breaks_off(text: str) -> None:
    """In a sentence, of prose also behind a few words; in a list, a row or an array."""
    assert looks_cut_off(text)


@pytest.mark.parametrize(
    "text",
    [
        "Answer A is better",
        "Score A: 9\nScore B: 1",
        "Score A: 9/10\nScore B: 1/10\nSource of 2020",
        "The better answer is a",
        "Both answers are equally good",
        "答案是甲",
        "两个答案都正确。两个答案一样好，平局",
        "谢谢。",
        "まとめ\n東京",
        "ประเทศไทย มีเมืองหลวง คือ กรุงเทพ มหานคร",
        "I wandered lonely as a cloud\nThat floats on high o'er vales and hills",
        "Dear John,\n\nThank you for the letter.\n\nKind regards\nMary Ann Smith",
        "def f(x):\n    return x + 1",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "1. Paris\n2. Rome\n3. Oslo",
        "https://example.com/a/b",
    ],
)
def test_a_text_ends_without_a_full_stop(text: str) -> None:
    """A decision, verse, a signature, code, a list, and Thai, which has none."""
    assert not looks_cut_off(text)
