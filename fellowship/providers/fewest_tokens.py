"""The fewest tokens that a tokenizer makes of a text, to notice counts that are too small to be true.

The bounds are near those of the best of eight tokenizers (GPT-4 and 4o, Llama 3 and 4, Qwen, Mistral, Claude 2;
docs/decisions/0011 has the figures): no token holds two words, or a word and the sign behind it, or more than four
digits. Runs of one sign are a single token in some tokenizers and count as one.
"""

import re
from collections.abc import Iterable

MOST_CHARS_PER_TOKEN = (
    (re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"), 2.2),
    (re.compile(r"[\u3040-\u30ff]"), 3.0),
    (re.compile(r"[\u1100-\u11ff\uac00-\ud7a3]"), 2.4),
    (re.compile(r"[\u0590-\u08ff]"), 3.5),  # Hebrew, Arabic, Urdu
    (re.compile(r"[\u0900-\u10ff\u1200-\u139f\u1780-\u17ff]"), 4.2),  # of India and South East Asia, Georgian, Ethiopic
)
"""The most characters of a token on average, of scripts whose words are not always in blanks."""

_SAME = re.compile(r"(.)\1{3,}", re.DOTALL)
_PIECES = re.compile(
    r"</?[A-Za-z]{1,10}\d?+ ?/?>"  # one token in some tokenizers
    r"|[A-Za-z\u00aa-\u024f\u0300-\u052f\u1e00-\u1fff]{1,24}(?:['’][A-Za-z]{1,2}\b)?|[0-9]{1,4}"
    r"|[!-/:-@[-^`{-~]{2,}|[!-/:-@[-^`{-~](?![^\W\d_])"
)
MOST_CHARS = 4.5
"""At most one token in so many characters counts for pieces, so that counts of a token for four characters, which
proxies and tests estimate, are never too small. Prose in English has more, so its pieces decide."""


def has_too_few_tokens(n_tokens: float, texts: Iterable[str]) -> bool:
    """Whether so many tokens are fewer than a tokenizer makes of the texts.

    Most counts are clearly enough, which a bound that is never below `fewest_tokens` shows in a hundredth of its time.
    """
    text = "\n".join(texts)
    n_ascii = n_chars = len(text)
    if not text.isascii():
        n_ascii = len(text.encode("ascii", "ignore"))
    at_most = n_ascii / MOST_CHARS + (n_chars - n_ascii) / MOST_CHARS_PER_TOKEN[0][1]
    return n_tokens < at_most and n_tokens < fewest_tokens(text)


def fewest_tokens(text: str) -> float:
    """A number of tokens that hardly a tokenizer goes below for this text."""
    dense = _SAME.sub(r"\1\1\1", text)
    n_pieces, n_chars, n_others = sum(1 for _ in _PIECES.finditer(dense)), len(dense), 0.0
    if not dense.isascii():
        for script, most in MOST_CHARS_PER_TOKEN:
            n_found = sum(1 for _ in script.finditer(dense))
            n_others += n_found / most
            n_chars -= n_found
    return min(n_pieces, n_chars / MOST_CHARS) + n_others
