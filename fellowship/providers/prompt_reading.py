"""Whether a server read the whole prompt, from its count of prompt tokens.

A server whose context is too short reads a part of the prompt only. It is noticed in two ways:

* It counts fewer tokens than any tokenizer makes of the prompt (`fewest_tokens.py`). SLACK is for better ones: tokens
  of superwords hold 1.2 English words. A count that is the length of a context needs no slack.
* It counts the same for three prompts of different lengths, and never more.

Cached tokens are a part of the prompt tokens, unless there are more of them.
"""

from fellowship.protocols.completions import Completion, Request
from fellowship.providers.fewest_tokens import has_too_few_tokens

FEWEST_READ = 256
"""Prompt tokens of the shortest context that a server may have; fewer are no count of a truncated prompt."""
SLACK = 1.2
CONTEXT_LENGTHS = frozenset(
    n - 1 + is_full for k in range(9, 21) for n in (2**k, 3 * 2 ** (k - 1)) for is_full in (0, 1)
)
"""Of 512 to a million tokens; some servers leave a place for the first token of the reply."""
SAME_COUNTS, SAME_LENGTH = 3, 1.1
"""So many prompts, the longest of them so many times the shortest, do not have equal counts by chance."""


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
        if 5 * n_chars <= 11 * n_read:
            return False
        slack = 1.0 if n_read in CONTEXT_LENGTHS else SLACK
        return has_too_few_tokens(n_read * slack, (message["content"] for message in request.messages))

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
