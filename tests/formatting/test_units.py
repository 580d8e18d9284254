"""Amounts on one line."""

from decimal import Decimal

import pytest

from fellowship.formatting import units
from fellowship.telemetry.eta import RemainingTime


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0"),
        ("0.00001", "under $0.0001"),
        ("0.00312", "$0.0031"),
        ("0.5", "$0.5000"),
        ("16.024", "$16.02"),
        ("12345.6", "$12,345.60"),
    ],
)
def test_dollars(amount: str, text: str) -> None:
    assert units.format_dollars(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.41, "0.41 s"),
        (7.0, "7 s"),
        (9.96, "10 s"),
        (75.4, "75 s"),
        (120, "2 min"),
        (3_900, "65 min"),
        (6_720, "1 h 52 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert units.format_duration(seconds) == text


@pytest.mark.parametrize(
    ("eta", "text"),
    [
        (RemainingTime(3_120, 2_820, 3_480), "52 min (47 min to 58 min)"),
        (RemainingTime(30.0, 29.9, 30.2), "30 s"),
    ],
    ids=["spread", "exact enough"],
)
def test_what_remains_is_told_with_its_spread(eta: RemainingTime, text: str) -> None:
    assert units.format_duration_interval(*eta) == text


@pytest.mark.parametrize(("seconds", "text"), [(None, "-"), (0.0451, "45 ms"), (0.9999, "1.0 s"), (6.24, "6.2 s")])
def test_latencies(seconds: float | None, text: str) -> None:
    assert units.format_latency(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (99_999, "99,999"), (123_400, "123.4k"), (91_400_000, "91.4M"), (2 * 10**9, "2.0G")]
)
def test_large_numbers_are_short(number: int, text: str) -> None:
    assert units.short_number(number) == text


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((12.0, 12.0, 12.0), "12"),
        ((900.0, 800.0, 1_100.0), "900 [800, 1,100]"),
        ((1_500.0, 900.0, 2_100.0), "1.5k [0.9, 2.1]"),
        ((2e6, 2e6, 2e6), "2.0M"),
    ],
)
def test_the_ends_of_an_interval_have_the_unit_of_its_middle(ends: tuple[float, float, float], text: str) -> None:
    assert units.short_interval(*ends) == text


@pytest.mark.parametrize(("n", "text"), [(0, "0 replies"), (1, "1 reply"), (1_234, "1,234 replies")])
def test_a_count_has_its_noun(n: int, text: str) -> None:
    assert units.count_noun(n, "reply", "replies") == text
