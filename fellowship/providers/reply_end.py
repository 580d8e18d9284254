"""Whether a reply is whole: the finish that a server states, compared with what it sent and with what it was sent.

A server that states no finish reason is believed to have sent the whole text, unless the text has as many tokens as
it may have, or breaks off (`text_end.py`). Whether it read the whole prompt says `prompt_reading.py`.
"""

from dataclasses import replace

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import ProviderUnavailable
from fellowship.protocols.events import get_logger
from fellowship.providers.finish_reasons import finish_of
from fellowship.providers.http import quoted
from fellowship.providers.http_provider import EmbeddedError
from fellowship.providers.prompt_reading import FEWEST_READ, PromptReading
from fellowship.providers.text_end import looks_cut_off

log = get_logger()


class EndCheck:
    """Checks the ends of replies; each kind of fault is logged once for each model."""

    def __init__(self) -> None:
        self._reported: set[tuple[str, str]] = set()
        self._readings = PromptReading()

    def checked(self, completion: Completion, request: Request) -> Completion:
        """The completion with its true finish. ProviderUnavailable for one that its provider could not finish."""
        finish, usage = completion.finish, completion.usage
        n_read, n_written = usage.prompt_tokens, usage.completion_tokens
        is_counted = type(n_read) is type(n_written) is int  # providers of other authors may report anything
        if is_counted and n_read >= FEWEST_READ and self._readings.is_cut(completion, request):
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


def _n_bytes(request: Request) -> int:
    return sum(len(message["content"].encode(errors="replace")) for message in request.messages)
