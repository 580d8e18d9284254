"""Prediction intervals for the total of further values: by regression on a size, and for rare events."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

from fellowship.statistics.estimate import Estimate
from fellowship.statistics.student_t import t_quantile

FEWEST_FOR_SLOPE = 5
FEWEST_FOR_LOGARITHMS = 10
LEAST_SHARE_OF_VARIANCE = 0.7


class Line(NamedTuple):
    """The expected value of a size: intercept + slope * size."""

    intercept: float
    slope: float

    def at(self, size: float) -> float:
        """The expected value; not below 0."""
        return max(0.0, self.intercept + self.slope * size)


class FurtherTotal(NamedTuple):
    """The predicted total of further values, and the line behind it."""

    total: Estimate
    line: Line


def further_total(
    values: Sequence[float], sizes: Sequence[float], further: Sequence[float], *, confidence: float
) -> FurtherTotal:
    """The predicted total of one value for each size in `further`, from `values` at `sizes`; none is negative.

    Weighted least squares of value = intercept + slope * size, with errors whose standard deviation is proportional to
    w = size + mean size (the general prediction theory of Royall 1970, in Valliant, Dorfman and Royall 2000, chapter
    2). With residual variance s^2 and the sums c = (N, sum of sizes) over the further ones,

        variance of prediction = s^2 * (c' (Z'Z)^-1 c + sum of w^2), rows of Z: (1 / w, size / w)

    with the t quantile of n - 2 degrees of freedom. Below 5 values, for equal sizes, or where the line would be
    negative, the value is proportional to w alone, with n - 1. One long value raises s^2 by much, so of 10 positive
    values on, s^2 is the variance that the logarithms of value / line imply, where that is smaller, but at least 0.7 of
    it (chosen by the coverage in `benchmarks/plan_coverage.py`). The interval is [total / f, total * f] with
    f = 1 + u + u^2 / 2 for the relative half width u: values with a long upper tail need a longer upper part. It is at
    least 1 / n of the total wide on both sides: what one conversation in n does may be absent from the sample, also
    where the sample does not vary. With fewer than two values there is no interval (NaN).

    >>> found = further_total([110.0, 120.0, 130.0, 140.0, 150.0], [10, 20, 30, 40, 50], [60, 70], confidence=0.98)
    >>> round(found.total.value, 6)
    330.0
    """
    n = len(values)
    if not n:
        return FurtherTotal(Estimate(math.nan, math.nan, math.nan, 0, confidence), Line(math.nan, math.nan))
    mean = math.fsum((*sizes, *further)) / (n + len(further)) or 1.0
    weights = [size + mean for size in sizes]
    line, variance, degrees = _fitted(values, sizes, weights, further, mean)
    expected = math.fsum(map(line.at, further))
    if n < 2 or not expected:
        end = math.nan if n < 2 else expected
        return FurtherTotal(Estimate(expected, end, end, n, confidence), line)
    variance *= _share_of_variance(values, [line.at(size) for size in sizes], weights, degrees)
    relative = t_quantile((1 + confidence) / 2, degrees) * math.sqrt(variance) / expected
    factor = 1 + relative + relative**2 / 2
    low, high = expected * min(1 / factor, 1 - 1 / n), expected * max(factor, 1 + 1 / n)
    return FurtherTotal(Estimate(expected, low, high, n, confidence), line)


def _fitted(
    values: Sequence[float], sizes: Sequence[float], weights: Sequence[float], further: Sequence[float], mean: float
) -> tuple[Line, float, int]:
    """The line, the variance of its predicted total of the further values, and the degrees of freedom."""
    n, spread = len(values), math.fsum((size + mean) ** 2 for size in further)
    if n >= FEWEST_FOR_SLOPE and (fitted := _with_slope(values, sizes, weights, further, spread)) is not None:
        return fitted
    ratios = [value / weight for value, weight in zip(values, weights, strict=True)]
    ratio = math.fsum(ratios) / n
    residual = math.fsum((each - ratio) ** 2 for each in ratios) / max(1, n - 1)
    variance = residual * (math.fsum(size + mean for size in further) ** 2 / n + spread)
    return Line(ratio * mean, ratio), variance, max(1, n - 1)


def _share_of_variance(
    values: Sequence[float], predicted: Sequence[float], weights: Sequence[float], degrees: int
) -> float:
    """The variance of residuals as their logarithms imply it for log-normal values, as a share of the residual one."""
    n = len(values)
    if n < FEWEST_FOR_LOGARITHMS or min(values) <= 0 or min(predicted) <= 0:
        return 1.0
    residual = math.fsum(((v - p) / w) ** 2 for v, p, w in zip(values, predicted, weights, strict=True)) / degrees
    logarithms = [math.log(value / each) for value, each in zip(values, predicted, strict=True)]
    mean = math.fsum(logarithms) / n
    relative = math.expm1(min(1.0, math.fsum((each - mean) ** 2 for each in logarithms) / degrees))
    per_weight = math.fsum(p / w for p, w in zip(predicted, weights, strict=True)) / n
    implied = relative * per_weight**2
    return max(LEAST_SHARE_OF_VARIANCE, implied / residual) if implied < residual else 1.0


def _with_slope(
    values: Sequence[float], sizes: Sequence[float], weights: Sequence[float], further: Sequence[float], spread: float
) -> tuple[Line, float, int] | None:
    """The fit of intercept and slope; None where the sizes do not determine it, or a prediction is negative."""
    one = [1 / weight for weight in weights]
    share = [size / weight for size, weight in zip(sizes, weights, strict=True)]
    ratio = [value / weight for value, weight in zip(values, weights, strict=True)]
    a, b, d = _product(one, one), _product(one, share), _product(share, share)
    determinant = a * d - b * b
    if determinant <= 1e-9 * a * d:
        return None
    p, q = _product(one, ratio), _product(share, ratio)
    line = Line((d * p - b * q) / determinant, (a * q - b * p) / determinant)
    ends = (min(further, default=0.0), max(further, default=0.0))
    if any(line.intercept + line.slope * size < 0 for size in ends):
        return None
    errors = (r - line.intercept * x - line.slope * y for r, x, y in zip(ratio, one, share, strict=True))
    residual = math.fsum(error**2 for error in errors) / (len(values) - 2)
    n, total = len(further), math.fsum(further)
    leverage = (d * n * n - 2 * b * n * total + a * total * total) / determinant
    return line, residual * (leverage + spread), len(values) - 2


def _product(first: Sequence[float], second: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(first, second, strict=True))


def poisson_bounds(n: int, *, confidence: float) -> tuple[float, float]:
    """The bounds of the mean of a Poisson number that was seen to be `n` (Garwood 1936).

    Quantiles of chi-squared by the cube of a normal one (Wilson and Hilferty 1931): the upper bound is within 1 % of
    the exact one, the lower one may be too low.

    >>> tuple(round(bound, 1) for bound in poisson_bounds(3, confidence=0.95))
    (0.6, 8.8)
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    high = _gamma_quantile(n + 1, z) if n else -math.log((1 - confidence) / 2)
    return (_gamma_quantile(n, -z) if n else 0.0), high


def binomial_bound(n_found: int, n: int, *, confidence: float) -> float:
    """The upper bound of a share of which `n_found` of `n` were seen (Clopper and Pearson 1934), two-sided level.

    >>> round(binomial_bound(0, 20, confidence=0.95), 4), round(binomial_bound(2, 20, confidence=0.95), 4)
    (0.1684, 0.317)
    """
    if n_found >= n:
        return 1.0
    low, high, tail = n_found / n, 1.0, (1 - confidence) / 2
    for _ in range(60):
        share = (low + high) / 2
        at_most = math.fsum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n_found + 1))
        low, high = (share, high) if at_most > tail else (low, share)
    return high


def _gamma_quantile(shape: int, z: float) -> float:
    return shape * max(0.0, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3
