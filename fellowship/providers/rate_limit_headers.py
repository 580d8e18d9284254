"""Limits from response headers, in the header dialect of each provider.

A dialect is a table: which limit stands in which headers, over which window it counts, and how its reset is written.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from fellowship.protocols.quota import DAY_S, MINUTE_S, AdvertisedLimit, Dimension

DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?")
UNITS_S = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


class HeaderName(NamedTuple):
    """The header names of one limit."""

    dimension: Dimension
    limit: str
    remaining: str
    reset: str | None = None
    window_s: float = MINUTE_S


def _openai_like(requests: str, tokens: str, *, requests_window_s: float = MINUTE_S) -> tuple[HeaderName, ...]:
    names: tuple[tuple[Dimension, str, float], ...] = (
        ("requests", requests, requests_window_s),
        ("tokens", tokens, MINUTE_S),
    )
    return tuple(
        HeaderName(
            dimension,
            f"x-ratelimit-limit-{name}",
            f"x-ratelimit-remaining-{name}",
            f"x-ratelimit-reset-{name}",
            window_s,
        )
        for dimension, name, window_s in names
    )


def _anthropic() -> tuple[HeaderName, ...]:
    dimensions: tuple[Dimension, ...] = ("requests", "input_tokens", "output_tokens")
    names: dict[Dimension, str] = {
        dimension: f"anthropic-ratelimit-{dimension.replace('_', '-')}" for dimension in dimensions
    }
    return tuple(
        HeaderName(dimension, f"{name}-limit", f"{name}-remaining", f"{name}-reset")
        for dimension, name in names.items()
    )


HEADER_DIALECTS: dict[str, tuple[HeaderName, ...]] = {
    "none": (),
    "openai": _openai_like("requests", "tokens"),
    "groq": _openai_like("requests", "tokens", requests_window_s=DAY_S),
    "cerebras": _openai_like("requests-day", "tokens-minute", requests_window_s=DAY_S),
    "mistral": _openai_like("req-minute", "tokens-minute"),
    "together": (
        HeaderName("requests", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", 1.0),
        HeaderName("tokens", "x-tokenlimit-limit", "x-tokenlimit-remaining", None, 1.0),
    ),
    "anthropic": _anthropic(),
}


def advertised_limits(
    headers: Mapping[str, str], dialect: str, *, now: Callable[[], datetime]
) -> tuple[AdvertisedLimit, ...]:
    """The limits in the headers; negative values and texts are ignored. `now` is for resets with a date."""
    places = HEADER_DIALECTS[dialect]
    return tuple(
        AdvertisedLimit(
            place.dimension,
            _header_count(headers.get(place.limit)),
            _header_count(headers.get(place.remaining)),
            seconds_until(headers.get(place.reset), now) if place.reset is not None else None,
            place.window_s,
        )
        for place in places
        if place.limit in headers or place.remaining in headers
    )


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
    try:
        return sum(float(part) * unit for part, unit in zip(found.groups(), UNITS_S, strict=True) if part)
    except ValueError:
        return None


def seconds_until(text: str | None, now: Callable[[], datetime]) -> float | None:
    """Seconds to a reset, written as a duration or as a moment in RFC 3339."""
    if not text:
        return None
    duration = seconds(text)
    if duration is not None:
        return duration
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now()).total_seconds())


def _header_count(text: str | None) -> int | None:
    try:
        count = int(float(text)) if text else -1
    except (ValueError, OverflowError):
        return None
    return count if count >= 0 else None
