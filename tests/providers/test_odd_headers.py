"""Headers of limits and waits that cannot be meant are none."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from fellowship.protocols.quota import AdvertisedLimit
from fellowship.providers.error_mapping import ErrorBody, retry_after_s
from fellowship.providers.rate_limit_headers import advertised_limits
from fellowship.providers.transport import Response

LIMIT, LEFT, RESET = (f"x-ratelimit-{name}-tokens" for name in ("limit", "remaining", "reset"))


@pytest.mark.parametrize(
    "text", ["-5", "1.5", "1e9", "nan", "inf", "9" * 400, "1,000", "1_000", "many", "", "١٠٠", "0x10"]
)
def test_a_limit_that_is_no_whole_number_is_ignored(text: str) -> None:
    assert advertised_limits({LIMIT: text}, "openai") == (AdvertisedLimit("tokens"),)


@pytest.mark.parametrize(("text", "limit"), [("600", 600), (" 600 ", 600), ("600.0", 600), ("0", 0)])
def test_a_limit_that_is_a_whole_number_is_read(text: str, limit: int) -> None:
    assert advertised_limits({LIMIT: text}, "openai") == (AdvertisedLimit("tokens", limit),)


def test_a_limit_below_what_remains_is_none() -> None:
    assert advertised_limits({LIMIT: "1", LEFT: "89000"}, "openai") == ()


@pytest.mark.parametrize("reset", ["31536000", "8760h0m0s", "2999-01-01T00:00:00Z", "1e400", "soon"])
def test_a_reset_in_a_year_is_none(reset: str) -> None:
    found = advertised_limits({LIMIT: "600", LEFT: "0", RESET: reset}, "openai")

    assert found == (AdvertisedLimit("tokens", 600, 0, None),)


def wait_s(text: str, message: str | None = None) -> float | None:
    return retry_after_s(ErrorBody(429, message=message), Response(429, {"retry-after": text}, b""), ())


@pytest.mark.parametrize(
    "text", ["31536000", "nan", "inf", "1e400", "Fri, 31 Dec 9999 23:59:59 GMT", "later", "9" * 400]
)
def test_a_wait_of_a_year_or_of_no_number_is_none(text: str) -> None:
    """A body that asks for a wait is heard instead."""
    assert wait_s(text) is None
    assert wait_s(text, "Please try again in 7s.") == 7.0


def test_a_wait_that_is_over_is_zero_and_one_of_hours_is_kept() -> None:
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(hours=20), usegmt=True)

    assert (wait_s("-30"), wait_s("Mon, 01 Jan 2001 00:00:00 GMT"), wait_s("7200")) == (0.0, 0.0, 7200.0)
    assert 19 * 3600 < (wait_s(tomorrow) or 0) <= 20 * 3600
