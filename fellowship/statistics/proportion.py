"""Intervals of proportions and of means of bounded values: of independent trials, of pairs of trials, of items."""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from fellowship.statistics.estimate import Estimate


def wilson(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """The rate of successes in n independent trials, in [0, 1], with Wilson's score interval.

    With p = successes / n the interval holds the rates r with |p - r| <= z sqrt(r (1 - r) / n) (Wilson 1927, "Probable
    inference, the law of succession, and statistical inference"). Undefined for n = 0. ValueError unless
    0 <= successes <= n.

    Newcombe (1998), "Two-sided confidence intervals for the single proportion", Table I, method 3:

    >>> print(format(wilson(81, 263), ".4f"))
    0.3080 [0.2553, 0.3662]
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes is {successes} of n = {n}; expected 0 to n")
    if n == 0:
        return Estimate.undefined(0, confidence)
    z, p = z_score(confidence), successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(p, low, high, n, confidence)


def paired_proportion(hits_i: ArrayLike, trials_i: ArrayLike, confidence: float = 0.95) -> Estimate:
    """The rate of hits among trials, in [0, 1], where an item has at most two trials and only items are independent.

    hits_i, trials_i: hits and trials of item i, shape (n,), with hits <= trials <= 2. Items without a trial leave n,
    which counts items. Undefined without any trial.

    The value is R = sum(hits) / sum(trials). The interval is R' +- z sqrt(sum((hits - R' trials)**2)) / sum(trials),
    the ratio estimator's (Cochran 1977, "Sampling Techniques", chapter 6), after adding one imagined item with two hits
    and one with two misses; R' is the ratio with them. It is cut to [0, 1], widened to hold the value, and never of
    width 0. With two trials for every item it is the interval of Bonett and Price (2012), "Adjusted Wald confidence
    interval for a difference of binomial proportions based on paired data", moved from [-1, 1] to [0, 1].
    """
    hits, trials = np.asarray(hits_i, dtype=np.float64), np.asarray(trials_i, dtype=np.float64)
    if (hits < 0).any() or (hits > trials).any() or (trials > 2).any():
        raise ValueError("hits_i and trials_i do not fit; expected 0 <= hits <= trials <= 2 for every item")
    n = int(np.count_nonzero(trials))
    if n == 0:
        return Estimate.undefined(0, confidence)
    value = float(hits.sum() / trials.sum())
    hits, trials = np.append(hits, [2, 0]), np.append(trials, [2, 2])
    centre = float(hits.sum() / trials.sum())
    half = z_score(confidence) * float(np.sqrt(((hits - centre * trials) ** 2).sum()) / trials.sum())
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Estimate(value, min(low, value), max(high, value), n, confidence)


def bounded_mean(values_i: ArrayLike, ends: tuple[float, float], confidence: float = 0.95) -> Estimate:
    """The mean of one value per independent item, with the interval of Bonett and Price for values between two ends.

    M +- z sqrt(sum((x - M)**2)) / (n + 2), where M is the mean after adding an imagined item at either end. Cut to the
    ends, widened to hold the value, and never of width 0; `paired_proportion` is the case of [0, 1] in halves.
    Undefined without an item.

    >>> print(format(bounded_mean([1] * 26 + [0] * 4 + [0.5] * 18, (0, 1)), ".4f"))
    0.7292 [0.6274, 0.8126]
    """
    values = np.asarray(values_i, dtype=np.float64)
    if not values.size:
        return Estimate.undefined(0, confidence)
    value = float(values.mean())
    padded = np.append(values, ends)
    half = z_score(confidence) * float(np.sqrt(((padded - padded.mean()) ** 2).sum()) / padded.size)
    low, high = max(ends[0], float(padded.mean()) - half), min(ends[1], float(padded.mean()) + half)
    return Estimate(value, min(low, value), max(high, value), values.size, confidence)


def z_score(confidence: float) -> float:
    """The standard normal quantile that leaves (1 - confidence) / 2 above it.

    >>> round(z_score(0.95), 4)
    1.96
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}; expected a number above 0 and below 1, such as 0.95")
    return NormalDist().inv_cdf((1 + confidence) / 2)
