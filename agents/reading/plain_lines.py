"""The lines of a reply without what only decorates them: LaTeX, emoji, letters and digits of other scripts.

Lines end at "\\n", "\\r\\n" or "\\r" alone: a form feed or U+2028 is a blank inside of a line, as a person sees it.
What is struck through is gone. Everything is lower-cased.
"""

import re
from html import unescape

_LINE_END = re.compile(r"\r\n?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")
_STRUCK = re.compile(r"~~[^~\n]{1,300}+~~|<(s|del|strike)>[^<]{0,300}+</\1>|<!--(?:(?!-->).){0,2000}-->", re.DOTALL)
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]{1,20})\}\{([^{}]{1,20})\}")
_STYLED = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt)?|math(?:bf|rm|sf|it)|mbox|bf|rm)\s*+\{([^{}\n]{0,200})\}")
_BOXED_PAIR = re.compile(
    r"(?:[Ss]cores?\s{0,3}:\s{0,3})?\\boxed\{(?=[^{}\n]{0,40}?[abAB12]\s{0,3}[:=])([^{}\n]{1,80})\}"
)
_TAG = re.compile(
    r"<(?P<tag>final[_ ]?answer|answer|verdict|choice|winner|decision|preference|judge?ment|vote|"
    r"(?:result|outcome|output|better|best)(?=>\s{0,9}(?:[abc]|tie|(?:assistant|response"
    r"|answer) [ab12])\s{0,9}<)|(?:overall_?|"
    r"final_?)?scores?(?:[_ ]?[ab12])?|rating)>[ \t\n]{0,9}(?P<inside>[^<>\n]{1,40}?)[ \t\n]{0,9}</(?P=tag)>",
    re.IGNORECASE,
)
_WRAPPER = re.compile(
    r"(?im)^([ \t]*)<(?:final[_ ]?answer|answer|verdict|scores?|ratings?|output|result|evaluation|judge?ment)>[ \t]*"
)
_BLOCK_TAG = re.compile(
    r"<(?:br|hr)\s*/?>|</?(?:p|div|li|ul|ol|tr|table|tbody|thead|h[1-6])(?:\s[^<>]{0,100})?>", re.IGNORECASE
)
_CELL_TAG = re.compile(r"</t[dh]>\s*+<t[dh](?:\s[^<>]{0,100})?>", re.IGNORECASE)
_INLINE_TAG = re.compile(r"</?(?:b|strong|em|i|u|code|span|mark|t[dh])(?:\s[^<>]{0,100})?>", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:nbsp|quot|ldquo|rdquo|laquo|raquo|apos|lt|gt|amp|mdash|ndash|#x?[0-9a-f]{1,6});", re.IGNORECASE
)
_MATHS = re.compile(r"\\[()\[\]]|\\[,;! ]|\$")
_RESULT = re.compile(
    r"\[RESULT\]\s*+:?\s*+\(?(?:(?P<choice>[ABC])|(?P<score>\d{1,3}(?:\.\d{1,2})?+(?:\s*+/\s*+\d{1,4})?+))\)?\.?\s*+\Z"
)
"""The result as Prometheus ends with it, alone at the end of a text."""
_DECORATION = re.compile("[\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_LEADING_DECORATION = re.compile(
    r"(?m)^([\s#*_>`•\-]*+)(?:[\u2300-\u23ff\u25a0-\u2604\u2607-\u27bf\u2b00-\u2b4f\U0001f000-\U0001faff]\s*+|"
    r"⭐\s*+(?=\W{0,4}[^\W\d_]))+"
)
_KEPT = frozenset("→⇒★☆⭐💯❌✗✘✖👎🚫⛔")  # a count, a change or a no: never a mere ornament
_LETTERS = {"🅰": "A", "🅱": "B", "Α": "A", "А": "A", "а": "a", "α": "a", "Β": "B"}
_ALIKE = str.maketrans({
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF21, 0xFF5B) if chr(code - 0xFEE0).isalpha()},
    **{chr(code): " " for code in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0xA0, 0x2028, 0x2029)},
})  # fmt: skip
_ALONE = re.compile(rf"(?<!\w)[{''.join(_LETTERS)}](?!\w)")
_CHINESE = re.compile(r"[零〇一二两三四五六七八九十]{1,2}(?=\s*[/／分]|\s*\Z)|(?<=[/／])[一二三四五六七八九十百]{1,2}")
_CHINESE_DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九十")} | {
    "〇": 0,
    "两": 2,
    "百": 100,
}


def plain_lines(text: str) -> list[str]:
    """The lines of a reply, lower-cased, as a reader of its meaning sees them."""
    if not text.isascii():
        text = _without_ornaments(text)
    if "[RESULT]" in text:
        text = _RESULT.sub(_result, text)
    text = _LINE_END.sub("\n", text).translate(_ALIKE)
    if "~~" in text or "<" in text:
        text = _CELL_TAG.sub(" | ", _STRUCK.sub(" ", text))
        text = _INLINE_TAG.sub("", _BLOCK_TAG.sub("\n", text))
        text = _WRAPPER.sub(r"\1", _TAG.sub(_labelled, text))
    if "&" in text:
        text = _ENTITY.sub(lambda found: unescape(found[0]), text).replace("\xa0", " ")
    if "\\" in text:
        text = _FRACTION.sub(r"\1/\2", text)
        text = _BOXED_PAIR.sub(r"Scores: \1", _STYLED.sub(r"\1", text))
        text = _MATHS.sub(" ", text)
    return text.lower().split("\n")


def _without_ornaments(text: str) -> str:
    text = _ALONE.sub(lambda found: _LETTERS[found[0]], _INVISIBLE.sub("", text))
    text = _LEADING_DECORATION.sub(r"\1", text)
    text = _DECORATION.sub(lambda found: found[0] if found[0] in _KEPT else " ", text)
    return _CHINESE.sub(_chinese, text)


def _result(found: re.Match[str]) -> str:
    return f"\nAnswer: {found['choice']}" if found["choice"] else f"\nScore: {found['score']}"


def _labelled(found: re.Match[str]) -> str:
    """`<answer>A</answer>` as a line "answer: A"; what is longer keeps its own lines."""
    inside = found["inside"]
    if ":" in inside:
        return inside
    return f"{found['tag'].replace('_', ' ')}: {inside}"


def _chinese(found: re.Match[str]) -> str:
    digits = [_CHINESE_DIGITS[character] for character in found[0]]
    if len(digits) == 1:
        return str(digits[0])
    first, second = digits
    return str(10 + second if first == 10 else 10 * first if second == 10 else found[0])
