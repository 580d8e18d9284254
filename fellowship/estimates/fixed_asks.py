"""Whether a scenario makes the same number of asks for every item, whatever the replies are.

Known of the scenarios of this package only: of another one a dry run shows some conversations, not all.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fellowship.runners.scenario_function import unwrapped, without_bound_keywords
from fellowship.scenarios.answer import answer
from fellowship.scenarios.debate import debate
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge
from fellowship.scenarios.jury import jury


def has_fixed_asks(scenario: Callable[..., Any], arguments: Mapping[str, Any]) -> bool:
    """Whether neither texts nor replies change the number of asks.

    `versus` and `select_best` do not compare equal texts. A debate ends early where an argument cannot be read.
    """
    function, bound = without_bound_keywords(scenario)
    given = {**bound, **arguments}
    if unwrapped(function) is feedback_loop:
        return given.get("stop_at") is None and given.get("evaluator") is None
    return unwrapped(function) in (answer, judge, jury, debate)
