"""Evaluators by their written form: `judge:MODEL`, `jury:M1+M2+M3,rule=majority`, `debate:MODEL,rounds=2`,
and `debate:M1+M2+M3` with one model for each persona.

Options follow the model after commas; the kinds and their options are in `scenarios/evaluator_kinds/`. A kind of your
own is written `module:name:MODEL`. Model names may hold colons, and may be aliases of the settings; the whole may be a
name from the settings. The result is a scenario of two drafts, for `select_best`, `versus` and the study.
"""

import difflib
import re

from fellowship.extensions import OWN_ENTRY, did_you_mean
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.agent_binding import map_agents
from fellowship.runners.overrides import current_overrides
from fellowship.scenarios.evaluator_kind import KINDS, EvaluatorKind
from fellowship.scenarios.select_best import Compare
from fellowship.settings.settings import Settings, load_settings

OWN_KIND = re.compile(rf"({OWN_ENTRY.pattern}):(.+)")


def parse_evaluator(written: str, *, settings: Settings | None = None) -> Compare:
    """The evaluator of that form, or of that name in the settings; ConfigurationError with the expected form.

    The settings are those of the working directory or of `--config`, as in `run`, unless others are given.
    """
    settings = load_settings(current_overrides().config) if settings is None else settings
    written = settings.evaluators.get(written.strip(), written)
    name, _, rest = (part.strip() for part in written.partition(":"))
    if name not in KINDS.names() and (own := OWN_KIND.fullmatch(written)):
        name, rest = own.groups()
    elif name not in KINDS.names() or not rest:
        raise ConfigurationError(f"evaluator {written!r}; expected {_expected(written, settings)}")
    models, *given = rest.split(",")
    try:
        kind = KINDS.find(name)
        options = _options(given, kind.options)
        _check_models(name, models, kind)
        evaluator = kind.build("+".join(settings.resolved(model.strip()) for model in models.split("+")), options)
    except ValueError as error:
        raise ConfigurationError(f"evaluator {written!r}: {error}") from error
    if name == kind.label_source:
        return evaluator
    labelled: Compare = map_agents(evaluator, lambda agent: agent.with_label_source(kind.label_source))
    return labelled


def _check_models(name: str, models: str, kind: EvaluatorKind) -> None:
    """ValueError for several models where one is expected, and for an empty name among them."""
    given = models.split("+")
    if not all(model.strip() for model in given):
        raise ValueError(f"the models {models!r} have an empty name; expected {name}:{kind.models}")
    if len(given) > 1 and "+" not in kind.models:
        raise ValueError(f"{name} takes one model, got {len(given)}; several models are a jury:{models}")


def _options(parts: list[str], allowed: tuple[str, ...]) -> dict[str, str]:
    """The options by name; ValueError for one that is not `allowed`, or that is given twice."""
    options: dict[str, str] = {}
    for part in parts:
        name, value = _option(part, allowed)
        if name in options:
            raise ValueError(
                f"option {name!r} is given twice, as {options[name]!r} and as {value!r}; leave one of them out"
            )
        options[name] = value
    return options


def _option(part: str, allowed: tuple[str, ...]) -> tuple[str, str]:
    name, equals, value = (each.strip() for each in part.partition("="))
    if not equals or name not in allowed:
        raise ValueError(f"option {part!r}; expected one of {', '.join(allowed)}, as NAME=VALUE")
    return name, value


def _expected(written: str, settings: Settings) -> str:
    forms = ", ".join(f"{name}:{KINDS.find(name).models}" for name in KINDS.names())
    form = f"{forms} or module:name:MODEL, with options such as ,strategy=direct"
    if near := difflib.get_close_matches(written, settings.evaluators, n=1):
        return f"{form}; did you mean '{near[0]}', which the settings name?"
    return f"{form}{did_you_mean(written.partition(':')[0], KINDS.names())}"
