"""debate:MODEL,rounds=2"""

from functools import partial

from fellowship.scenarios.aggregation import refuse_without_scores
from fellowship.scenarios.debate import debate, panel
from fellowship.scenarios.evaluator_kind import EvaluatorKind, WrittenOptions, seats_option, strategy_option
from fellowship.scenarios.select_best import Compare


def _build(model: str, options: WrittenOptions) -> Compare:
    rounds = options.get("rounds", "2")
    if not rounds.isdigit():
        raise ValueError(f"rounds {rounds!r}; expected a number of rounds")
    debaters = panel(model, **strategy_option(options))
    refuse_without_scores(debater.ballot for debater in debaters)
    return partial(debate, debaters=debaters, rounds=int(rounds), **seats_option(options))


debate_kind = EvaluatorKind("MODEL", ("strategy", "rounds", "seats"), _build, label_source="debate", author="debate")
