"""Random generators that are the same in every process, whatever PYTHONHASHSEED says."""

import hashlib
import random


def seeded(*parts: str) -> random.Random:
    """A generator that depends on nothing but the given strings and their order."""
    return random.Random(int.from_bytes(_digest(parts), "big"))


def unit_number(*parts: str) -> float:
    """A fixed number in [0, 1) for the given strings."""
    return int.from_bytes(_digest(parts)[:6], "big") / 2.0**48


def _digest(parts: tuple[str, ...]) -> bytes:
    # Lengths keep ("ab", "c") and ("a", "bc") apart; surrogates may occur in a foreign text and must not raise.
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(framed.encode("utf-8", "surrogatepass")).digest()
