"""Limits from response headers, in the header dialect of each provider.

A dialect is a table: which limit stands in which headers, over which window it counts, and how its reset is written.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from fellowship.protocols.quota import DAY_S, MINUTE_S, AdvertisedLimit, Dimension

DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d*)?|\.\d+)s)?(?:(\d+(?:\.\d*)?|\.\d+)ms)?")
COUNT = re.compile(r"([0-9]{1,12})(?:\.0*)?")
LONGEST_PERIOD_S = 32 * DAY_S
UNITS_S = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


class HeaderName(NamedTuple):
    """The header names of one limit."""

    dimension: Dimension
    limit: str
    remaining: str
    reset: str
    window_s: float


def _header(dimension: Dimension, pattern: str, window_s: float = MINUTE_S) -> HeaderName:
    """The names for a limit, from a pattern with * for each of limit, remaining and reset."""
    limit, remaining, reset = (pattern.replace("*", each) for each in ("limit", "remaining", "reset"))
    return HeaderName(dimension, limit, remaining, reset, window_s)


_OPENAI_TOKENS = _header("tokens", "x-ratelimit-*-tokens")
_MINUTE_TOKENS = _header("tokens", "x-ratelimit-*-tokens-minute")
HEADER_DIALECTS: dict[str, tuple[HeaderName, ...]] = {
    "none": (),
    "openai": (_header("requests", "x-ratelimit-*-requests"), _OPENAI_TOKENS),
    "groq": (_header("requests", "x-ratelimit-*-requests", DAY_S), _OPENAI_TOKENS),
    "cerebras": (_header("requests", "x-ratelimit-*-requests-day", DAY_S), _MINUTE_TOKENS),
    "mistral": (_header("requests", "x-ratelimit-*-req-minute"), _MINUTE_TOKENS),
    "together": (_header("requests", "x-ratelimit-*", 1.0), _header("tokens", "x-tokenlimit-*", 1.0)),
    "anthropic": (
        _header("requests", "anthropic-ratelimit-requests-*"),
        _header("input_tokens", "anthropic-ratelimit-input-tokens-*"),
        _header("output_tokens", "anthropic-ratelimit-output-tokens-*"),
    ),
}


def advertised_limits(headers: Mapping[str, str], dialect: str) -> tuple[AdvertisedLimit, ...]:
    """The limits in the headers, without values that are no whole numbers; none with more remaining than allowed."""
    found = (
        AdvertisedLimit(
            place.dimension,
            _header_count(headers.get(place.limit)),
            _header_count(headers.get(place.remaining)),
            plausible_wait_s(seconds_until(headers.get(place.reset))),
            place.window_s,
        )
        for place in HEADER_DIALECTS[dialect]
        if place.limit in headers or place.remaining in headers
    )
    return tuple(each for each in found if each.limit is None or each.remaining is None or each.limit >= each.remaining)


def plausible_wait_s(wait_s: float | None) -> float | None:
    """The wait in seconds; None for one that is longer than any quota's period, which is a month at most."""
    return wait_s if wait_s is not None and 0 <= wait_s <= LONGEST_PERIOD_S else None


def used_up(limits: tuple[AdvertisedLimit, ...]) -> AdvertisedLimit | None:
    """The exhausted limit; None if every limit has something left, or no header says so."""
    return next((each for each in limits if each.remaining == 0), None)


def seconds(text: str) -> float | None:
    """Seconds in a duration such as 1s, 6m0s, 120ms or 1h2m3.5s, or in a plain number; None for any other text."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    found = DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        return None
    return sum(float(part) * unit for part, unit in zip(found.groups(), UNITS_S, strict=True) if part)


def seconds_until(text: str | None) -> float | None:
    """Seconds to a reset, written as a duration or as a moment in RFC 3339."""
    if not text:
        return None
    if (duration := seconds(text)) is not None:
        return duration
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _header_count(text: str | None) -> int | None:
    found = COUNT.fullmatch(text.strip()) if text else None
    return int(found[1]) if found else None
