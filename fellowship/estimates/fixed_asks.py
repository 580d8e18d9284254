"""Whether a scenario makes the same number of asks for every item, whatever the replies are, and the bounds of it.

Known of the scenarios of this package only: of another one a dry run shows some conversations, not all.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fellowship.estimates.ask_counts import AskBounds
from fellowship.runners.scenario_function import unwrapped, without_bound_keywords
from fellowship.scenarios.answer import answer
from fellowship.scenarios.debate import debate
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge
from fellowship.scenarios.jury import jury
from fellowship.scenarios.select_best import select_best
from fellowship.scenarios.versus import versus


def has_fixed_asks(scenario: Callable[..., Any], arguments: Mapping[str, Any]) -> bool:
    """Whether neither texts nor replies change the number of asks.

    `versus` and `select_best` do not compare equal texts. A debate ends early where an argument cannot be read.
    """
    function, bound = without_bound_keywords(scenario)
    given = {**bound, **arguments}
    if unwrapped(function) is feedback_loop:
        return given.get("stop_at") is None and given.get("evaluator") is None
    return unwrapped(function) in (answer, judge, jury, debate)


def ask_bounds(scenario: Callable[..., Any], arguments: Mapping[str, Any]) -> AskBounds:
    """The asks of one agent in a conversation that the scenario allows, where that is known.

    A `feedback_loop` that may end early asks each agent once in each of 1 to `rounds` rounds. Any other loop may ask an
    agent only once, unless the items alone decide the number: where a fixed evaluator compares answers, or drafts.
    """
    function, bound = without_bound_keywords(scenario)
    given = {**bound, **arguments}
    if has_fixed_asks(scenario, arguments):
        return AskBounds()
    evaluator = given.get("evaluator")
    if unwrapped(function) is feedback_loop and evaluator is None:
        rounds = given.get("rounds", (feedback_loop.__kwdefaults__ or {}).get("rounds"))
        return AskBounds(1, rounds if isinstance(rounds, int) else None, 1)
    if unwrapped(function) is feedback_loop and given.get("stop_at") is None:
        return AskBounds()
    if unwrapped(function) in (versus, select_best) and callable(evaluator) and has_fixed_asks(evaluator, {}):
        return AskBounds()
    return AskBounds(fewest_unseen=1)
