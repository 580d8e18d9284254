"""A model's text is split into answer and reasoning, and only the answer is read."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.agents.reading import parts_of, split_completion, with_parts
from fellowship.protocols.completions import Completion, CompletionParts

SPLIT = {
    "no marks": ("Canberra.\n", "Canberra.\n", ""),
    "a block": ("<think>\nA city.\n</think>\n\nCanberra.", "Canberra.", "A city."),
    "an empty block": ("<think>\n\n</think>\n\nCanberra.", "Canberra.", ""),
    "blanks before it": ("\n <think>A city.</think>Canberra.", "Canberra.", "A city."),
    "capitals": ("<THINK>A city.</Think>Canberra.", "Canberra.", "A city."),
    "thinking": ("<thinking>A city.</thinking>\nCanberra.", "Canberra.", "A city."),
    "reasoning": ("<reasoning>A city.</reasoning><b>Canberra.</b>", "<b>Canberra.</b>", "A city."),
    "an attribute": ('<think budget="9">A city.</think>Canberra.', "Canberra.", "A city."),
    "brackets": ("[THINK]A city.[/THINK]Canberra.", "Canberra.", "A city."),
    "brackets, begun inside": ("A city.[/THINK]Canberra.", "Canberra.", "A city."),
    "several blocks": ("<think>A city.</think>\n<think>Which?</think>\nCanberra.", "Canberra.", "A city.\n\nWhich?"),
    "begun inside": ("A city.\n</think>\n\nCanberra.", "Canberra.", "A city."),
    "begun inside, one line": ("Score A: 1/10 </think> Score A: 9/10", "Score A: 9/10", "Score A: 1/10"),
    "an empty block, then more": ("<think>\n</think>\nA city.\n</think>\nCanberra.", "Canberra.", "A city."),
    "no answer": ("<think>A city.</think>\n", "", "A city."),
    "begun inside, no answer": ("A city.\n</think>", "", "A city."),
    "another tag inside": ("<think>Use <reasoning>?</reasoning> No.</think>Canberra.", "Canberra.", None),
    "a mention in code inside": ("<think>I close with `</think>`, so.\n</think>\nCanberra.", "Canberra.", None),
    "a mention in a fence inside": ("<think>\n```\n</think>\n```\n</think>\nCanberra.", "Canberra.", None),
    "a mention in words inside": ("<think>The mark </think> ends it.\n</think>\nCanberra.", "Canberra.", None),
    "only a mention closes": ("<think>a city </think> it is Canberra", "it is Canberra", "a city"),
    "a fence across the end": ("<think>\n```py\nx\n</think>\n```py\ny\n```", "```py\ny\n```", "```py\nx"),
    "harmony": (
        "<|channel|>analysis<|message|>A city.<|end|><|start|>assistant<|channel|>final<|message|>Canberra.<|return|>",
        "Canberra.",
        "A city.",
    ),
    "harmony with its start": (
        "<|start|>assistant<|channel|>analysis<|message|>A city.<|end|>\n"
        "<|start|>assistant<|channel|>commentary to=search <|constrain|>json<|message|>{}<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Canberra.",
        "Canberra.",
        "A city.\n\n{}",
    ),
    "harmony, begun in the header": (
        "analysis<|message|>A city.<|end|><|start|>assistant<|channel|>final<|message|>Canberra.",
        "Canberra.",
        "A city.",
    ),
    "harmony, begun inside": (
        "A city.<|end|><|start|>assistant<|channel|>final<|message|>Canberra.<|return|>",
        "Canberra.",
        "A city.",
    ),
    "harmony without a channel": ("<|start|>assistant<|message|>Canberra.<|end|>", "Canberra.", ""),
    "harmony, no answer": ("<|channel|>analysis<|message|>A city.<|end|>", "", "A city."),
    "an end of turn": ("Canberra.<|eot_id|>", "Canberra.", ""),
    "ends of turns": ("<think>A city.</think>Canberra.\n<|im_end|>\n<|im_end|>\n", "Canberra.", "A city."),
}
ALL_ANSWER = {
    "marks in pairs further on": "Models write <think> first, and then </think>.",
    "a block further on": "Like this:\n<think>\nA city.\n</think>\nThen the answer.",
    "a fence": "```\nA city.\n</think>\nCanberra.\n```\nis such a text",
    "a fence of waves": "~~~\n</think>\n~~~\nis such a text",
    "code": "`</think>` ends it.",
    "code that begins": "`<think>` begins it.",
    "quotation marks": 'A model writes "</think>" and goes on. So does “</think>”.',
    "parentheses": "The mark (</think>) ends it.",
    "a word on either side": "The mark </think> ends it.",
    "punctuation": "It ends with </think>.",
    "a tag that is none": "<thinker>a</thinker> and </thoughts>",
    "markup": "<p>Canberra.</p>",
    "a list": "[1, 2]",
    "small brackets": "[think]a[/think]b",
    "a header in code": "Write `<|end|><|start|>assistant<|channel|>final<|message|>` there.",
    "a header further on": "The form is <|channel|>final<|message|>text<|return|> today.",
    "an end of turn further on": "A table.\n<|im_end|>\n\nScore A: 8/10",
    "nothing": "",
}
UNCLOSED = {
    "a block": ("<think>Score A: 10/10\nScore B: 1/10", "Score A: 10/10\nScore B: 1/10"),
    "a second block": ("<think>A city.</think><think>Which?", "A city.\n\nWhich?"),
    "another tag closes": ("<think>A city.</thinking>Canberra.", "A city.</thinking>Canberra."),
    "brackets": ("[THINK]A city.", "A city."),
    "harmony": ("<|channel|>analysis<|message|>A city.", "A city."),
    "only an opening mark": ("<think>", ""),
}
TEXTS = st.lists(
    st.sampled_from([" ", "\n", "a", "B", ".", '"', "`", "```\n", "\n```\n", "(", "<", "é", "1/10", "["])
).map("".join)
HOSTILE: dict[str, Callable[[int], str]] = {
    "opening marks": lambda n: "<think>" * n,
    "closing marks": lambda n: "</think>" * n,
    "blocks": lambda n: "<think></think>" * n,
    "mentions": lambda n: "<think>" + ' "</think>"' * n,
    "mentions that close": lambda n: '<think>"</think>"</thinking>' * n,
    "fences that close": lambda n: "<think>\n```\n</think>\n```\n" * n,
    "half open fences": lambda n: "`````\n</think>\n" * n,
    "backticks": lambda n: "`" * n + "a" * n + "</think>",
    "headers": lambda n: "<|channel|>a<|message|>" * n,
    "halves of headers": lambda n: "<|end|><|start|>" * n,
    "ends of turns": lambda n: " <|im_end|>" * n + "x",
    "attributes": lambda n: "<think x" * n,
    "blanks": lambda n: " " * n + "<think>" + " " * n,
}


@pytest.mark.parametrize(("text", "answer", "reasoning"), SPLIT.values(), ids=SPLIT)
def test_a_text_is_split(text: str, answer: str, reasoning: str | None) -> None:
    """Into the answer, and the reasoning without its marks; None here is whatever stands between the marks."""
    parts = split_completion(text)

    assert (parts.answer, parts.closed) == (answer, True)
    assert parts.reasoning == (parts.reasoning if reasoning is None else reasoning)


@pytest.mark.parametrize("text", ALL_ANSWER.values(), ids=ALL_ANSWER)
def test_a_text_that_mentions_marks_is_all_answer(text: str) -> None:
    """It is the very same text."""
    assert split_completion(text) == (text, "", True)


@pytest.mark.parametrize(("text", "reasoning"), UNCLOSED.values(), ids=UNCLOSED)
def test_reasoning_that_does_not_end_has_no_answer(text: str, reasoning: str) -> None:
    """Nothing in it is taken for the answer."""
    assert split_completion(text) == ("", reasoning, False)


@given(TEXTS, TEXTS, st.sampled_from(["think", "THINKING", "reasoning"]))
def test_whatever_stands_in_a_block_is_reasoning_and_what_follows_is_the_answer(
    reasoning: str, answer: str, tag: str
) -> None:
    """Quotes, sentences, code and fences around the only closing mark change nothing."""
    parts = split_completion(f"<{tag}>{reasoning}</{tag}>{answer}")

    assert parts == (answer.lstrip(), reasoning.strip(), True)


@given(TEXTS)
def test_a_text_without_marks_is_the_very_same_text(text: str) -> None:
    """With its blanks, fences and brackets."""
    assert split_completion(text).answer is text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_time_grows_with_the_length_of_the_text(text: Callable[[int], str]) -> None:
    """Ten times the text takes at most forty times as long, where a quadratic search takes a hundred times."""

    def spent(n: int) -> float:
        started = time.process_time()
        split_completion(text(n))
        return time.process_time() - started

    assert spent(30_000) < 40 * max(min(spent(3_000) for _ in range(3)), 0.001)


def test_a_completion_without_marks_stays_the_same_object() -> None:
    """So that the usual reply costs nothing."""
    completion = Completion("Canberra.", reasoning="A city.")

    assert with_parts(completion) is completion
    assert (completion.answer, completion.closed) == ("Canberra.", True)


def test_a_completion_keeps_its_raw_text() -> None:
    """Its parts stand beside it; a parser is given the answer as text."""
    completion = with_parts(Completion("<think>A city.</think>Canberra.", "length"))

    assert completion.text == "<think>A city.</think>Canberra."
    assert (completion.answer, completion.closed) == ("Canberra.", True)
    assert completion.without_reasoning() == Completion("Canberra.", "length")


def test_a_completion_that_is_taken_whole_is_not_split() -> None:
    """As one recorded before completions had parts."""
    completion = with_parts(Completion("<think>A city.", whole=True))

    assert (completion.answer, completion.closed) == ("<think>A city.", True)


def test_what_was_sent_beside_the_text_is_shown_first() -> None:
    """Then what the text holds, unless it is taken whole."""
    text = "<think>A city.</think>Canberra."

    assert parts_of(text, "Hm.", whole=False) == CompletionParts("Canberra.", "Hm.\n\nA city.", True)
    assert parts_of(text, None, whole=True) == CompletionParts(text, "", True)
