"""Whether a mark behind a text is used there, or shown to the reader of a text about such marks.

It is used at the beginning of a line, behind the end of a sentence, and at the end of a line or directly behind a word
where a line break follows. It is shown behind words that announce an example ("like this:"), behind a sentence that
does not end ("begin with"), behind a colon about tags, tokens or a model, and behind a sentence about reasoning models
or their tags, unless its writer speaks of their own work ("I'll count the tags:").
"""

import re

LONGEST_ANNOUNCEMENT = 200
"""Characters before a mark that are looked at, and of a text that only announces an answer."""

_SENTENCE_END = re.compile(r"(?:[.!?…:;。！？：]|[\U0001f300-\U0001faff]|[:/]\s?\d{1,3}|\]\])[\"'”’)\]*_~]*+\s*+$")
_LETTERS = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff\uac00-\ud7af]")
_COLON = re.compile(r"[:：][*_\s]*+$")
_ANNOUNCED = re.compile(
    r"(?i)\b(?:like (?:this|so|that)|examples?|e\.g|as follows|for instance|looks? like|such as|reads|format|template|"
    r"syntax|transcript|sample|so sieht|beispiel|par exemple|ejemplo)\b"
)
_ABOUT_MARKS = re.compile(
    r"(?i)\b(?:tags?|tokens?|markers?|delimiters?|xml|markup|prompts?|regex|pars(?:e|er|es|ing)|raw|wraps?|emits?|"
    r"writes?|deepseek(?:-?r1)?|r1|qwq|qwen3?|magistral|gpt-oss|harmony|chatml|llama-?[23]?|mistral|reasoning models?|"
    r"chain of thought)\b"
)
_ABOUT_REASONING = re.compile(
    r"(?i)\b(?:(?:think(?:ing)?|reasoning|special|control|chat) (?:tags?|tokens?|blocks?|marks?|markers?)|"
    r"deepseek(?:-?r1)?|r1|qwq|qwen3?|magistral|gpt-oss|chatml|llama-?[23]|reasoning models?|chain of thought)\b"
)
_FIRST_PERSON = re.compile(r"(?i)\b(?:i|i['’](?:ll|m|ve|d)|me|my|let['’]?s|us|we|we['’]ll|our)\b")
_OPEN_WORD = re.compile(
    r"(?i)(?<=\w\s)(?:with|by|is|are|in|into|using|between|and|or|of|the|a|an|as|to|from|at|on|for|behind|after|"
    r"before|tags?|tokens?|like|write|add|put|use|called|named)[*_]*+\s*+$"
)
_SENTENCES = re.compile(r"(?<=[.!?])\s")
_LEAD = re.compile(
    r"(?i)(?:\W*+(?:okay|ok|sure|certainly|of course|alright|all right|well|hmm|right|now|so|"
    r"first)\b[^\n.!?:]{0,80}+[.!?:,]*+\s*+)*+(?:(?:let me|let['’]s|let us|i['’]ll|i will|i['’]m going to|i need to|"
    r"i am going to|allow me|we need to|here(?:['’]s| is| are) my (?:thought|think|reason|anal|evaluat|"
    r"assess)\w*+)\b[^\n]{0,160}+)?+"
)
_HEADING = re.compile(
    r"\W*+(?:#{1,6}\s[^\n]{1,80}+|[*_]{2}[^\n*_]{1,80}+[*_]{2}:?+|(?i:analysis|reasoning|thinking|thoughts?|answer|"
    r"response|evaluation|assessment|verdict|review|solution|draft|step \d+)\s*+:?+)\W*+"
)


def may_begin_block(text: str, start: int, end: int, *, in_use: bool) -> bool:
    """Whether the opening mark text[start:end], which stands behind other text and is no mention, is used.

    `in_use`: the text has used this mark before.
    """
    before = text[max(0, start - LONGEST_ANNOUNCEMENT) : start]
    line = before.rpartition("\n")[2]
    after = text[end : end + 2]
    ends_line = after[:1] in ("\n", "\r") or after == " \n"
    if line.strip():
        if _SENTENCE_END.search(line) and _LETTERS.search(line):
            if not in_use and after[:1] == " " and after[1:].islower():
                return False  # "Two marks. <think> opens it"
        elif not ends_line or line.lstrip()[:1] in (">", "|"):
            return False
        return not is_shown(before)
    return not is_shown(before)


def is_shown(before: str) -> bool:
    """Whether the words before a mark announce that it is shown."""
    lead = before.rstrip().rpartition("\n")[2]
    is_colon = _COLON.search(lead) is not None
    if is_colon and _ANNOUNCED.search(lead):
        return True
    sentence = _SENTENCES.split(lead)[-1]
    if _FIRST_PERSON.search(sentence):
        return False
    about = _ABOUT_MARKS if is_colon else _ABOUT_REASONING
    return about.search(sentence) is not None or _OPEN_WORD.search(sentence) is not None


def is_lead(text: str) -> bool:
    """Whether a text only announces an answer: a heading, or a sentence such as "Let me compare." """
    stripped = text.strip()
    if len(stripped) > LONGEST_ANNOUNCEMENT:
        return False
    return _LEAD.fullmatch(stripped) is not None or _HEADING.fullmatch(stripped) is not None
