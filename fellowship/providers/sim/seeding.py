"""Random generators that are equal in every process, independent of PYTHONHASHSEED."""

import random

from fellowship.protocols.digests import text_digest


def seeded(*parts: str) -> random.Random:
    """A generator that is a function of the given strings and their order."""
    return random.Random(int.from_bytes(_framed_digest(parts), "big"))


def unit_number(*parts: str) -> float:
    """A fixed number in [0, 1) for the given strings."""
    return int.from_bytes(_framed_digest(parts)[:6], "big") / 2.0**48


def _framed_digest(parts: tuple[str, ...]) -> bytes:
    # Lengths keep ("ab", "c") and ("a", "bc") apart.
    return text_digest("".join(f"{len(part)}:{part}" for part in parts))
