"""The options that limit what a run may use: --budget, --max-calls, --max-hours."""

import argparse
from decimal import Decimal, InvalidOperation


def add_budget_options(parser: argparse.ArgumentParser) -> None:
    """Add the three options; all of them are unlimited by default."""
    parser.add_argument(
        "--budget", type=_dollars, metavar="USD", help="dollars that all starts of the run together may cost"
    )
    parser.add_argument(
        "--max-calls", type=int, metavar="N", help="requests that all starts of the run together may send"
    )
    parser.add_argument("--max-hours", type=float, metavar="H", help="hours that this start may take")


def _dollars(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite():
        raise ValueError(text)
    return amount


_dollars.__name__ = "amount of US dollars"
