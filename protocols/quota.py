"""What a server grants to one key, and what its responses say about it: records for rate limiters and providers."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from fellowship.protocols.digests import text_digest

Dimension: TypeAlias = Literal["requests", "tokens", "input_tokens", "output_tokens"]
MINUTE_S = 60.0
DAY_S = 86_400.0


class Limits(BaseModel):
    """What a user knows of a provider's limits; None is not known; it is learned from responses that name it.

    rpm, rpd            requests per minute and per day
    tpm, itpm, otpm     tokens per minute: all, of prompts, of completions
    max_concurrency     requests open at once
    window              seconds over which the server counts; the limits per minute are scaled to it
    bursts              whether a whole window's requests may come at once
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rpm: int | None = Field(default=None, ge=1)
    rpd: int | None = Field(default=None, ge=1)
    tpm: int | None = Field(default=None, ge=1)
    itpm: int | None = Field(default=None, ge=1)
    otpm: int | None = Field(default=None, ge=1)
    max_concurrency: int | None = Field(default=None, ge=1)
    window: float = Field(default=MINUTE_S, gt=0, le=3600)
    bursts: bool = False

    def over(self, others: "Limits") -> "Limits":
        """These limits, with what is not set here taken from `others`."""
        return Limits(**{**others.model_dump(exclude_unset=True), **self.model_dump(exclude_unset=True)})


@dataclass(frozen=True, slots=True)
class AdvertisedLimit:
    """A limit as a response names it: how much in `window_s` seconds, what is left, seconds to its reset; else None."""

    dimension: Dimension
    limit: int | None = None
    remaining: int | None = None
    reset_s: float | None = None
    window_s: float = MINUTE_S


@dataclass(frozen=True, slots=True)
class Quota:
    """Whose limits a request counts against: one quota for all requests of a provider, address, key and limit group.

    key                     a digest of the key, never the key itself; empty without one
    group                   models that share a limit have the same group; empty where all of them share it
    announces               whether the server's responses name its limits
    limitless               whether the server is known to have none, as local ones do: concurrency is all that counts
    charges_max_tokens      whether a request is charged `max_tokens` when it comes in, and not what it used
    counts_cached           whether cached prompt tokens count
    """

    provider: str
    url: str = ""
    key: str = ""
    group: str = ""
    announces: bool = False
    limitless: bool = False
    charges_max_tokens: bool = False
    counts_cached: bool = True

    def __str__(self) -> str:
        return f"{self.provider} at {self.url}" if self.url else self.provider


def key_digest(key: str | None) -> str:
    """12 hex digits that identify a key and do not reveal it; empty without a key."""
    return text_digest(f"fellowship\0{key}").hex()[:12] if key else ""
