"""The fewest tokens that a tokenizer makes of a text, to notice counts that are too small to be true.

The bounds are near those of the best of eight tokenizers (GPT-4 and 4o, Llama 3 and 4, Qwen, Mistral, Claude 2;
docs/decisions/0011 has the figures): no token holds two words, or a word and the sign behind it, or more than four
digits. Runs of one sign are a single token in some tokenizers and count as one.
"""

import math
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
_LETTERS = bytes(code for code in range(128) if chr(code).isalpha())
_BLANKS = bytes(code for code in range(33))
_KINDS = bytes(
    ord("a" if chr(code).isalpha() else "0" if chr(code).isdigit() else " " if code < 33 else "!")
    for code in range(256)
)
_BEGINNINGS = tuple(
    before + kind for kind in (b"a", b"0", b"!") for before in (b" ", b"a", b"0", b"!") if before != kind
)


def has_too_few_tokens(n_tokens: float, texts: Iterable[str]) -> bool:
    """Whether so many tokens are fewer than a tokenizer makes of the texts.

    Most counts are clearly enough, which bounds that are never below `fewest_tokens` show in a tenth of its time.
    """
    texts = tuple(texts)
    return all(n_tokens < sum(map(bound, texts)) for bound in (_at_most_by_signs, _at_most_by_runs, fewest_tokens))


def fewest_tokens(text: str) -> float:
    """A number of tokens that hardly a tokenizer goes below for this text."""
    dense = _SAME.sub(r"\1\1\1", text)
    n_tokens = float(sum(1 for _ in _PIECES.finditer(dense)))
    if not dense.isascii():
        for script, most in MOST_CHARS_PER_TOKEN:
            n_tokens += sum(1 for _ in script.finditer(dense)) / most
    return n_tokens


def _at_most_by_signs(text: str) -> float:
    """At least `fewest_tokens`: in front of each word stands something that is no letter."""
    encoded = text.encode(errors="replace")
    n_bytes, n_others = len(encoded), len(encoded.translate(None, _LETTERS))
    n_blanks = n_bytes - len(encoded.translate(None, _BLANKS))
    return 1 + (n_bytes - n_others) / 24 + n_blanks + 2 * (n_others - n_blanks)


def _at_most_by_runs(text: str) -> float:
    """At least `fewest_tokens`: the beginnings of words, numbers and signs, and parts of long ones."""
    if not text.isascii():
        return math.inf
    kinds = text.encode().translate(_KINDS)
    return 1 + sum(map(kinds.count, _BEGINNINGS)) + kinds.count(b"a") / 24 + kinds.count(b"0") / 4
