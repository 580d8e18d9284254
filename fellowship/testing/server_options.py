"""The options of the simulated server, for `fellowship serve-sim` and for the server that tests start."""

import argparse
import math
from collections.abc import Callable

from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.quota import Dimension
from fellowship.testing.server_faults import FAULT_KINDS as FAULTS
from fellowship.testing.server_faults import Faults
from fellowship.testing.server_limits import LIMIT_KINDS as LIMITS
from fellowship.testing.server_limits import ServerLimit
from fellowship.testing.simulated_server import ServerConfig

LIMITED: dict[str, Dimension] = {
    "requests": "requests",
    "tokens": "tokens",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
}


def add_server_options(parser: argparse.ArgumentParser, *, answers: str) -> None:
    """Add all options of a server."""
    parser.add_argument("--port", type=int, default=0, help="0 selects a free one (%(default)s)")
    parser.add_argument(
        "--answers",
        default=answers,
        metavar="KIND",
        help="sim, canned (always the same), gibberish, garbage (not JSON), or the text of all answers (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of latencies and faults (%(default)s)")
    parser.add_argument("--key", help="the accepted key; others get 401")
    parser.add_argument("--models", default="", metavar="A,B", help="the served models; others get 404")
    _add_latency(parser.add_argument_group("latency"))
    _add_limits(parser.add_argument_group("limits"))
    _add_faults(parser.add_argument_group("faults, as shares of the requests"))


def _add_latency(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--latency-ms", type=_at_least_0, default=0.0, help="latency of every answer (%(default)s)")
    group.add_argument("--jitter-ms", type=_at_least_0, default=0.0, help="additional latency, uniform from 0 to this")
    group.add_argument("--tokens-per-s", type=_above_0, metavar="N", help="generation speed, which adds to the latency")


def _add_limits(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--requests", type=_positive_int, metavar="N", help="requests per window")
    for name in ("tokens", "input-tokens", "output-tokens"):
        group.add_argument(f"--{name}", type=_positive_int, metavar="N", help=f"{name.replace('-', ' ')} per window")
    group.add_argument(
        "--window", type=_above_0, default=60.0, metavar="S", help="window length in seconds (%(default)s)"
    )
    group.add_argument(
        "--limit-as", choices=list(LIMITS), default="sliding-log", help="how limits are counted (%(default)s)"
    )
    group.add_argument("--max-concurrency", type=_positive_int, metavar="N", help="open requests; more get 503")
    group.add_argument("--announce", action="store_true", help="report the limits in the headers of every response")
    group.add_argument("--no-retry-after", action="store_true", help="send 429 without Retry-After")


def _add_faults(group: "argparse._ArgumentGroup") -> None:
    for kind, meaning in FAULTS.items():
        group.add_argument(f"--rate-{kind}", type=_share, default=0.0, metavar="P", help=meaning)
    group.add_argument(
        "--outage", type=_latency_range, metavar="FROM,TO", help="seconds after the start in which all requests fail"
    )
    group.add_argument(
        "--outage-status", type=_error_status, default=503, metavar="N", help="status of those failures (%(default)s)"
    )


def server_config(options: argparse.Namespace) -> ServerConfig:
    """The behaviour that the options describe; ConfigurationError if they contradict each other."""
    rates = {kind: rate for kind in FAULTS if (rate := getattr(options, f"rate_{kind.replace('-', '_')}"))}
    if sum(rates.values()) > 1:
        raise ConfigurationError(f"the shares of faults add up to {sum(rates.values()):g}; expected at most 1")
    return ServerConfig(
        answers=options.answers,
        latency_s=options.latency_ms / 1000,
        jitter_s=options.jitter_ms / 1000,
        tokens_per_s=options.tokens_per_s,
        limits=_server_limits(options),
        max_concurrency=options.max_concurrency,
        announces=options.announce,
        tells_retry_after=not options.no_retry_after,
        faults=Faults(rates, options.outage, options.outage_status),
        key=options.key,
        models=tuple(name for name in options.models.split(",") if name),
        window_s=options.window,
        seed=options.seed,
    )


def _server_limits(options: argparse.Namespace) -> dict[Dimension, ServerLimit]:
    kind = LIMITS[options.limit_as]
    given: dict[Dimension, int | None] = {dimension: getattr(options, name) for name, dimension in LIMITED.items()}
    return {dimension: kind(limit, options.window) for dimension, limit in given.items() if limit is not None}


def _positive_int(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a whole number from 1 on")
    return int(text)


def _error_status(text: str) -> int:
    if not (text.isdigit() and 400 <= int(text) <= 599):
        raise argparse.ArgumentTypeError(f"{text!r}; expected 400 to 599")
    return int(text)


def _share(text: str) -> float:
    return _checked_number(text, "from 0 to 1", lambda number: 0 <= number <= 1)


def _at_least_0(text: str) -> float:
    return _checked_number(text, "of 0 or more", lambda number: number >= 0)


def _above_0(text: str) -> float:
    return _checked_number(text, "above 0", lambda number: number > 0)


def _checked_number(text: str, expected: str, is_valid: Callable[[float], bool]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and is_valid(number)):
        raise argparse.ArgumentTypeError(f"{text!r}; expected a number {expected}")
    return number


def _latency_range(text: str) -> tuple[float, float]:
    first, comma, last = text.partition(",")
    if not comma or (span := (_at_least_0(first), _at_least_0(last))) != tuple(sorted(span)):
        raise argparse.ArgumentTypeError(f"{text!r}; expected two times in seconds, such as 10,40")
    return span
