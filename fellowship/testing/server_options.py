"""The options of the simulated server, for `fellowship serve-sim` and for the server that tests start."""

import argparse
import math
from collections.abc import Callable
from functools import partial
from typing import get_args

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.quota import Dimension
from fellowship.testing.server_faults import FAULT_KINDS, Faults
from fellowship.testing.server_limits import LIMIT_KINDS
from fellowship.testing.simulated_server import ServerConfig

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


def add_server_options(parser: argparse.ArgumentParser, *, answers: str) -> None:
    """Add all options of a server."""
    add = parser.add_argument
    add("--port", type=int, default=0, help="0 selects a free one (%(default)s)")
    kinds = "sim, canned (always the same), gibberish, garbage (not JSON), or the text of all answers (%(default)s)"
    add("--answers", default=answers, metavar="KIND", help=kinds)
    add("--seed", type=int, default=0, help="seed of latencies and faults (%(default)s)")
    add("--key", help="the accepted key; others get 401")
    add("--models", default="", metavar="A,B", help="the served models; others get 404")

    add = parser.add_argument_group("latency").add_argument
    add("--latency-ms", type=_at_least_0, default=0.0, help="latency of every answer (%(default)s)")
    add("--jitter-ms", type=_at_least_0, default=0.0, help="additional latency, uniform from 0 to this")
    add("--tokens-per-s", type=_above_0, metavar="N", help="generation speed, which adds to the latency")

    add = parser.add_argument_group("limits").add_argument
    for name in DIMENSIONS:
        meaning = f"{name.replace('_', ' ')} per window"
        add(f"--{name.replace('_', '-')}", type=_positive_int, metavar="N", help=meaning)
    add("--window", type=_above_0, default=60.0, metavar="S", help="window length in seconds (%(default)s)")
    add("--limit-as", choices=list(LIMIT_KINDS), default="sliding-log", help="how limits are counted (%(default)s)")
    add("--max-concurrency", type=_positive_int, metavar="N", help="open requests; more get 503")
    add("--announce", action="store_true", help="report the limits in the headers of every response")
    add("--no-retry-after", action="store_true", help="send 429 without Retry-After")

    add = parser.add_argument_group("faults, as shares of the requests").add_argument
    for kind, meaning in FAULT_KINDS.items():
        add(f"--rate-{kind}", type=_share, default=0.0, metavar="P", help=meaning)
    add("--outage", type=_latency_range, metavar="FROM,TO", help="seconds after the start in which all requests fail")
    add("--outage-status", type=_error_status, default=503, metavar="N", help="status of those failures (%(default)s)")


def server_config(options: argparse.Namespace) -> ServerConfig:
    """The behaviour that the options describe; ConfigurationError if they contradict each other."""
    rates = {kind: rate for kind in FAULT_KINDS if (rate := getattr(options, f"rate_{kind.replace('-', '_')}"))}
    if sum(rates.values()) > 1:
        raise ConfigurationError(f"the shares of faults add up to {sum(rates.values()):g}; expected at most 1")
    kind = LIMIT_KINDS[options.limit_as]
    limits: list[tuple[Dimension, int | None]] = [(name, getattr(options, name)) for name in DIMENSIONS]
    return ServerConfig(
        answers=options.answers,
        latency_s=options.latency_ms / 1000,
        jitter_s=options.jitter_ms / 1000,
        tokens_per_s=options.tokens_per_s,
        limits={dimension: kind(limit, options.window) for dimension, limit in limits if limit is not None},
        max_concurrency=options.max_concurrency,
        announces=options.announce,
        tells_retry_after=not options.no_retry_after,
        faults=Faults(rates, options.outage, options.outage_status),
        key=options.key,
        models=tuple(name for name in options.models.split(",") if name),
        window_s=options.window,
        seed=options.seed,
    )


def _checked_integer(text: str, *, expected: str, lowest: int, highest: float = math.inf) -> int:
    if not (text.isdigit() and lowest <= int(text) <= highest):
        raise argparse.ArgumentTypeError(f"{text!r}; expected {expected}")
    return int(text)


def _checked_number(text: str, *, expected: str, is_valid: Callable[[float], bool]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not is_valid(number):
        raise argparse.ArgumentTypeError(f"{text!r}; expected a number {expected}")
    return number


_positive_int = partial(_checked_integer, expected="a whole number from 1 on", lowest=1)
_error_status = partial(_checked_integer, expected="400 to 599", lowest=400, highest=599)
_share = partial(_checked_number, expected="from 0 to 1", is_valid=lambda number: 0 <= number <= 1)
_at_least_0 = partial(_checked_number, expected="of 0 or more", is_valid=lambda number: 0 <= number < math.inf)
_above_0 = partial(_checked_number, expected="above 0", is_valid=lambda number: 0 < number < math.inf)


def _latency_range(text: str) -> tuple[float, float]:
    first, comma, last = text.partition(",")
    if not comma or (span := (_at_least_0(first), _at_least_0(last))) != tuple(sorted(span)):
        raise argparse.ArgumentTypeError(f"{text!r}; expected two times in seconds, such as 10,40")
    return span
