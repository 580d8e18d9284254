"""What scenarios refuse of their arguments, as far as these alone show it: checked before a conversation begins.

The scenarios make the same checks themselves, for those who call them without a run.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from fellowship.scenarios.aggregation import refuse_without_scores
from fellowship.scenarios.debate import debate
from fellowship.scenarios.feedback_loop import feedback_loop, refuse_rounds
from fellowship.scenarios.jury import jury


def refuse_arguments(scenario: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
    """ValueError for arguments that the scenario, or a scenario among its arguments, such as an evaluator, refuses."""
    for called, given in _calls(scenario, arguments):
        if called is jury and "jurors" in given:
            refuse_without_scores(given["jurors"], given.get("rule", "majority"))
        elif called is debate and "debaters" in given:
            refuse_without_scores((debater.ballot for debater in given["debaters"]), of="a debate")
        elif called is feedback_loop:
            refuse_rounds(given.get("rounds", 1), given.get("stop_at"))


def _calls(scenario: Any, arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The function with its arguments, and those of every `partial` among them."""
    given = dict(arguments)
    while isinstance(scenario, partial):
        scenario, given = scenario.func, {**scenario.keywords, **given}
    yield scenario, given
    for value in given.values():
        if isinstance(value, partial):
            yield from _calls(value, {})
