"""Which prompts and which answers are equal, though they are typed differently."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fellowship.formatting.normal_text import normal_answer, normal_prompt


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's Ann's", "It’s Annʼs"),
        ("don't", "don`t"),
        ('the "best" word', "the “best” word"),
        ('the "best" word', "the ``best'' word"),
        ('"Ja" und "Nein"', "„Ja“ und »Nein«"),
        ('Il dit "oui"', "Il dit «\u00a0oui\u202f»"),
        ('"川"', "「川」"),
        ("pages 3-5", "pages 3–5"),
        ("a river - the Rhine - flows", "a river—the Rhine—flows"),
        ("well-known", "well\u2011known"),
        ("it is -5", "it is −5"),
        ("so---then", "so – then"),
        ("Wait...", "Wait…"),
        ("Wait...", "Wait. . ."),
        ("- one\n- two", "• one\n• two"),
        ("* one\n  * two", "▪ one\n  ◦two"),
        ("Vraiment ?", "Vraiment\u202f?"),
        ("Vraiment?", "Vraiment ?"),
        ("ＡＢＣ（１）：x", "ABC(1):x"),
        ("two words", "two\u00a0\u2009words"),
        ("End.  Next", "End. Next"),
        ("ﬁnd the oﬃce", "find the office"),
        ("1/2 of it", "1⁄2 of it"),
        ("one\n\ntwo\n", "one  \r\n\r\n\r\n\u2028two"),
        ("ri\u00adver\u200b", "\ufeffriver"),
        ("I ❤ it", "I ❤\ufe0f it"),
        ("ガ", "ｶﾞ"),
        ("6'2\"", "6′2″"),
    ],
)
def test_typography_makes_no_text_different(one: str, other: str) -> None:
    """Neither a prompt nor an answer."""
    assert normal_answer(one) == normal_answer(other)
    assert normal_prompt(one) == normal_prompt(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Word for item 5", "Word for item 5?"),
        ("Word for item 5?", "word for item 5 ??"),
        ("Word for item 5.", "Word for item 5…"),
        ("これは川", "これは川？"),
        ("Qué es esto", "¿Qué es esto?"),
        ("ما هذا", "ما هذا؟"),
        ("Answer:", "Answer"),
        ("Go on", "Go on!!!"),
        ("a b", "ab"),
        ("Rhine", "RHINE"),
        ("x²", "x2"),
        ("for x in y:\n    stop", "for x in y:\n  stop"),
        ("a\nb", "a b"),
    ],
)
def test_case_blanks_and_final_signs_do_not_count_in_prompts_alone(one: str, other: str) -> None:
    """In an answer they are content."""
    assert normal_prompt(one) == normal_prompt(other)
    assert normal_answer(one) != normal_answer(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5", "-5"),
        ("2+2", "2-2"),
        ("the 'x'", 'the "x"'),
        ("résumé", "resume"),
        ("**x**", "x"),
        ("1. x", "2. x"),
        ("?", ""),
    ],
)
def test_other_content_is_different(one: str, other: str) -> None:
    assert normal_prompt(one) != normal_prompt(other)
    assert normal_answer(one) != normal_answer(other)


@given(st.text("ab'’\"“-–—.… \n\t•*?!\u00a0é", max_size=12))
def test_blanks_around_a_text_never_count(text: str) -> None:
    assert normal_answer(f" {text}\u00a0\n") == normal_answer(text.lstrip())
    assert normal_prompt(f"\t{text}\n") == normal_prompt(text)


@pytest.mark.parametrize("part", [" ", "-", ". ", "\n", " \n", "''", "· ", "?", "\t-", "a -"])
def test_work_grows_by_the_length_of_the_text_alone(part: str) -> None:
    """Texts come from models: no input makes a pattern search again and again."""
    assert len(normal_answer(part * 100_000 + "x")) <= 600_000
    assert len(normal_prompt(part * 100_000 + "x")) <= 600_000


@example("a\n * b")
@given(st.text(alphabet="ab 'AB.-*+?!:;`\n\t\r\x0b\x1c\"", max_size=12))
def test_a_text_that_is_returned_at_once_is_its_own_form(text: str) -> None:
    """An invisible sign behind it makes the whole form be computed."""
    assert normal_answer(text) == normal_answer(text + "\u200b")
