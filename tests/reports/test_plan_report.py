"""What a plan says of its intervals."""

from io import StringIO

import pytest

from fellowship.estimates.durations import DurationEstimate
from fellowship.estimates.interval import ZERO_INTERVAL, Interval
from fellowship.estimates.run_estimate import RunEstimate
from fellowship.reports.plan_report import print_plan


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (Interval(51, 100, 149), "cost +-49%, because conversations differ; --pilot 40 narrows it to about 35%"),
        (Interval(0, 100, 300), "cost +-150%, because conversations differ; only the run itself shows it"),
        (Interval(70, 100, 130), None),
    ],
    ids=["a further pilot", "no pilot is large enough", "narrow"],
)
def test_a_wide_interval_is_said_with_the_pilot_that_narrows_it(cost: Interval, said: str | None) -> None:
    """Half widths go by the root of the number of conversations."""
    time = DurationEstimate(ZERO_INTERVAL, "")
    estimate = RunEstimate(
        "answer", None, 300, 20, 40, 80, 20, False, [], ZERO_INTERVAL, ZERO_INTERVAL, cost, 0.0, (), time
    )
    out = StringIO()

    print_plan([estimate], out)

    text = " ".join(out.getvalue().split())
    assert ("wide interval: " in text) is (said is not None)
    assert said is None or said in text
