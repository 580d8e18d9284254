"""The one check of a completion: behind it token counts are possible or unknown, and texts fit into a file.

It stands between a provider and everything that counts: budget, rate limiter, metrics and journal.
"""

from dataclasses import replace
from operator import itemgetter

from fellowship.formatting.valid_unicode import replace_surrogates
from fellowship.protocols.completions import UNKNOWN_USAGE, Completion, Request, Usage
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.tokens import LONGEST_TOKEN_CHARS, MOST_REPLY_TOKENS

HIDDEN_PROMPT_TOKENS = 1024  # instructions that servers put before a prompt
STOP_TOKENS = 16  # servers that count the end of a reply report a few more than max_tokens
CONTENT = itemgetter("content")


class CheckedProvider:
    """A provider whose completions are checked against their requests."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def complete(self, request: Request) -> Completion:
        """The provider's completion, checked."""
        return checked(await self._provider.complete(request), request)

    async def close(self) -> None:
        """The provider is closed by its owner."""


def checked(completion: Completion, request: Request) -> Completion:
    """The completion, with UNKNOWN_USAGE for counts that cannot be true, and U+FFFD for half surrogate pairs."""
    usage = completion.usage
    if usage is not UNKNOWN_USAGE and not _is_possible(usage, completion, request):
        completion = replace(completion, usage=UNKNOWN_USAGE)
    for text in (completion.text, completion.served_model, completion.request_id):
        if text is not None and not text.isascii():
            return _in_unicode(completion)
    return completion


def _is_possible(usage: Usage, completion: Completion, request: Request) -> bool:
    """Whether the request can have had so many tokens: not more than its bytes allow, nor fewer than its characters."""
    n_prompt, n_completion = usage.prompt_tokens, usage.completion_tokens
    for count in (n_prompt, n_completion, usage.cached_tokens, usage.reasoning_tokens):
        if type(count) is not int or count < 0:
            return False
    n_chars = sum(map(len, map(CONTENT, request.messages)))
    n_written = len(completion.text) + (len(completion.reasoning) if completion.reasoning else 0)
    room = request.sampling.get("max_tokens")
    return (
        n_prompt > 0
        and n_chars <= n_prompt * LONGEST_TOKEN_CHARS
        and n_written <= n_completion * LONGEST_TOKEN_CHARS
        and n_completion <= (MOST_REPLY_TOKENS if room is None else room + STOP_TOKENS)
        and usage.cached_tokens <= n_prompt
        and (n_prompt <= 2 * n_chars + HIDDEN_PROMPT_TOKENS or n_prompt <= _most_prompt_tokens(request))
    )


def _most_prompt_tokens(request: Request) -> int:
    """Two tokens for each byte that is sent, and what servers add."""
    n_bytes = sum(len(message["content"].encode(errors="replace")) for message in request.messages)
    return 2 * (n_bytes + len(str(request.schema or "").encode(errors="replace"))) + HIDDEN_PROMPT_TOKENS


def _in_unicode(completion: Completion) -> Completion:
    text = replace_surrogates(completion.text)
    served, id = (name and replace_surrogates(name) for name in (completion.served_model, completion.request_id))
    if (text, served, id) == (completion.text, completion.served_model, completion.request_id):
        return completion
    return replace(completion, text=text, served_model=served, request_id=id)
