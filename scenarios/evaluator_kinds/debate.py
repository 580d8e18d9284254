"""debate:MODEL,rounds=2, or debate:M1+M2+M3 with one model for each persona"""

from functools import partial

from fellowship.scenarios.aggregation import refuse_without_scores
from fellowship.scenarios.debate import debate, panel
from fellowship.scenarios.evaluator_kind import EvaluatorKind, WrittenOptions, seats_option, strategy_option
from fellowship.scenarios.select_best import Compare


def _build(models: str, options: WrittenOptions) -> Compare:
    rounds = options.get("rounds", "2")
    if not rounds.isdigit():
        raise ValueError(f"rounds {rounds!r}; expected a number of rounds")
    debaters = panel(models.split("+"), **strategy_option(options))
    refuse_without_scores((debater.ballot for debater in debaters), of="a debate")
    return partial(debate, debaters=debaters, rounds=int(rounds), **seats_option(options))


debate_kind = EvaluatorKind(
    "MODEL or M1+M2+M3", ("strategy", "rounds", "seats"), _build, label_source="debate", author="debate"
)
