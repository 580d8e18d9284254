"""The forms in which texts are compared: two prompts that differ only in typing are one, and so are two such answers.

Only equality is decided by them; what is sent, kept and exported stays as it was typed. In both forms these are equal:

* quotation marks and apostrophes, dashes and minus signs (also --), ellipses, bullets, slashes, in all their shapes
* ligatures, full-width and other shapes of the same letters, Unicode forms NFC and NFD
* blanks of all kinds, several and one; a blank or none around dashes and before ? ! : ; and an ellipsis; all line ends,
  with blanks in front of them or not; several empty lines and one; with invisible characters and without

prompt   also without case, white space and final punctuation, in Unicode form NFKC: "Name a  River" is "name a river."
answer   case, indentation, line breaks, words and their final punctuation are content
"""

import re
import unicodedata

INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")
"""Unicode's categories of control characters, formatting characters and separators."""
SHAPES = {
    "'": "`´‘’‚‛′‵‹›❛❜ʹʻʼʽ",
    '"': "«»“”„‟″‶〝〞〟❝❞「」『』ʺ˝",
    "-": "‐‑‒–—―−⸺⸻﹘﹣－⁃",
    "...": "…⋯",
    "·": "•∙⋅‧・･",
    "/": "⁄∕",
    "~": "∼〜～",
    "": "\u00ad\u200b\u200e\u200f\u2060\ufe0e\ufe0f\ufeff",
}
"""The sign that stands for each of several; those without a sign are invisible."""
KINDS_OF_SHAPES = frozenset(
    {"wide", "narrow", "noBreak", "compat", "small", "vertical", "initial", "medial", "final", "isolated"}
)
"""Unicode's kinds of decomposition in which nothing but the shape is lost: x² and ① have others."""
FRENCH_QUOTES = re.compile(r"(?<=[«‹])[\u00a0\u202f]|[\u00a0\u202f](?=[»›])")
BULLET = re.compile(r"(?:[·‣◦▪▫●○■□➢➤✓] ?|[*+-] )(?=\S)")
EMPTY_LINES = re.compile(r"\n{3,}")
DASHES = re.compile(r"-{2,}")
ELLIPSIS = re.compile(r"\.(?: ?\.){2,}")
EQUAL_BLANKS = ((" -", "-"), ("- ", "-"), (" ?", "?"), (" !", "!"), (" :", ":"), (" ;", ";"), (" ...", "..."))
"""Signs with and without a blank."""
FOLDED = re.compile(r"[\t\v\f\r\x1c-\x1f`]|''|--|- | [-?!:;.\n]| {2}|\.\.|\n\n\n|\n ?[-*+]|\A[\s*+-]|\s\Z")
"""What the form of an answer may change in a text of ASCII; most texts have none of it."""
FINAL_SIGNS = ".?!,;:。、؟؛،۔।॥։።·"
INVERTED_SIGNS = dict.fromkeys(map(ord, "¿¡"))


class _Shapes(dict[int, str]):
    """A table for `str.translate`, filled with the characters that occur."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind, _, codes = unicodedata.decomposition(character).partition(" ")
        folded = character
        if unicodedata.category(character) == "Zs":
            folded = " "
        elif kind[1:-1] in KINDS_OF_SHAPES:
            folded = "".join(self[int(each, 16)] for each in codes.split())
        self[code] = folded
        return folded


_SHAPES = _Shapes({ord(character): sign for sign, characters in SHAPES.items() for character in characters})


def normal_prompt(text: str) -> str:
    """The text of a prompt for comparison; nothing but white space gives an empty text."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _folded(text)).casefold())
    if folded.isascii():
        visible = "".join(character for character in folded if "!" <= character <= "~")
    else:
        visible = "".join(each for each in folded if unicodedata.category(each) not in INVISIBLE)
        visible = unicodedata.normalize("NFKC", visible.casefold()).translate(INVERTED_SIGNS)
    signs = _with_equal_signs(_shaped(visible))
    return signs.rstrip(FINAL_SIGNS) or signs


def normal_answer(text: str) -> str:
    """The text of an answer for comparison; nothing but white space gives an empty text."""
    if text.isascii() and FOLDED.search(text) is None:
        return text
    return unicodedata.normalize("NFC", _folded(text))


def _folded(text: str) -> str:
    """The text with one sign for all of its shapes, and without white space that makes no difference to a reader."""
    lines = _with_equal_signs("\n".join(map(_folded_line, _shaped(text).splitlines())))
    return (EMPTY_LINES.sub("\n\n", lines) if "\n\n\n" in lines else lines).strip()


def _folded_line(line: str) -> str:
    """The line with its indentation, and with one sign for every bullet, which is no dash."""
    words = " ".join(line.split())
    indentation = line[: len(line) - len(line.lstrip())]
    return indentation + BULLET.sub("• ", words, count=1) if BULLET.match(words) else indentation + words


def _shaped(text: str) -> str:
    if text.isascii():
        return text.replace("`", "'")
    return (FRENCH_QUOTES.sub("", text) if "«" in text or "‹" in text else text).translate(_SHAPES)


def _with_equal_signs(text: str) -> str:
    """The text with one sign for dashes, ellipses and quotation marks of several characters."""
    signs = ELLIPSIS.sub("...", (DASHES.sub("-", text) if "--" in text else text).replace("''", '"'))
    for blank, sign in EQUAL_BLANKS:
        signs = signs.replace(blank, sign)
    return signs
