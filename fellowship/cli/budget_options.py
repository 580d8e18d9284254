"""What a run may use, as options: of `fellowship run`, and of everything else that asks."""

import argparse
from decimal import Decimal, InvalidOperation


def add_caps(parser: argparse.ArgumentParser) -> None:
    """What a run may use."""
    parser.add_argument(
        "--budget", type=_dollars, metavar="USD", help="stop before more is spent, in all starts together"
    )
    parser.add_argument("--max-calls", type=int, metavar="N", help="stop before more requests are made, likewise")
    parser.add_argument("--max-hours", type=float, metavar="H", help="stop after so many hours")


def _dollars(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite():
        raise ValueError(text)
    return amount


_dollars.__name__ = "amount of US dollars"
