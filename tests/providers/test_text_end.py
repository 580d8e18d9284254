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


@pytest.mark.parametrize(
    "text",
    [
        "Broken off in the middle of a",
        "It is a well-",
        "1. It is a well-",
        "1. Short waves scatter more.\n2. The eye sees blue.\n3. The sun emits",
        "- It is fast.\n- It is small.\n- It has 3",
        "1. 短波散射更多。\n2. 太阳发出",
        "3. **Sunlight**: The spectrum of the sun contains",
        "3. **Sunlight",
        "It is the sum (see chapter 3.",
        'She replied: "No.',
        "Er sagte: „Hallo.",
        "彼は「はい。",
        "¿Por qué es azul el cielo",
        "Use the command `ls",
        "~~~py\nx = 1",
        "````md\n```py\nx\n```",
        "| a | b |\n| --- | --- |\n| one |",
        "a,b,c\n1,2,3\n4,5",
        '{"a": {"b": 1}',
        "$$\\int_0^1 x",
        "\\begin{align}\nx &= 1",
        "3 ×",
        "SELECT name FROM users WHERE",
        "x = compute(a,",
        "Roses are red,\nViolets are blue,\nSugar is",
        "床前明月光\n疑是地上霜\n举头",
        "Canberra is a",
        "Canberra es una ciudad de Australia y",
        "Wir gehen in die",
        "Мы живем в",
        "# Title\n\nThe text of the section begins wi",
    ],
)
def test_a_text_ends_inside_of_a_mark_a_list_or_a_phrase(text: str) -> None:
    assert looks_cut_off(text)


@pytest.mark.parametrize(
    "text",
    [
        "Why the Sky Is Blue",
        "The Rise and Fall of the Roman Empire",
        "La historia de Roma",
        "Dr. Martin Luther King",
        "Roses are red,\nViolets are blue,\nSugar is sweet,\nAnd so are you",
        "We sing by day, we sing by night\nAnd none of us will ever die",
        "1. Wash the rice until it is clean\n2. Cook it for ten minutes\n3. Serve it with a cold salad",
        "1. Plug in\n2. Log in\n3. Turn on",
        "- red;\n- green;\n- blue",
        "- Explanation: It is good.\n- Score: 9",
        "### Score A:\n9/10\n\n### Score B:\n9.5/10",
        "Er sagte: „Hallo.“",
        "« Bonjour », dit-il.",
        "こんにちは",
        "The interval is [0, 1)",
        "Sorry about that :(",
        "SELECT name FROM users;",
        "def mean(xs):\n    total = sum(xs)\n    return total / len(xs) if xs else None",
        "npm install --save-dev typescript eslint prettier jest",
        "The best language is C++",
        "aGVsbG8gd29ybGQ=",
        "See the documentation at https://example.com/",
        "Write to the office at mary@example.org",
        "$$\\int_0^1 x\\,dx = \\frac{1}{2}$$",
        '{"a": {"b": 1}}',
        "a,b,c\n1,2,3\n4,5,6",
        "I choose option a",
        "Yes, it is",
        "red, green, blue, yellow, white, black",
        "👍",
    ],
)
def test_a_text_of_any_form_is_whole(text: str) -> None:
    """Titles, verse, lists without full stops, quotations, code, addresses, formulas and short answers."""
    assert not looks_cut_off(text)
