"""Amounts as people read them on one line: money, time, large numbers, counts with their noun."""

from decimal import Decimal

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
FULL_UP_TO = 100_000


def format_dollars(amount: Decimal | float) -> str:
    """$16.02, $0.0031, $0."""
    if not amount:
        return "$0"
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}" if float(amount) >= 0.0001 else "under $0.0001"


def format_duration(seconds: float) -> str:
    """0.4 s, 8 s, 75 s, 52 min, 1 h 52 min, 3 d 4 h."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 1.5 * MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < 1.5 * HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min"
    if seconds < 2 * DAY_S:
        minutes = round(seconds / MINUTE_S)
        return f"{minutes // 60} h {minutes % 60} min"
    hours = round(seconds / HOUR_S)
    return f"{hours // 24} d {hours % 24} h"


def format_duration_interval(expected_s: float, low_s: float, high_s: float) -> str:
    """52 min (47 min to 58 min)."""
    low, high = format_duration(low_s), format_duration(high_s)
    return format_duration(expected_s) + (f" ({low} to {high})" if low != high else "")


def format_latency(seconds: float | None) -> str:
    """1.9 s, 450 ms; - for None."""
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def short_number(number: int) -> str:
    """Below 100,000 in full, then 123.4k, 91.4M, 2.1G."""
    if number < FULL_UP_TO:
        return f"{number:,}"
    unit, letter = _unit(number)
    return f"{number / unit:.1f}{letter}"


def short_interval(expected: float, low: float, high: float) -> str:
    """91.4M [80.0, 99.1], in the unit of the expected number; one number where both ends are equal."""
    unit, letter = _unit(expected)
    shown, *ends = (f"{end / unit:,.{1 if letter else 0}f}" for end in (expected, low, high))
    return f"{shown}{letter}" if low == high else f"{shown}{letter} [{', '.join(ends)}]"


def format_tokens(prompt: int, completion: int, *, n_unknown: int = 0) -> str:
    """1,200 tokens in, 340 out; with the number of calls whose tokens are not in there, as their usage is unknown."""
    if n_unknown and not prompt:
        return f"tokens unknown ({count_noun(n_unknown, 'call')} of unknown usage)"
    missing = f", without {count_noun(n_unknown, 'call')} of unknown usage" if n_unknown else ""
    return f"{prompt:,} tokens in, {completion:,} out{missing}"


def count_noun(n: int, noun: str, plural: str | None = None) -> str:
    """1 reply, 1,234 replies; without a `plural` the noun takes an s."""
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def _unit(number: float) -> tuple[float, str]:
    """The largest of 1, thousand, million and thousand million that is not above the number, and its letter."""
    return next(((size, letter) for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if number >= size), (1.0, ""))
