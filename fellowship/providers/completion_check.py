"""The one check of a completion: its end is known behind it, token counts are possible or unknown, texts fit a file.

It stands between a provider and everything that counts: budget, rate limiter, metrics and journal.
"""

import re
from dataclasses import replace
from operator import itemgetter

from fellowship.formatting.valid_unicode import replace_surrogates
from fellowship.protocols.completions import UNKNOWN_USAGE, Completion, Request
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.tokens import LONGEST_TOKEN_CHARS, MOST_REASONING_TOKENS, MOST_REPLY_TOKENS
from fellowship.providers.fewest_tokens import has_too_few_tokens
from fellowship.providers.reply_end import EndCheck

HIDDEN_PROMPT_TOKENS = 1024  # instructions that servers put before a prompt
COUNT_SLACK, FEW = 2, 60  # a count is too small by more than this factor and this number of tokens
CONTENT = itemgetter("content")
_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)  # of one sign, which is one token in some vocabularies


class CheckedProvider:
    """A provider whose completions are checked against their requests."""

    def __init__(self, provider: Provider) -> None:
        self._provider, self._ends = provider, EndCheck()

    async def complete(self, request: Request) -> Completion:
        """The provider's completion, checked."""
        return checked(self._ends.checked(await self._provider.complete(request), request), request)

    async def close(self) -> None:
        """The provider is closed by its owner."""


def checked(completion: Completion, request: Request) -> Completion:
    """The completion, with UNKNOWN_USAGE for counts that cannot be true, and U+FFFD for half surrogate pairs.

    Counts cannot be true if the request has too few bytes for them, or it or the reply too many characters, or if they
    are far more than `max_tokens`, which some servers apply to the text only, or ignore. The reasoning
    beside the text counts with it: where a server counts it apart and says so, `reported_usage` has added its tokens.
    Written out, because a function more for each condition costs time in every ask.
    """
    # No text counts for more than a token in 2.2 characters: 22 / 5 is 2.2 * COUNT_SLACK, 660 / 5 is 2.2 * FEW.
    usage, text, reasoning = completion.usage, completion.text, completion.reasoning
    n_prompt, n_completion, n_cached = usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens
    if usage is not UNKNOWN_USAGE:
        n_chars = sum(map(len, map(CONTENT, request.messages)))
        n_written = len(text) + len(reasoning) if reasoning else len(text)
        sampling = request.sampling
        room = sampling["max_tokens"] + MOST_REASONING_TOKENS if "max_tokens" in sampling else MOST_REPLY_TOKENS
        is_possible = (
            type(n_prompt) is type(n_completion) is type(n_cached) is type(usage.reasoning_tokens) is int
            and n_prompt > 0
            and (5 * n_chars <= 22 * n_prompt + 660 or _may_be_read(completion, request))
            and (n_completion > 0 or not n_written)
            and (
                5 * n_written <= 22 * n_completion + 660
                or not has_too_few_tokens(COUNT_SLACK * n_completion + FEW, [text, reasoning])
            )
            and n_completion <= room
            and 0 <= n_cached <= n_prompt
            and 0 <= usage.reasoning_tokens <= n_completion
            and (n_prompt <= 2 * n_chars + HIDDEN_PROMPT_TOKENS or n_prompt <= _most_prompt_tokens(request))
        )
        if not is_possible:
            completion = replace(completion, usage=UNKNOWN_USAGE)
    if not text.isascii():
        return _in_unicode(completion)
    for name in (completion.served_model, completion.request_id):
        if name is not None and not name.isascii():
            return _in_unicode(completion)
    return completion


def _most_prompt_tokens(request: Request) -> int:
    """Two tokens for each byte that is sent, and what servers add."""
    n_bytes = sum(len(message["content"].encode(errors="replace")) for message in request.messages)
    return 2 * (n_bytes + len(str(request.schema or "").encode(errors="replace"))) + HIDDEN_PROMPT_TOKENS


def _may_be_read(completion: Completion, request: Request) -> bool:
    """Whether the prompt may have so few tokens; a part of a prompt has fewer than the whole of it."""
    n_read, texts = completion.usage.prompt_tokens, map(CONTENT, request.messages)
    if completion.finish == "prompt_truncated":
        return sum(len(_RUN.sub("", text)) for text in texts) <= n_read * LONGEST_TOKEN_CHARS
    return not has_too_few_tokens(COUNT_SLACK * n_read + FEW, texts)


def _in_unicode(completion: Completion) -> Completion:
    text = replace_surrogates(completion.text)
    served, id = (name and replace_surrogates(name) for name in (completion.served_model, completion.request_id))
    if (text, served, id) == (completion.text, completion.served_model, completion.request_id):
        return completion
    return replace(completion, text=text, served_model=served, request_id=id)
