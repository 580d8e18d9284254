"""Evaluators by their written form: `judge:MODEL`, `jury:M1+M2+M3,rule=majority`, `debate:MODEL,rounds=2`.

Options follow the model after commas: strategy (all three), rule (jury), rounds (debate), seats. Model names may hold
colons, and may be aliases of the settings, as the whole may be a name from there. What comes back is a scenario of two
drafts, as `select_best`, `versus` and the study take it.
"""

import difflib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.protocols.errors import ConfigurationError
from fellowship.scenarios.aggregation import refuse_without_scores
from fellowship.scenarios.debate import debate, panel
from fellowship.scenarios.judge import judge
from fellowship.scenarios.jury import jury
from fellowship.scenarios.select_best import Compare
from fellowship.settings.model import NO_SETTINGS, Settings

SPEC_FORM = "judge:MODEL, jury:M1+M2+M3 or debate:MODEL, with options such as ,strategy=direct"
SEAT_FORMS = {"both": "both", "as-given": "as given", "as given": "as given"}


def parse_evaluator(written: str, *, settings: Settings = NO_SETTINGS) -> Compare:
    """The evaluator of that form, or of that name in the settings; ConfigurationError telling what was expected."""
    written = settings.evaluators.get(written, written)
    kind, colon, rest = written.partition(":")
    if kind not in EVALUATOR_KINDS or not colon or not rest:
        raise ConfigurationError(f"evaluator {written!r}; expected {_expected(written, settings)}")
    models, *given = rest.split(",")
    options = dict(_option(written, part, EVALUATOR_KINDS[kind][1]) for part in given)
    try:
        return EVALUATOR_KINDS[kind][0]("+".join(settings.resolved(model) for model in models.split("+")), options)
    except ValueError as error:
        raise ConfigurationError(f"evaluator {written!r}: {error}") from error


def _expected(written: str, settings: Settings) -> str:
    near = difflib.get_close_matches(written, settings.evaluators, n=1)
    return f"{SPEC_FORM}; did you mean '{near[0]}', which the settings name?" if near else SPEC_FORM


def _judge(model: str, options: Mapping[str, Any]) -> Compare:
    return partial(judge, judge=Judge(model, **_strategy(options)), **_seats(options))


def _jury(models: str, options: Mapping[str, Any]) -> Compare:
    jurors = [Juror(model, name=f"juror_{i}", **_strategy(options)) for i, model in enumerate(models.split("+"), 1)]
    rule = options.get("rule", "majority")
    if rule not in ("majority", "mean"):
        msg = f"rule {rule!r}; expected majority or mean"
        raise ValueError(msg)
    if rule == "mean":
        refuse_without_scores(jurors)
    return partial(jury, jurors=jurors, rule=rule, **_seats(options))


def _debate(model: str, options: Mapping[str, Any]) -> Compare:
    rounds = str(options.get("rounds", "2"))
    if not rounds.isdigit():
        msg = f"rounds {rounds!r}; expected a number of rounds"
        raise ValueError(msg)
    debaters = panel(model, **_strategy(options))
    refuse_without_scores(debater.ballot for debater in debaters)
    return partial(debate, debaters=debaters, rounds=int(rounds), **_seats(options))


EVALUATOR_KINDS: dict[str, tuple[Callable[[str, Mapping[str, Any]], Compare], tuple[str, ...]]] = {
    "judge": (_judge, ("strategy", "seats")),
    "jury": (_jury, ("strategy", "rule", "seats")),
    "debate": (_debate, ("strategy", "rounds", "seats")),
}


def _option(written: str, part: str, allowed: tuple[str, ...]) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals or name not in allowed:
        raise ConfigurationError(
            f"evaluator {written!r}: option {part!r}; expected one of {', '.join(allowed)}, as NAME=VALUE"
        )
    return name, value


def _strategy(options: Mapping[str, Any]) -> dict[str, Any]:
    return {"strategy": options["strategy"]} if "strategy" in options else {}


def _seats(options: Mapping[str, Any]) -> dict[str, Any]:
    if "seats" not in options:
        return {}
    if options["seats"] not in SEAT_FORMS:
        msg = f"seats {options['seats']!r}; expected both or as-given"
        raise ValueError(msg)
    return {"seats": SEAT_FORMS[options["seats"]]}
