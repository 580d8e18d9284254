"""McNemar's test: whether one of two evaluators is right more often than the other on the same items."""

from fractions import Fraction


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p-value of McNemar's test, in (0, 1]; 1 where the two never differ.

    only_a, only_b: items that a alone, and b alone, got right. If neither is better, each of these n items is as likely
    one's as the other's, so the smaller count has a binomial distribution with n and one half; p is twice the
    probability of a count as small or smaller, and at most 1 (McNemar 1947, "Note on the sampling error of the
    difference between correlated proportions or percentages"). It is computed in
    whole numbers. ValueError for negative counts.

    The airway hyper-responsiveness of Fagerland, Lydersen and Laake (2013), "The McNemar test for binary matched-pairs
    data", with 1 and 7 discordant pairs:

    >>> round(mcnemar(1, 7), 4)
    0.0703
    """
    if min(only_a, only_b) < 0:
        msg = f"only_a is {only_a!r} and only_b is {only_b!r}; expected counts of 0 or more"
        raise ValueError(msg)
    n = only_a + only_b
    term = total = 1
    for k in range(min(only_a, only_b)):
        term = term * (n - k) // (k + 1)
        total += term
    return min(1.0, float(Fraction(2 * total, 2**n)))
