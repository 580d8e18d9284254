"""McNemar's test: whether one of two evaluators is right more often than the other on the same items."""

from fractions import Fraction


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p-value of McNemar's test, in (0, 1]; 1 where the two never differ.

    only_a, only_b: items that a alone, and b alone, got right; n together; ValueError for negative counts. p is twice
    the probability of a count as small as the smaller one under the binomial distribution with n and one half, at most
    1 (McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages").

    Fagerland, Lydersen and Laake (2013), "The McNemar test for binary matched-pairs data", 1 and 7 discordant pairs:

    >>> round(mcnemar(1, 7), 4)
    0.0703
    """
    if min(only_a, only_b) < 0:
        raise ValueError(f"only_a is {only_a!r} and only_b is {only_b!r}; expected counts of 0 or more")
    n = only_a + only_b
    term = total = 1
    for k in range(min(only_a, only_b)):
        term = term * (n - k) // (k + 1)
        total += term
    return min(1.0, float(Fraction(2 * total, 2**n)))
