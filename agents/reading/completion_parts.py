"""A model's text split into its answer and the reasoning before it.

Models write their reasoning in front of the answer, between marks that not every server takes out:

    <think>...</think>answer        one block or several; `reasoning_marks` has the other marks
    ...</think>answer               where the chat template has written the opening mark
    <|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>answer<|return|>

An opening mark counts at the beginning of the text, directly behind another block, at the beginning or the end of a
line, and behind the end of a sentence; then the text before it is answer, too. A closing mark without an opening one
counts wherever it is used. A mark is mentioned, not used, in code, between quotation marks or parentheses, before
punctuation, or with a word on either side ("what </think> does"). A block is shown, not used, behind words that
announce it ("like this:", `block_place.py`), and in a text that mentions its mark in code.

Reasoning that does not end is not closed, and then there is no answer. The header of the model's turn, the token that
ends it, and the turns of other speakers behind it belong to neither part.

Patterns are bounded or possessive, and each search starts where the one before ended, so that time grows with the
length of the text and no faster.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from fellowship.agents.reading.block_place import is_lead, may_begin_block
from fellowship.agents.reading.fences import fences
from fellowship.agents.reading.reasoning_marks import (
    ANSWER_HEADERS,
    BLOCK_TAGS,
    BOX,
    CLOSING_TOKENS,
    END_OF_TURN,
    LEADING_TOKENS,
    PREFILLED_TAGS,
    PREFILLED_TOKENS,
    TOKEN_PAIRS,
    TURN_HEADER,
    WORDED,
    WRAPPERS,
)
from fellowship.protocols.completions import Completion, CompletionParts

DETAILS = "details"  # with type="reasoning", as Open WebUI writes it
CLOSINGS = dict(TOKEN_PAIRS)
MOST_LEADING_TOKENS = 4
THINKING = ("think", "thinking")
"""Tags that are reasoning behind a block with another tag, too."""

BLANKS = r"[\s\ufeff\u200b]*+"  # with byte order mark and zero width space

FIRST_OF_WORDS = frozenset("HTa# \t\r\n\ufeff\u200b")
"""What a text may begin with that names its parts in words."""

_TOKENS = "|".join(map(re.escape, (*CLOSINGS, *CLOSING_TOKENS)))
_ENDS = "|".join(map(re.escape, END_OF_TURN))
_MARK = re.compile(
    rf"<(?P<close>/)?+(?P<tag>(?i:{BLOCK_TAGS}))(?:\s[^<>]{{0,100}}+)?+>|(?P<token>{_TOKENS})"
    r"|<details\s[^<>]{0,100}?(?P<details>type=[\"']reasoning[\"'])[^<>]{0,200}+>|(?P<details_close></details>)"
)
_FIRST_MARK = re.compile(rf"{BLANKS}(?:{_MARK.pattern})")
_HEADER = (
    r"(?:<\|start\|>(?P<role>[^<\n]{0,100}+))?+"
    r"(?:<\|channel\|>\s{0,9}+(?P<channel>\w{1,30}+)[^<\n]{0,100}+(?:<\|constrain\|>[^<\n]{0,100}+)?+)?+<\|message\|>"
)
_FIRST_HEADER = re.compile(rf"{BLANKS}{_HEADER}")
_BROKEN_HEADER = re.compile(rf"{BLANKS}<\|channel\|>")
_LATER_HEADER = re.compile(r"(?:<\|start\|>[^<\n]{0,100}+)?+<\|channel\|>\s{0,9}+(?:analysis|commentary|final)\b")
_NEXT_HEADER = re.compile(rf"<\|end\|>\s{{0,9}}+(?=<\|start\|>){_HEADER}")
_HEADER_OR_END = re.compile(rf"(?P<header>{_HEADER})|<\|(?:end|return|call)\|>")
_BARE_CHANNEL = re.compile(r"\s*+(?:analysis|commentary|final)(?=<\|message\|>)")
_ANSWER_HEADER = re.compile(rf"{BLANKS}(?:(?:{'|'.join(ANSWER_HEADERS)})\s*+)++")
_TURN_HEADER = re.compile(TURN_HEADER)
_USED_ENDS = "|".join(re.escape(end) for end in END_OF_TURN if end != "<|end|>")  # that one ends channels, too
_USED_END = re.compile(  # with text behind it, which is no part of the answer; a mention has blanks or quotes around it
    rf"(?<=[^\s\0(\[{{\"'“‘«])(?:{_USED_ENDS})(?=[^\s.,;:!?)\]}}\"'”’»]|\s*\n)|"
    rf"(?<=\n)(?:{_USED_ENDS})(?=[^\s.,;:!?)\]}}\"'”’»])"
)
_NEXT_TURN = re.compile(rf"(?:{_ENDS})\s{{0,9}}+(?:<s>\s{{0,9}}+)?+(?:{TURN_HEADER})")
_INSTRUCTION = re.compile(r"(?:<s>\s{0,9}+)?+\[/?INST\]|<<SYS>>")
_LEADING_TOKEN = re.compile(rf"{BLANKS}(?:{'|'.join(LEADING_TOKENS)})\s*+")
_NAME_LINE = re.compile(r"\s*+assistant[ \t]*+\n\s*+")
_LEADING_NAME = re.compile(rf"{BLANKS}(?i:assistant|model|ai)\s*+:?+(?={BLANKS}(?:{_MARK.pattern}))")
_BEGUN_BY_WORDS = re.compile(rf"{BLANKS}(?:{'|'.join(opening for opening, _ in WORDED)})")
_BY_WORDS = [(re.compile(rf"{BLANKS}{opening}"), re.compile(closing)) for opening, closing in WORDED]
_GLUED_CHANNEL = re.compile(rf"{BLANKS}analysis(?=[A-Z][a-z])")
_SIGNS = re.compile(
    rf"</|[<\[][|｜]|[|｜]>|\[/|◁|<(?:end_of_turn|eos|seed:eos|unused|<SYS|details\s|(?i:{BLOCK_TAGS})[\s>])"
    r"|\[(?:unused|e~\[|INST|THINK)"
)
_INLINE_CODE = re.compile(r"(?<!`)`++[^`\n]++`++")
_PUNCTUATION = frozenset(".,;:!?")
_QUOTES = frozenset(('""', "''", "“”", "‘’", "«»", "()"))


def with_parts(completion: Completion) -> Completion:
    """The completion with its text split, for readers; call it once, where one arrives from a provider or a journal.

    A text without marks is all answer, and so is one that was recorded before completions were split (`whole`).
    """
    text = completion.text
    if completion.whole or ("<" not in text and "[" not in text and "◁" not in text and text[:1] not in FIRST_OF_WORDS):
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
    if (parts := _by_words(text)) is not None:
        return parts
    if _is_plain(text):
        return CompletionParts(text, "", True)
    if "<|" in text:
        if _BARE_CHANNEL.match(text):
            text = f"<|channel|>{text.lstrip()}"
        used = _without_code(text)
        if _FIRST_HEADER.match(used) or _NEXT_HEADER.search(used):
            return _by_channel(text, used)
        if _BROKEN_HEADER.match(used):
            return _unclosed(text)
        if (later := _later_header(used)) is not None:
            return _by_channel(text, used) if _HEADER_OR_END.search(used, later) else _unclosed(text)
    text = _own_turn(text)
    return _by_block(text, _without_code(text))


def _is_plain(text: str) -> bool:
    """Whether a glance shows that there are no marks, as in nearly every completion."""
    if "<" not in text and "[" not in text and "◁" not in text:
        return True
    return text.lstrip(" \t\r\n\ufeff\u200b")[:1] not in ("<", "[", "◁") and _SIGNS.search(text) is None


def _by_words(text: str) -> CompletionParts | None:
    """The parts of a text that names them in words; None for any other text."""
    if _BEGUN_BY_WORDS.match(text) is None:
        return None
    for opening, closing in _BY_WORDS:
        if (begun := opening.match(text)) is not None and (ended := closing.search(text, begun.end())) is not None:
            return CompletionParts(
                _without_end_of_turn(text[ended.end() :]).strip(), text[begun.end() : ended.start()].strip(), True
            )
    if (begun := _GLUED_CHANNEL.match(text)) is not None and "<|message|>" not in text:
        return CompletionParts("", text[begun.end() :].strip(), False)
    return None


def _unclosed(text: str) -> CompletionParts:
    return CompletionParts("", text.strip(), False)


def _later_header(used: str) -> int | None:
    """Where harmony's header of a channel is used behind a text without one."""
    for header in _LATER_HEADER.finditer(used):
        if not _is_mentioned(used, header) and may_begin_block(used, header.start(), header.end(), in_use=True):
            return header.start()
    return None


def _by_channel(text: str, used: str) -> CompletionParts:
    """The messages in harmony's channel `final`, or in none, are the answer. What is before the first is reasoning."""
    answers: list[str] = []
    reasoning: list[str] = []
    is_answer, start = False, 0
    for mark in _HEADER_OR_END.finditer(used):
        (answers if is_answer else reasoning).append(text[start : mark.start()])
        if start and mark["role"] is not None and not mark["role"].lstrip().startswith("assistant"):
            return CompletionParts(_joined(answers), _joined(reasoning), bool(answers))  # the model speaks for another
        is_answer, start = mark["header"] is None or mark["channel"] in (None, "final"), mark.end()
    if not is_answer:
        return CompletionParts("", _joined([*reasoning, text[start:]]), False)
    return CompletionParts(_joined([*answers, text[start:]]), _joined(reasoning), True)


def _by_block(text: str, used: str) -> CompletionParts:
    """The text around blocks of reasoning is the answer. `used` is the text with its code blanked out."""
    blocks: list[str] = []
    answers: list[str] = []
    only_mentioned: set[str] = set()  # tags of which no closing mark follows that is used
    may_be_lone = True
    first_tag, start = "", 0
    in_code = _tags_in_code(text, used)
    while True:
        opening = _FIRST_MARK.match(used, start)
        if opening is not None and not _closes(opening):
            start, tag = opening.end(), _tag(opening)
            first_tag = first_tag or tag
            closing = None if tag in only_mentioned else _closing(used, start, tag)
            if closing is None:
                only_mentioned.add(tag)
                closing = _closing(text, start, tag, mentioned=True)
            if closing is None:
                return CompletionParts("", _joined([*blocks, text[start:]]), False)
        else:
            closing = _lone_closing(used, start) if may_be_lone else None
            if closing is None:
                may_be_lone = False
                further = _later_opening(used, start, first_tag, in_code, only_mentioned)
                if further is None:
                    break
                answers.append(text[start : further.start()])
                start = further.start()
                continue
        blocks.append(text[start : closing.start()])
        start = closing.end()
    if not blocks:
        return CompletionParts(text, "", True)
    if not answers:
        return CompletionParts(_unwrapped(text[start:].lstrip()), _joined(blocks), True)
    answer = _joined([*answers, text[start:]])
    if not text[start:].strip() and is_lead(answer):
        return CompletionParts("", _joined([answer, *blocks]), True)
    return CompletionParts(_unwrapped(answer), _joined(blocks), True)


def _closing(text: str, start: int, tag: str, *, mentioned: bool = False) -> re.Match[str] | None:
    """The first closing mark of a tag that is used; with `mentioned`, the first of all."""
    sign = CLOSINGS.get(tag, "</")
    while (start := text.find(sign, start)) >= 0:  # five times as fast as a search for the pattern
        mark = _MARK.match(text, start)
        if mark is not None and _tag(mark) == tag and (mentioned or not _is_mentioned(text, mark)):
            return mark
        start += len(sign)
    return None


def _lone_closing(text: str, start: int) -> re.Match[str] | None:
    """The first closing mark that is used without an opening one before it, of those that count without one."""
    n_open: Counter[str] = Counter()
    for mark in _MARK.finditer(text, start):
        tag = _tag(mark)
        if not _closes(mark):
            n_open[tag] += not _is_quoted(text, mark)
        elif n_open[tag]:
            n_open[tag] -= 1
        elif _is_prefilled(tag) and not _is_mentioned(text, mark):
            return mark
    return None


def _later_opening(
    text: str, start: int, first_tag: str, in_code: Collection[str], only_mentioned: set[str]
) -> re.Match[str] | None:
    """The next opening mark that is used behind text. What stands in a block that is shown is shown, too."""
    for mark in _MARK.finditer(text, start):
        tag = _tag(mark)
        if mark.start() < start or _closes(mark):
            continue
        if (tag not in (first_tag, *THINKING)) if first_tag else (tag in in_code):
            continue
        if _is_mentioned(text, mark):
            continue
        if may_begin_block(text, mark.start(), mark.end(), in_use=bool(first_tag)):
            return mark
        closing = None if tag in only_mentioned else _closing(text, mark.end(), tag)
        if closing is None:
            only_mentioned.add(tag)
        else:
            start = closing.end()
    return None


def _tags_in_code(text: str, used: str) -> frozenset[str]:
    """The tags whose marks the text shows in code."""
    if text is used or text == used:
        return frozenset()
    return frozenset(_tag(mark) for mark in _MARK.finditer(text) if used[mark.start()] == "\0")


def _tag(mark: re.Match[str]) -> str:
    """One name for both marks of a pair."""
    if (token := mark["token"]) is not None:
        return CLOSING_TOKENS.get(token, token)
    return (mark["tag"] or DETAILS).lower()


def _closes(mark: re.Match[str]) -> bool:
    return bool(mark["close"] or mark["details_close"] or mark["token"] in CLOSING_TOKENS)


def _is_prefilled(tag: str) -> bool:
    return CLOSINGS.get(tag) in PREFILLED_TOKENS or PREFILLED_TAGS.fullmatch(tag) is not None


def _is_mentioned(text: str, mark: re.Match[str]) -> bool:
    before, after = text[max(mark.start() - 2, 0) : mark.start()], text[mark.end() : mark.end() + 2]
    is_in_sentence = before[:1].isalpha() and before[1:] == " " == after[:1] and after[1:].islower()
    is_before_punctuation = after[:1] in _PUNCTUATION and after != ".."
    return is_in_sentence or is_before_punctuation or _is_quoted(text, mark)


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


def _own_turn(text: str) -> str:
    """The model's own turn: without its header and its end, and without the turns that it wrote for others behind it.

    A text with the header of another turn before the end of one is about turns, and stays as it is.
    """
    start = _beginning(text)
    used = _without_code(text)
    following = _NEXT_TURN.search(used, start) or _instruction(used, start)
    if following is not None and _TURN_HEADER.search(used, start, following.start()) is None:
        text, used = text[: following.start()].rstrip(), used[: following.start()]
    struck = used.find("<s>", start)  # markup of a text that is struck through
    ends = _USED_END.finditer(used, start)
    ended = next((end for end in ends if end[0] != "</s>" or struck < 0 or end.start() < struck), None)
    if ended is not None and _TURN_HEADER.search(used, start, ended.start()) is None:
        text = text[: ended.start()].rstrip()
    if BOX[0] in used:
        return _without_end_of_turn(text[start:]).replace(BOX[0], "").replace(BOX[1], "")
    return _without_end_of_turn(text[start:])


def _beginning(text: str) -> int:
    """Where the model's words begin: behind the header of its turn, its name, and tokens that begin a text."""
    start = 0
    for _ in range(MOST_LEADING_TOKENS):
        if (token := _LEADING_TOKEN.match(text, start)) is None:
            break
        end = text.find("</s>", token.end()) if token[0].strip() == "<s>" else -1
        if end >= 0 and text[end + 4 :].strip() and not _INSTRUCTION.match(text[end + 4 :].lstrip()):
            break  # words that are struck through
        start = token.end()
    header = _ANSWER_HEADER.match(text, start) or _LEADING_NAME.match(text, start)
    return start if header is None else header.end()


def _instruction(used: str, start: int) -> re.Match[str] | None:
    """Where a model with Llama 2's form of a chat goes on to write the user's turn, or ends its own."""
    for mark in _INSTRUCTION.finditer(used, start):
        is_first = mark.start() - start < 100 and not used[start : mark.start()].strip()
        if is_first or _is_mentioned(used, mark):
            continue
        if may_begin_block(used, mark.start(), mark.end(), in_use=True):
            return mark
    return None


def _without_end_of_turn(text: str) -> str:
    end = len(text)
    while True:
        kept = end
        while kept and text[kept - 1].isspace():
            kept -= 1
        token = next((token for token in END_OF_TURN if text.endswith(token, 0, kept)), None)
        if token is None or (token == "</s>" and "<s>" in text):  # markup of a text that is struck through
            return text if end == len(text) else text[:kept]
        end = kept - len(token)


def _unwrapped(answer: str) -> str:
    """The answer without its header, and without a pair of tags around the whole of it."""
    if (header := _ANSWER_HEADER.match(answer) or _NAME_LINE.match(answer)) is not None:
        answer = answer[header.end() :]
    return without_wrapper(answer, WRAPPERS)


def without_wrapper(answer: str, tags: Sequence[str]) -> str:
    """The answer without a pair of these tags around the whole of it."""
    stripped = answer.strip()
    for tag in tags:
        opening, closing = f"<{tag}>", f"</{tag}>"
        if stripped[: len(opening)].lower() == opening and stripped[-len(closing) :].lower() == closing:
            inside = stripped[len(opening) : -len(closing)]
            return answer if opening in inside.lower() else inside.strip()
    return answer


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(stripped for part in parts if (stripped := part.strip()))
