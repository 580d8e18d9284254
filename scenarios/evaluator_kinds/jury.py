"""jury:M1+M2+M3,rule=majority"""

from functools import partial

from fellowship.agents.juror import Juror
from fellowship.scenarios.aggregation import refuse_without_scores
from fellowship.scenarios.evaluator_kind import EvaluatorKind, WrittenOptions, seats_option, strategy_option
from fellowship.scenarios.jury import jury
from fellowship.scenarios.select_best import Compare


def _build(models: str, options: WrittenOptions) -> Compare:
    names = enumerate(models.split("+"), start=1)
    jurors = [Juror(model, name=f"juror_{i}", **strategy_option(options)) for i, model in names]
    rule = options.get("rule", "majority")
    refuse_without_scores(jurors, rule)
    return partial(jury, jurors=jurors, rule=rule, **seats_option(options))


jury_kind = EvaluatorKind("M1+M2+M3", ("strategy", "rule", "seats"), _build, label_source="jury", author="jury")
