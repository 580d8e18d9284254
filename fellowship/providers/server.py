"""The record of one server: how it is reached, and how it counts requests. The known ones are in `catalog.py`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its address, the environment variables for its key and for another address, and its behaviour.

    Of several variables the first that is set counts. `max_tokens_name` is what the server at `base_url` itself calls
    that setting; servers at other addresses are sent `max_tokens`. `dialect` is that of the headers in which limits
    are named, "none" where none are; `announces`: the server at `base_url` is sure to name them. `limitless`:
    concurrency is all that counts there, as on a server of one's own; `charges_max_tokens` and `counts_cached` are
    those of `Quota`. The time limits begin with the request: `timeout_s` ends with the last byte of the response.
    """

    base_url: str
    key_variables: tuple[str, ...] = ()
    url_variables: tuple[str, ...] = ()
    form: str = "openai"
    dialect: str = "none"
    announces: bool = False
    max_tokens_name: str = "max_tokens"
    limitless: bool = False
    charges_max_tokens: bool = False
    counts_cached: bool = True
    timeout_s: float = 600.0
    first_byte_timeout_s: float | None = None
    connect_timeout_s: float = 10.0
