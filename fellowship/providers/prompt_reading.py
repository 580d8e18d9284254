"""Whether a server read the whole prompt, from its count of prompt tokens.

A server whose context is too short reads a part of the prompt only. It is noticed in two ways:

* It counts fewer tokens than any tokenizer makes of the prompt. The bounds are near those of the best of eight
  tokenizers (GPT-4 and 4o, Llama 3 and 4, Qwen, Mistral, Claude 2; decision 11 has the figures): no token holds two
  words, or a word and the sign behind it, or more than four digits. SLACK is for better ones: tokens of superwords
  hold 1.2 English words. A count that is the length of a context needs no slack.
* It counts the same for three prompts of different lengths, and never more.

Runs of one sign are a single token in some tokenizers and count as one. Cached tokens are a part
of the prompt tokens, unless there are more of them.
"""

import re

from fellowship.protocols.completions import Completion, Request

FEWEST_READ = 256
"""Prompt tokens of the shortest context that a server may have; fewer are no count of a truncated prompt."""
SLACK = 1.2
CONTEXT_LENGTHS = frozenset(
    n - 1 + is_full for k in range(9, 21) for n in (2**k, 3 * 2 ** (k - 1)) for is_full in (0, 1)
)
"""Of 512 to a million tokens; some servers leave a place for the first token of the reply."""
SAME_COUNTS, SAME_LENGTH = 3, 1.1
"""So many prompts, the longest of them so many times the shortest, do not have equal counts by chance."""

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


class PromptReading:
    """Compares counts of prompt tokens with prompts; it remembers the highest count of each model."""

    def __init__(self) -> None:
        self._highest: dict[str, tuple[int, set[int]]] = {}

    def is_cut(self, completion: Completion, request: Request) -> bool:
        """Whether the server read a part of the prompt."""
        usage, n_chars = completion.usage, 0
        n_read, n_cached = usage.prompt_tokens, usage.cached_tokens
        if n_cached > n_read:
            n_read += n_cached
        for message in request.messages:
            n_chars += len(message["content"])
        if n_chars <= n_read:
            return False
        if self._is_repeated(request.model, n_read, n_chars):
            return True
        if n_chars <= 2 * n_read:
            return False
        slack = 1.0 if n_read in CONTEXT_LENGTHS else SLACK
        return n_read * slack < sum(fewest_tokens(message["content"]) for message in request.messages)

    def _is_repeated(self, model: str, n_read: int, n_chars: int) -> bool:
        highest, lengths = self._highest.get(model, (0, set()))
        if n_read < highest:
            return False
        if n_read > highest:
            lengths = set()
            self._highest[model] = n_read, lengths
        if len(lengths) < 2 * SAME_COUNTS:
            lengths.add(n_chars)
        return len(lengths) >= SAME_COUNTS and n_chars > SAME_LENGTH * min(lengths)


def fewest_tokens(text: str) -> float:
    """A number of tokens that hardly a tokenizer goes below for this text."""
    dense = _SAME.sub(r"\1\1\1", text)
    n_tokens = float(sum(1 for _ in _PIECES.finditer(dense)))
    if not dense.isascii():
        for script, most in MOST_CHARS_PER_TOKEN:
            n_tokens += sum(1 for _ in script.finditer(dense)) / most
    return n_tokens
