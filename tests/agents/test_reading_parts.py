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
    "harmony, then the turn of a user": (
        "<|channel|>final<|message|>Canberra.<|return|><|start|>user<|message|>And of France?",
        "Canberra.",
        "",
    ),
    "harmony without its tokens": ("analysisA city.assistantfinalCanberra.", "Canberra.", "A city."),
    "EXAONE": ("<thought>\nA city.\n</thought>\n\nCanberra.[|endofturn|]", "Canberra.", "A city."),
    "EXAONE, begun inside": ("A city.\n</thought>\n\nCanberra.", "Canberra.", "A city."),
    "Seed": ("<seed:think>A city.</seed:think>Canberra.<seed:eos>", "Canberra.", "A city."),
    "LongCat, begun inside": ("A city.</longcat_think>Canberra.", "Canberra.", "A city."),
    "Kimi": ("◁think▷A city.◁/think▷Canberra.", "Canberra.", "A city."),
    "Kimi, begun inside": ("A city.◁/think▷Canberra.", "Canberra.", "A city."),
    "OpenThinker": (
        "<|begin_of_thought|>\n\nA city.\n\n<|end_of_thought|>\n\n"
        "<|begin_of_solution|>\n\nCanberra.<|end_of_solution|>",
        "Canberra.",
        "A city.",
    ),
    "Command A": (
        "<|START_THINKING|>A city.<|END_THINKING|><|START_RESPONSE|>Canberra.<|END_RESPONSE|>",
        "Canberra.",
        "A city.",
    ),
    "Apertus": ("<|inner_prefix|>A city.<|inner_suffix|>Canberra.<|assistant_end|>", "Canberra.", "A city."),
    "Solar": ("<|think|>A city.<|end|><|begin|>assistant<|content|>Canberra.<|end|>", "Canberra.", "A city."),
    "Gemma 4": ("<|channel>thought\nA city.\n<channel|>Canberra.<turn|>", "Canberra.", "A city."),
    "MedGemma": ("<unused94>thought\nA city.<unused95>Canberra.<end_of_turn>", "Canberra.", "A city."),
    "Granite 3.2": (
        "Here is my thought process:\nA city.\n\nHere is my response:\n\nCanberra.",
        "Canberra.",
        "A city.",
    ),
    "Granite 3.3": ("<think>A city.</think><response>Canberra.</response>", "Canberra.", "A city."),
    "R1 Zero": ("<think>A city.</think>\n<answer>A</answer>", "<answer>A</answer>", "A city."),
    "Reflection": (
        "<thinking>A <reflection>Or?</reflection> city.</thinking>\n<output>Canberra.</output>",
        "Canberra.",
        "A <reflection>Or?</reflection> city.",
    ),
    "HuatuoGPT": ("## Thinking\n\nA city.\n\n## Final Response\n\nCanberra.", "Canberra.", "A city."),
    "Ollama's command": ("Thinking...\nA city.\n...done thinking.\n\nCanberra.", "Canberra.", "A city."),
    "Open WebUI": (
        '<details type="reasoning" done="true">\nA city.\n</details>\nCanberra. <details>a</details>',
        "Canberra. <details>a</details>",
        "A city.",
    ),
    "a byte order mark": ("\ufeff<think>A city.</think>Canberra.", "Canberra.", "A city."),
    "an empty tag": ("<think/>\nCanberra.", "Canberra.", ""),
    "a block between answers": (
        "<think>A city.</think>Sydney.\n<think>Or?</think>\nNo, Canberra.",
        "Sydney.\n\nNo, Canberra.",
        "A city.\n\nOr?",
    ),
    "a header": ("<|im_start|>assistant\n<think>A city.</think>Canberra.<|im_end|>", "Canberra.", "A city."),
    "a further turn": (
        "Canberra.<|im_end|>\n<|im_start|>user\nAnd of France?<|im_end|>\n<|im_start|>assistant\nParis.",
        "Canberra.",
        "",
    ),
    "a further turn of Llama": (
        "Score A: 9/10<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nScore A: 1/10",
        "Score A: 9/10",
        "",
    ),
    "an end of turn": ("Canberra.<|eot_id|>", "Canberra.", ""),
    "DeepSeek's end": ("<think>A city.</think>Canberra.<｜end▁of▁sentence｜>", "Canberra.", "A city."),
    "Gemma's end": ("Canberra.<end_of_turn>\n<eos>", "Canberra.", ""),
    "Mistral's end": ("Canberra.</s>", "Canberra.", ""),
    "behind a sentence": ("Let me weigh.\n<think>A city.</think>Hard.", "Let me weigh.\n\nHard.", "A city."),
    "behind a heading": ("**Analysis**\n[THINK]A city.[/THINK]Hard.", "**Analysis**\n\nHard.", "A city."),
    "behind a sentence, one line": ("Okay.<think>\nA city.\n</think>\nHard.", "Okay.\n\nHard.", "A city."),
    "behind a colon": (
        "Sure! Here is the answer:\n<thinking>A city.</thinking>Canberra.",
        "Sure! Here is the answer:\n\nCanberra.",
        "A city.",
    ),
    "behind a sentence in Chinese": ("让我比较一下。\n<think>A</think>甲更好。", "让我比较一下。\n\n甲更好。", "A"),
    "behind the answer": ("Canberra.\n<think>\nIs it? Yes.\n</think>", "Canberra.", "Is it? Yes."),
    "behind an announcement only": (
        "I'll compare.\n<scratchpad>A city.</scratchpad>\n",
        "",
        "I'll compare.\n\nA city.",
    ),
    "a second block in a line": (
        "<think>A city.</think>Sydney? <think>no, wait</think>Canberra.",
        "Sydney?\n\nCanberra.",
        "A city.\n\nno, wait",
    ),
    "a second block of another tag": (
        "<reasoning>A city.</reasoning>Sydney?\n<think>No.</think>Canberra.",
        "Sydney?\n\nCanberra.",
        "A city.\n\nNo.",
    ),
    "residue before it": ("<s><think>A city.</think>Canberra.", "Canberra.", "A city."),
    "residue of a template before it": ("</s><s> Canberra.", "Canberra.", ""),
    "a name before it": ("assistant\n<think>A city.</think>Canberra.", "Canberra.", "A city."),
    "harmony behind a sentence": (
        "Let me weigh.<|channel|>analysis<|message|>\nA city.<|end|>",
        "",
        "Let me weigh.\n\nA city.",
    ),
    "a further turn of Llama 2": ("Canberra. </s><s>[INST] Of France? [/INST] Paris.", "Canberra.", ""),
    "a further turn of Mistral": ("Score A: 9/10</s>[INST]Next[/INST]Score A: 1/10</s>", "Score A: 9/10", ""),
    "a further turn with a system prompt": (
        "Canberra.</s><s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\nOf France? [/INST] Paris. </s>",
        "Canberra.",
        "",
    ),
    "a further turn without a token": ("Score A: 9/10 [INST] next [/INST] Score A: 1/10", "Score A: 9/10", ""),
    "ends of turns": ("<think>A city.</think>Canberra.\n<|im_end|>\n<|im_end|>\n", "Canberra.", "A city."),
}
ALL_ANSWER = {
    "marks in pairs further on": "Models write <think> first, and then </think>.",
    "a block further on": "Like this:\n<think>\nA city.\n</think>\nThen the answer.",
    "a fence": "```\nA city.\n</think>\nCanberra.\n```\nis such a text",
    "a block that is shown": "A typical reply of R1:\n\n<think>\nOkay.\n</think>\n\nParis.",
    "a block that is shown inside another": "An XML schema:\n\n<thoughts>\n<thought>a</thought>\n</thoughts>",
    "a block and its mark in code": "The `<think>` block is first.\n\n<think>\nOkay.\n</think>\n\nThen the answer.",
    "a sentence that goes on": "Begin your reply with\n<think>\nand end it with\n</think>\n",
    "a sentence about a mark": "Two marks exist. <think> opens the block, and </think> closes it.",
    "a quoted block": "> <think>\n> Okay.\n> </think>\n\nis quoted.",
    "a row about marks": "| mark | use |\n|---|---|\n| <think> | opens |",
    "harmony in a sentence": "A message begins with\n<|channel|>analysis<|message|>\nand ends with <|end|>.",
    "a template": "The template of Llama 2:\n[INST] question [/INST] answer",
    "a template in a sentence": "Llama 2 puts it between [INST] and [/INST].",
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
    "words without their end": "Here is my thought process: it is a city.\nScore A: 9/10",
    "struck through": "Sydney, or <s>Perth</s>",
    "turns": "ChatML:\n<|im_start|>system\nx<|im_end|>\n<|im_start|>user\ny<|im_end|>\nas here",
    "tokens in a list": "- <|im_end|>\n- <|im_start|>\n",
    "details": "<details><summary>Why</summary>A city.</details>",
    "a lone tag of no template": "A.</scratchpad>B.",
    "a wrapped answer": "<answer>Canberra.</answer>",
    "nothing": "",
}
UNCLOSED = {
    "a block": ("<think>Score A: 10/10\nScore B: 1/10", "Score A: 10/10\nScore B: 1/10"),
    "a second block": ("<think>A city.</think><think>Which?", "A city.\n\nWhich?"),
    "another tag closes": ("<think>A city.</thinking>Canberra.", "A city.</thinking>Canberra."),
    "brackets": ("[THINK]A city.", "A city."),
    "harmony": ("<|channel|>analysis<|message|>A city.", "A city."),
    "only an opening mark": ("<think>", ""),
    "Seed": ("<seed:think>A city.", "A city."),
    "Kimi": ("◁think▷A city.", "A city."),
    "Command A": ("<|START_THINKING|>A city.<|END_OF_TURN_TOKEN|>", "A city."),
    "harmony without its tokens": ("analysisWe need a city.", "We need a city."),
    "a header that is cut off": ("<|channel|>analysis to=a", "<|channel|>analysis to=a"),
    "behind a sentence": ("I'll compare.\n<think>\nScore A: 9/10", "Score A: 9/10"),
    "behind the answer": ("Sydney.\n\n[THINK]Hmm, maybe", "Hmm, maybe"),
    "a header of harmony behind a sentence": ("Let me see.\n<|channel|>analysis", "Let me see.\n<|channel|>analysis"),
    "a block behind the answer": ("<think>A city.</think>Sydney.\n<think>Or", "A city.\n\nOr"),
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
    "blocks between answers": lambda n: "<think>a</think>b\n" * n,
    "blocks of another tag": lambda n: "<think>a</think>b" + "\n<reasoning>a" * n,
    "further turns": lambda n: "a<|im_end|>\n<|im_start|>user\n" * n,
    "headers of answers": lambda n: "<|im_start|>assistant\n" * n,
    "words": lambda n: "Here is my thought process: " * n,
    "commentary": lambda n: "analysis" + "assistantcommentary" * n,
    "sentences": lambda n: "So it is. <think> or\n" * n,
    "blocks that are shown": lambda n: "Like this:\n<think>\n" * n,
    "blocks behind sentences": lambda n: "So it is.\n<think>a</think>\n" * n,
    "instructions": lambda n: "a [INST] b" * n,
    "instructions in lines": lambda n: "is\n[INST]\n" * n,
    "tokens that begin": lambda n: "<s>" * n,
    "details": lambda n: "<details " * n + 'type="reasoning">',
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


@pytest.mark.parametrize(
    "end",
    [
        "<|eot_id|>assistant\n\n",
        "<|end_of_text|>Question: next\n",
        "</s>Next.\n",
        "\n<|endoftext|>Question?\n",
        "<|user|>\n",
    ],
)
def test_what_a_model_writes_behind_the_end_of_its_turn_is_no_answer(end: str) -> None:
    """The verdict is the one before it."""
    assert split_completion(f"Verdict: A{end}Verdict: B") == ("Verdict: A", "", True)
