"""Quantiles of Student's t."""

import math
from statistics import NormalDist


def t_quantile(probability: float, degrees: int) -> float:
    """The quantile of Student's t; exact for 1 and 2 degrees of freedom, else within 1 % from 0.005 to 0.995.

    Above 2, the expansion in the normal quantile z by 1/degrees (Abramowitz and Stegun 1964, 26.7.5), to its fourth
    term. ValueError for a probability outside (0, 1), or without a degree of freedom.

    >>> round(t_quantile(0.995, 19), 3)
    2.861
    """
    if not 0 < probability < 1 or degrees < 1:
        msg = f"probability {probability!r} and degrees {degrees!r}; expected above 0 and below 1, and at least 1"
        raise ValueError(msg)
    if degrees == 1:
        return math.tan(math.pi * (probability - 0.5))
    if degrees == 2:
        return (2 * probability - 1) * math.sqrt(2 / (4 * probability * (1 - probability)))
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / degrees**power for power, term in enumerate(terms, start=1))
