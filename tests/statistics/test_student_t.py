"""Student's t: quantiles against an independent library."""

import pytest
from scipy.stats import t

from fellowship.statistics.student_t import t_quantile


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 10, 19, 200])
@pytest.mark.parametrize("probability", [0.005, 0.5, 0.9, 0.975, 0.995])
def test_quantiles_are_those_of_scipy(probability: float, degrees: int) -> None:
    """Within one per cent for few degrees of freedom, as documented."""
    assert t_quantile(probability, degrees) == pytest.approx(t.ppf(probability, degrees), rel=0.01, abs=1e-12)


@pytest.mark.parametrize(("probability", "degrees"), [(0.0, 3), (1.0, 3), (0.5, 0)], ids=["none", "all", "degrees"])
def test_quantile_of_nothing_is_refused(probability: float, degrees: int) -> None:
    """A probability inside (0, 1), and a degree of freedom."""
    with pytest.raises(ValueError, match="expected above 0 and below 1, and at least 1"):
        t_quantile(probability, degrees)
