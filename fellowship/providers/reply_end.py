"""Whether a reply is whole: the finish that a server states, compared with what it sent and with what it was sent.

A server that states no finish reason is believed to have sent the whole text, unless the text has as many tokens as
it may have, or ends in the middle of a sentence, a code block or a JSON object.

A server that reads a part of the prompt only, because its context is too short, reports fewer prompt tokens than any
tokenizer makes of the prompt. The bounds are far below what tokenizers reach: a token is at most two words, five
Chinese or Japanese characters, or 32 bytes of text without long runs of blanks and signs, which are one token in some.
(Tokens do not cross blanks, except in tokenizers of superwords, with 1.2 English words a token; the longest words on
average, of Tamil, have 28 bytes.) Cached tokens count, for servers that do not include them in the prompt tokens.
"""

import re
from dataclasses import replace

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import ProviderUnavailable
from fellowship.protocols.events import get_logger
from fellowship.providers.finish_reasons import finish_of
from fellowship.providers.http import quoted
from fellowship.providers.http_provider import EmbeddedError

FEWEST_READ = 256
"""Prompt tokens of the shortest context that a server may have; fewer are no count of a truncated prompt."""
WORDS_PER_TOKEN, HAN_PER_TOKEN, BYTES_PER_TOKEN = 2, 5, 32
FEWEST_WORDS = 4
"""Of a last line that may be a sentence without its end."""

_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SIGNS = re.compile(r"[\W_]{4,}")
_OPEN_END = frozenset(",;:([{（［｛、，；：“‘«–—&+=/")
_MARKUP_OF_LINE = re.compile(r"\s*+(?:#{1,6}\s|[-*+•>|]|\d{1,3}[.)]\s)")
_DECISION = re.compile(r"\W*+(?:\w|tie|both|neither|equal)\W*+", re.IGNORECASE)

log = get_logger()


class EndCheck:
    """Checks the ends of replies; each kind of fault is logged once for each model."""

    def __init__(self) -> None:
        self._reported: set[tuple[str, str]] = set()

    def checked(self, completion: Completion, request: Request) -> Completion:
        """The completion with its true finish. ProviderUnavailable for one that its provider could not finish."""
        finish, usage = completion.finish, completion.usage
        n_read, n_written = usage.prompt_tokens, usage.completion_tokens
        is_counted = type(n_read) is type(n_written) is int  # providers of other authors may report anything
        if is_counted and n_read >= FEWEST_READ and is_prompt_truncated(request, completion):
            self._report("prompt_truncated", request, prompt_tokens=usage.prompt_tokens, prompt_bytes=_n_bytes(request))
            return replace(completion, finish="prompt_truncated")
        if finish == "stop" or finish == "length":
            return completion
        try:
            finish = finish_of(finish)  # providers of other authors may use words of their own
        except EmbeddedError as error:
            raise ProviderUnavailable(f"{request.model}: {error.error['message']}") from error
        most = request.sampling.get("max_tokens")
        if finish in ("unknown", "unstated") and most is not None and is_counted and n_written >= most:
            finish = "length"
        elif finish == "unstated":
            finish = "length" if looks_cut_off(completion.text) else "stop"
        elif finish == "unknown":
            said = completion.finish_as_sent or completion.finish
            self._report("finish_reason_unknown", request, finish_reason=quoted(said))
        return completion if finish == completion.finish else replace(completion, finish=finish)

    def _report(self, event: str, request: Request, **facts: object) -> None:
        if (event, request.model) not in self._reported:
            self._reported.add((event, request.model))
            log.warning(event, model=request.model, **facts)


def is_prompt_truncated(request: Request, completion: Completion) -> bool:
    """Whether the server counts fewer prompt tokens than the prompt can have."""
    usage, n_chars = completion.usage, 0
    n_read = usage.prompt_tokens + usage.cached_tokens
    for message in request.messages:
        n_chars += len(message["content"])
    if n_chars <= n_read * 2 * WORDS_PER_TOKEN:
        return False
    return n_read < sum(fewest_tokens(message["content"]) for message in request.messages)


def fewest_tokens(text: str) -> int:
    """A number of tokens that no tokenizer goes below for a text of this length."""
    dense = _SIGNS.sub("    ", text)
    n_bytes = len(dense.encode(errors="replace"))
    return max(
        len(text.split()) // WORDS_PER_TOKEN,
        sum(1 for _ in _HAN.finditer(dense)) // HAN_PER_TOKEN,
        n_bytes // BYTES_PER_TOKEN,
    )


def looks_cut_off(text: str) -> bool:
    """Whether a text ends in the middle of something, as far as that can be seen."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    last = lines[-1].rstrip()
    if sum(line.lstrip().startswith("```") for line in lines) % 2:
        return True
    if text.lstrip()[:1] == "{" and last[-1] not in "}`" and "}" not in last:
        return True
    if last[-1] in _OPEN_END:
        return True
    return last[-1].isalpha() and _is_sentence(last) and not (len(lines) > 1 and lines[-2].rstrip()[-1].isalnum())


def _is_sentence(line: str) -> bool:
    """Whether a line has the length of a sentence, and no markup, and ends with no decision such as "A" or "tie"."""
    words = line.split()
    is_long = len(words) >= FEWEST_WORDS or (len(words) == 1 and len(_HAN.findall(line)) > 3 * FEWEST_WORDS)
    return is_long and _MARKUP_OF_LINE.match(line) is None and _DECISION.fullmatch(words[-1]) is None


def _n_bytes(request: Request) -> int:
    return sum(len(message["content"].encode(errors="replace")) for message in request.messages)
