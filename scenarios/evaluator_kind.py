"""A kind of evaluator: how it is written, the scenario it makes of models and options, and its label source.

The kinds are in `evaluator_kinds/`. A kind of your own is an EvaluatorKind and is written `module:name:MODEL`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from fellowship.extensions import EntryTable
from fellowship.protocols.content import LabelSource
from fellowship.scenarios.select_best import Compare

WrittenOptions: TypeAlias = Mapping[str, str]
SEAT_FORMS = {"both": "both", "as-given": "as given", "as given": "as given"}


@dataclass(frozen=True, slots=True)
class EvaluatorKind:
    """One kind of evaluator.

    models        how its models are written, for help: `MODEL`, `M1+M2+M3`; several are refused where it has no `+`
    options       the names of the options that it takes
    build         the evaluator with these models and options: a `functools.partial` of a scenario of two drafts with
                  its agents. ValueError for a value that cannot be used
    label_source  of the preference pairs that it decides
    author        the author of its verdict if that is no agent; no agent may have this name
    """

    models: str
    options: tuple[str, ...]
    build: Callable[[str, WrittenOptions], Compare]
    label_source: LabelSource = "judge"
    author: str | None = None


KINDS: EntryTable[EvaluatorKind] = EntryTable(
    "evaluator kind", "fellowship.scenarios.evaluator_kinds", "kind", (EvaluatorKind,), "an EvaluatorKind"
)


def strategy_option(options: WrittenOptions) -> dict[str, Any]:
    """The argument `strategy` of agents, where the option is given."""
    return {"strategy": options["strategy"]} if "strategy" in options else {}


def seats_option(options: WrittenOptions) -> dict[str, Any]:
    """The argument `seats` of a scenario, where the option is given; ValueError unless it is `both` or `as-given`."""
    if "seats" not in options:
        return {}
    if options["seats"] not in SEAT_FORMS:
        raise ValueError(f"seats {options['seats']!r}; expected both or as-given")
    return {"seats": SEAT_FORMS[options["seats"]]}
