"""Amounts as people read them on one line: money, time, large numbers, names."""

from decimal import Decimal

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400


def format_dollars(amount: Decimal) -> str:
    """$16.02, $0.0031, $0."""
    if not amount:
        return "$0"
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}" if amount >= Decimal("0.0001") else "under $0.0001"


def format_duration(seconds: float) -> str:
    """8 s, 75 s, 52 min, 1 h 52 min, 3 d 4 h."""
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
    """1.9 s, 450 ms; - where there is none."""
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def short_number(number: int) -> str:
    """Below 100,000 in full, then 123.4k, 91.4M, 2.1G."""
    if number < 100_000:
        return f"{number:,}"
    for size, letter in ((10**9, "G"), (10**6, "M")):
        if number >= size:
            return f"{number / size:.1f}{letter}"
    return f"{number / 1000:.1f}k"


def printable(text: str) -> str:
    """On one line, without what a terminal could take for a command."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
