"""Numbers of tokens: bounds of reported ones, estimates from texts, and assumptions where none is reported."""

from bisect import bisect_right
from collections import Counter
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

CHARS_PER_TOKEN = 3.6
"""Characters of a token, on average over ASCII texts."""
MOST_SAMPLED = 1000
EXPECTED_REPLY_TOKENS = 512
"""The length of a reply by an agent that has not replied yet."""
LONGEST_REPLY_TOKENS = 2048
"""The longest reply to a request without `max_tokens`."""

LONGEST_TOKEN_CHARS = 16
"""More characters than a token has on average over a text without runs of one sign: usual texts have 1 to 6."""
MOST_REPLY_TOKENS = 2**20
"""More tokens than a reply to a request without `max_tokens` has."""
MOST_REASONING_TOKENS = 2**17
"""More tokens than a model thinks beyond `max_tokens`, on servers that do not limit reasoning by it."""


class TokenCount(NamedTuple):
    """The tokens of a text: the range over vocabularies, and the expected number."""

    fewest: float
    expected: float
    most: float

    def plus(self, other: "TokenCount") -> "TokenCount":
        """The count of two texts."""
        return TokenCount(self.fewest + other.fewest, self.expected + other.expected, self.most + other.most)


class CharsPerToken(NamedTuple):
    """Characters of a token in one kind of writing: the range over vocabularies of 2023 to 2026, and the average."""

    fewest: float
    expected: float
    most: float


LOWER_CASE = CharsPerToken(2.7, 4.0, 6.5)  # with spaces
CAPITALS = CharsPerToken(1.0, 2.5, 4.5)
SIGNS = CharsPerToken(0.9, 1.8, 3.5)  # punctuation and digits: code, JSON, numbers
MARKED_LATIN = CharsPerToken(0.6, 1.0, 3.0)
GREEK = CharsPerToken(0.9, 1.6, 3.2)
CYRILLIC = CharsPerToken(1.4, 2.6, 4.2)
HEBREW = CharsPerToken(0.9, 1.5, 3.0)
ARABIC = CharsPerToken(0.9, 1.6, 3.2)  # with Persian and Urdu
INDIC = CharsPerToken(0.6, 1.3, 3.6)
THAI = CharsPerToken(0.8, 1.4, 2.6)  # with Lao, Burmese and Khmer
OTHER = CharsPerToken(0.33, 0.8, 2.6)
HANGUL = CharsPerToken(0.7, 1.4, 2.2)
SYMBOLS = CharsPerToken(0.5, 0.9, 2.5)
KANA = CharsPerToken(0.7, 1.1, 1.8)
HAN = CharsPerToken(0.6, 1.1, 1.8)
EMOJI = CharsPerToken(0.3, 0.5, 1.2)

FRAME_OF_MESSAGE, FRAME_OF_REPLY = (0, 3, 8), (0, 3, 8)
"""Tokens of a chat template around a message, and before the reply: fewest, those of OpenAI's models, most.

Anthropic and Llama add more than OpenAI (cookbook, "How to count tokens"); Gemini reports the texts only.
"""

_BLOCKS: tuple[tuple[int, CharsPerToken], ...] = (  # first code points
    (0x0000, SIGNS), (0x0020, LOWER_CASE), (0x0021, SIGNS), (0x0041, CAPITALS), (0x005B, SIGNS),
    (0x0061, LOWER_CASE), (0x007B, SIGNS), (0x00C0, MARKED_LATIN), (0x0370, GREEK), (0x0400, CYRILLIC),
    (0x0530, OTHER), (0x0590, HEBREW), (0x0600, ARABIC), (0x0780, OTHER), (0x08A0, ARABIC), (0x0900, INDIC),
    (0x0E00, THAI), (0x0F00, OTHER), (0x1000, THAI), (0x10A0, OTHER), (0x1100, HANGUL), (0x1200, OTHER),
    (0x1780, THAI), (0x1800, OTHER), (0x1E00, MARKED_LATIN), (0x1F00, GREEK), (0x2000, SYMBOLS), (0x2600, EMOJI),
    (0x27C0, SYMBOLS), (0x2E80, HAN), (0x3040, KANA), (0x3100, HAN), (0x3130, HANGUL), (0x3190, HAN), (0x31F0, KANA),
    (0x3200, HAN), (0xA000, OTHER), (0xAC00, HANGUL), (0xD800, OTHER), (0xF900, HAN), (0xFB00, OTHER),
    (0xFB1D, HEBREW), (0xFB50, ARABIC), (0xFE00, EMOJI), (0xFE10, HAN), (0xFE70, ARABIC), (0xFF00, HAN),
    (0xFF66, KANA), (0xFFA0, HANGUL), (0xFFE0, SYMBOLS), (0x10000, OTHER), (0x1F000, EMOJI), (0x20000, HAN),
    (0xE0000, EMOJI),
)  # fmt: skip
_STARTS = [start for start, _ in _BLOCKS]
_CAPITALS, _LOWER_CASE = ascii_uppercase.encode(), f"{ascii_lowercase} ".encode()


def count_tokens(text: str) -> TokenCount:
    """The tokens of a text, from its characters by script; from an even sample of them where not all are ASCII."""
    if not text.isascii():
        sample = text[:: len(text) // MOST_SAMPLED + 1]
        blocks = Counter(bisect_right(_STARTS, ord(char)) - 1 for char in sample)
        return _tokens([(_BLOCKS[block][1], n * len(text) / len(sample)) for block, n in blocks.items()])
    chars = text.encode()
    without_capitals = chars.translate(None, _CAPITALS)
    n_signs = len(without_capitals.translate(None, _LOWER_CASE))
    n_capitals = len(chars) - len(without_capitals)
    return _tokens([(LOWER_CASE, len(chars) - n_capitals - n_signs), (CAPITALS, n_capitals), (SIGNS, n_signs)])


def frame_tokens(n_messages: int) -> TokenCount:
    """The tokens that a chat template adds to the texts of so many messages.

    >>> frame_tokens(1)
    TokenCount(fewest=0, expected=6, most=16)
    """
    ends = zip(FRAME_OF_MESSAGE, FRAME_OF_REPLY, strict=True)
    return TokenCount(*(n_messages * of_message + of_reply for of_message, of_reply in ends))


def _tokens(kinds: list[tuple[CharsPerToken, float]]) -> TokenCount:
    return TokenCount(
        sum(n / kind.most for kind, n in kinds),
        sum(n / kind.expected for kind, n in kinds),
        sum(n / kind.fewest for kind, n in kinds),
    )
