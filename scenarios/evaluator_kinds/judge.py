"""judge:MODEL"""

from functools import partial

from fellowship.agents.judge import Judge
from fellowship.scenarios.evaluator_kind import EvaluatorKind, WrittenOptions, seats_option, strategy_option
from fellowship.scenarios.judge import judge
from fellowship.scenarios.select_best import Compare


def _build(model: str, options: WrittenOptions) -> Compare:
    return partial(judge, judge=Judge(model, **strategy_option(options)), **seats_option(options))


judge_kind = EvaluatorKind("MODEL", ("strategy", "seats"), _build, label_source="judge")
