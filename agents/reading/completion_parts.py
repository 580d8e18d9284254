"""A model's text split into its answer and the reasoning before it.

Models write their reasoning in front of the answer, between marks that not every server takes out:

    <think>...</think>answer        also <thinking>, <reasoning> and [THINK]; one block or several
    ...</think>answer               where the chat template has written the opening mark
    <|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>answer<|return|>

An opening mark counts at the beginning of the text or directly behind another block. A closing mark without an opening
one counts wherever it is used. A mark is mentioned, not used, in code, between quotation marks or parentheses, before
punctuation, or with a word on either side ("what </think> does"). Pairs of marks further on belong to the answer.
Reasoning that does not end is not closed, and then there is no answer. End-of-turn tokens behind the text belong to
neither part.

Patterns are bounded or possessive, and each search starts where the one before ended, so that time grows with the
length of the text and no faster.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from fellowship.agents.reading.own_lines import fences
from fellowship.protocols.completions import Completion, CompletionParts

END_OF_TURN = ("<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>", "<|return|>")
BRACKETED = "[think]"

_MARK = re.compile(
    r"<(?P<close>/)?+(?P<tag>(?i:think(?:ing)?+|reasoning))(?:\s[^<>]{0,100}+)?+>|\[(?P<bracket_close>/)?+THINK\]"
)
_FIRST_MARK = re.compile(rf"\s*+(?:{_MARK.pattern})")
_HEADER = (
    r"(?:<\|start\|>[^<\n]{0,100}+)?+"
    r"(?:<\|channel\|>\s{0,9}+(?P<channel>\w{1,30}+)[^<\n]{0,100}+(?:<\|constrain\|>[^<\n]{0,100}+)?+)?+<\|message\|>"
)
_FIRST_HEADER = re.compile(rf"\s*+{_HEADER}")
_NEXT_HEADER = re.compile(rf"<\|end\|>\s{{0,9}}+(?=<\|start\|>){_HEADER}")
_HEADER_OR_END = re.compile(rf"(?P<header>{_HEADER})|<\|(?:end|return|call)\|>")
_BARE_CHANNEL = re.compile(r"\s*+(?:analysis|commentary|final)(?=<\|message\|>)")
_INLINE_CODE = re.compile(r"(?<!`)`++[^`\n]++`++")
_PUNCTUATION = frozenset(".,;:!?")
_QUOTES = frozenset(('""', "''", "“”", "‘’", "«»", "()"))


def with_parts(completion: Completion) -> Completion:
    """The completion with its text split, for readers; call it once, where one arrives from a provider or a journal.

    A text without marks is all answer, and so is one that was recorded before completions were split (`whole`).
    """
    text = completion.text
    if completion.whole or ("<" not in text and "[" not in text) or _is_plain(text):
        return completion
    parts = split_completion(text)
    return completion if parts.closed and parts.answer == text else replace(completion, parts=parts)


def parts_of(text: str, sent_beside: str | None, *, whole: bool) -> CompletionParts:
    """The parts of a recorded completion, for display: its reasoning begins with what was sent beside the text."""
    answer, reasoning, closed = CompletionParts(text, "", True) if whole else split_completion(text)
    return CompletionParts(answer, _joined([sent_beside or "", reasoning]), closed)


def split_completion(text: str) -> CompletionParts:
    """(answer, reasoning, closed) of a model's raw text; the answer is the very text where it holds no marks.

    The reasoning of several blocks is joined by blank lines. While the reasoning is not closed the answer is empty.
    """
    if _is_plain(text):
        return CompletionParts(text, "", True)
    if "<|" in text:
        if _BARE_CHANNEL.match(text):
            text = f"<|channel|>{text.lstrip()}"
        used = _without_code(text)
        if _FIRST_HEADER.match(used) or _NEXT_HEADER.search(used):
            return _by_channel(text, used)
        text = _without_end_of_turn(text)
    return _by_block(text, _without_code(text))


def _is_plain(text: str) -> bool:
    """Whether a glance shows that there are no marks, as in nearly every completion."""
    if "<" not in text and "[" not in text:
        return True
    return text.lstrip()[:1] not in ("<", "[") and "</" not in text and "<|" not in text and "[/" not in text


def _by_channel(text: str, used: str) -> CompletionParts:
    """The messages in harmony's channel `final`, or in none, are the answer. What is before the first is reasoning."""
    answers: list[str] = []
    reasoning: list[str] = []
    is_answer, start = False, 0
    for mark in _HEADER_OR_END.finditer(used):
        (answers if is_answer else reasoning).append(text[start : mark.start()])
        is_answer, start = mark["header"] is None or mark["channel"] in (None, "final"), mark.end()
    if not is_answer:
        return CompletionParts("", _joined([*reasoning, text[start:]]), False)
    return CompletionParts(_joined([*answers, text[start:]]), _joined(reasoning), True)


def _by_block(text: str, used: str) -> CompletionParts:
    """The text behind the last block of reasoning is the answer. `used` is the text with its code blanked out."""
    blocks: list[str] = []
    only_mentioned: set[str] = set()  # tags of which no closing mark follows that is used
    start = 0
    while True:
        opening = _FIRST_MARK.match(used, start)
        if opening is not None and not _closes(opening):
            start, tag = opening.end(), _tag(opening)
            closing = None if tag in only_mentioned else _closing(used, start, tag)
            if closing is None:
                only_mentioned.add(tag)
                closing = _closing(text, start, tag, mentioned=True)
            if closing is None:
                return CompletionParts("", _joined([*blocks, text[start:]]), False)
        else:
            closing = _lone_closing(used, start)
            if closing is None:
                return CompletionParts(text[start:].lstrip() if blocks else text, _joined(blocks), True)
        blocks.append(text[start : closing.start()])
        start = closing.end()


def _closing(text: str, start: int, tag: str, *, mentioned: bool = False) -> re.Match[str] | None:
    """The first closing mark of a tag that is used; with `mentioned`, the first of all."""
    sign = "[/" if tag == BRACKETED else "</"
    while (start := text.find(sign, start)) >= 0:  # five times as fast as a search for the pattern
        mark = _MARK.match(text, start)
        if mark is not None and _tag(mark) == tag and (mentioned or not _is_mentioned(text, mark)):
            return mark
        start += len(sign)
    return None


def _lone_closing(text: str, start: int) -> re.Match[str] | None:
    """The first closing mark that is used without an opening one before it."""
    n_open: Counter[str] = Counter()
    for mark in _MARK.finditer(text, start):
        tag = _tag(mark)
        if not _closes(mark):
            n_open[tag] += not _is_quoted(text, mark)
        elif n_open[tag]:
            n_open[tag] -= 1
        elif not _is_mentioned(text, mark):
            return mark
    return None


def _tag(mark: re.Match[str]) -> str:
    return (mark["tag"] or BRACKETED).lower()


def _closes(mark: re.Match[str]) -> bool:
    return bool(mark["close"] or mark["bracket_close"])


def _is_mentioned(text: str, mark: re.Match[str]) -> bool:
    before, after = text[max(mark.start() - 2, 0) : mark.start()], text[mark.end() : mark.end() + 2]
    is_in_sentence = before[:1].isalpha() and before[1:] == " " == after[:1] and after[1:].islower()
    return is_in_sentence or after[:1] in _PUNCTUATION or _is_quoted(text, mark)


def _is_quoted(text: str, mark: re.Match[str]) -> bool:
    return text[max(mark.start() - 1, 0) : mark.start()] + text[mark.end() : mark.end() + 1] in _QUOTES


def _without_code(text: str) -> str:
    """The text with closed code fences and inline code replaced by NUL characters, so that every position stays."""
    if "`" not in text and "~~~" not in text:
        return text
    lines = text.splitlines(keepends=True)
    for start, end in fences(lines):
        if end < len(lines):
            lines[start : end + 1] = ["\0" * len(line) for line in lines[start : end + 1]]
    return _INLINE_CODE.sub(lambda code: "\0" * len(code[0]), "".join(lines))


def _without_end_of_turn(text: str) -> str:
    end = len(text)
    while True:
        kept = end
        while kept and text[kept - 1].isspace():
            kept -= 1
        token = next((token for token in END_OF_TURN if text.endswith(token, 0, kept)), None)
        if token is None:
            return text if end == len(text) else text[:kept]
        end = kept - len(token)


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(stripped for part in parts if (stripped := part.strip()))
