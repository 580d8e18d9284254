"""The written form of evaluators."""

from functools import partial
from typing import Any

import pytest

from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.agent_binding import reserved_names
from fellowship.scenarios.evaluator_kind import KINDS
from fellowship.studies.evaluator_spec import parse_evaluator
from fellowship.studies.preferences import LABEL_SOURCES


def described(written: str) -> dict[str, Any]:
    """The scenario's name and what was filled in."""
    scenario = parse_evaluator(written)
    assert isinstance(scenario, partial)
    shown: dict[str, Any] = {"scenario": scenario.func.__name__}
    for name, value in scenario.keywords.items():
        agents = value if isinstance(value, list) else [value]
        is_cast = hasattr(agents[0], "strategy")
        shown[name] = [(each.name, each.model, str(each.strategy)) for each in agents] if is_cast else value
    return shown


FORMS: dict[str, dict[str, Any]] = {
    "judge:sim/mid": {"scenario": "judge", "judge": [("judge", "sim/mid", "combined-10")]},
    "judge:ollama/llama3.1:8b,strategy=direct": {
        "scenario": "judge",
        "judge": [("judge", "ollama/llama3.1:8b", "direct")],
    },
    "judge:sim/mid,strategy=independent-5,seats=as-given": {
        "scenario": "judge",
        "judge": [("judge", "sim/mid", "independent-5")],
        "seats": "as given",
    },
    "jury:sim/mid+ollama/a:b": {
        "scenario": "jury",
        "jurors": [("juror_1", "sim/mid", "combined-10"), ("juror_2", "ollama/a:b", "combined-10")],
        "rule": "majority",
    },
    "jury:sim/mid+sim/mid,rule=mean,seats=both": {
        "scenario": "jury",
        "jurors": [("juror_1", "sim/mid", "combined-10"), ("juror_2", "sim/mid", "combined-10")],
        "rule": "mean",
        "seats": "both",
    },
    "debate:sim/mid+ollama/a:b+sim/weak,rounds=1": {
        "scenario": "debate",
        "debaters": [
            ("general_public", "sim/mid", "combined-10"),
            ("psychologist", "ollama/a:b", "combined-10"),
            ("critic", "sim/weak", "combined-10"),
        ],
        "rounds": 1,
    },
    "debate:sim/mid,rounds=0": {
        "scenario": "debate",
        "debaters": [(name, "sim/mid", "combined-10") for name in ("general_public", "psychologist", "critic")],
        "rounds": 0,
    },
}


@pytest.mark.parametrize("written", FORMS)
def test_a_written_evaluator_is_a_scenario_with_its_cast(written: str) -> None:
    """Models, strategies, rule, rounds and seats."""
    assert described(written) == FORMS[written]


ANY = (
    "expected debate:MODEL or M1+M2+M3, judge:MODEL, jury:M1+M2+M3 or module:name:MODEL, "
    "with options such as ,strategy=direct"
)
WRONG: dict[str, str] = {
    "": ANY,
    "judge": f"{ANY}; did you mean 'judge'?",
    "judge:": f"{ANY}; did you mean 'judge'?",
    "juge:ollama/llama3.1:8b": f"{ANY}; did you mean 'judge'?",
    "referee:sim/mid": ANY,
    "judge:sim/mid,rule=mean": "option 'rule=mean'; expected one of strategy, seats, as NAME=VALUE",
    "judge:sim/mid,direct": "option 'direct'; expected one of strategy, seats, as NAME=VALUE",
    "judge:sim/mid,": "option ''; expected one of strategy, seats, as NAME=VALUE",
    "jury:sim/mid,rounds=2": "option 'rounds=2'; expected one of strategy, rule, seats, as NAME=VALUE",
    "jury:sim/mid,rule=loudest": (
        "unknown rule 'loudest'; expected one of 'majority', 'mean', or one of your own as module:name"
    ),
    "jury:sim/mid,rule=mean,strategy=direct": (
        "the rule 'mean' needs votes with scores, but juror_1 has the strategy direct"
    ),
    "debate:sim/mid,rounds=two": "rounds 'two'; expected a number of rounds",
    "debate:sim/mid,rounds=-1": "rounds '-1'; expected a number of rounds",
    "debate:sim/mid,strategy=direct": (
        "a debate needs votes with scores, but general_public_ballot has the strategy direct; "
        "expected one with scores, such as combined-10 or independent-10"
    ),
    "judge:sim/mid+sim/weak": "judge takes one model, got 2; several models are a jury:sim/mid+sim/weak",
    "debate:sim/mid+sim/weak": (
        "2 models for 3 personas (general_public, psychologist, critic); expected one model, or one for each persona"
    ),
    "debate:a/b+c/d+e/f+g/h,rounds=1": (
        "4 models for 3 personas (general_public, psychologist, critic); expected one model, or one for each persona"
    ),
    "jury:sim/mid+": "the models 'sim/mid+' have an empty name; expected jury:M1+M2+M3",
    "debate:sim/mid++sim/weak": "the models 'sim/mid++sim/weak' have an empty name; expected debate:MODEL or M1+M2+M3",
    "judge:sim/mid,seats=swapped": "seats 'swapped'; expected both or as-given",
}


@pytest.mark.parametrize("written", WRONG)
def test_a_form_that_is_not_understood_is_told(written: str) -> None:
    """With what was expected, before anything is asked."""
    with pytest.raises(ConfigurationError) as caught:
        parse_evaluator(written)

    told = str(caught.value)
    assert told.startswith(f"evaluator {written!r}")
    assert told.removeprefix(f"evaluator {written!r}")[2:] == WRONG[written]


@pytest.mark.parametrize("written", ["judge:sim/mid,strategy=best-10", "judge:sim/mid,strategy=combined-0"])
def test_a_strategy_that_does_not_exist_is_told(written: str) -> None:
    """It is a mistake of configuration, too."""
    with pytest.raises(ConfigurationError, match=f"^evaluator '{written}': .*strategy"):
        parse_evaluator(written)


def test_the_kinds_are_those_of_the_folder_and_their_authors_give_their_label_source() -> None:
    """Recorded verdicts are read by author, without the kinds, whose import is slow."""
    kinds = {name: KINDS.find(name) for name in KINDS.names()}

    assert {kind.author: kind.label_source for kind in kinds.values() if kind.author} == LABEL_SOURCES
    assert {name: kind.label_source for name, kind in kinds.items()} == {
        "debate": "debate",
        "judge": "judge",
        "jury": "jury",
    }
    assert reserved_names() == {"user", "versus", "jury", "debate"}


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("debate: sim/mid + sim/strong + sim/weak , rounds=1", "debate:sim/mid+sim/strong+sim/weak,rounds=1"),
        (" jury : sim/mid+ sim/weak, rule = majority", "jury:sim/mid+sim/weak,rule=majority"),
        ("judge: sim/mid ", "judge:sim/mid"),
    ],
)
def test_blanks_around_the_parts_of_a_form_do_not_count(written: str, plain: str) -> None:
    assert described(written) == described(plain)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "judge:sim/mid,strategy=direct,strategy=combined-5",
            "'strategy' is given twice, as 'direct' and as 'combined-5'",
        ),
        ("jury:sim/a+sim/b+sim/c,rule=majority, rule = mean", "'rule' is given twice, as 'majority' and as 'mean'"),
        ("debate:sim/mid,rounds=2,rounds=2", "'rounds' is given twice, as '2' and as '2'"),
    ],
)
def test_an_option_is_given_once(written: str, said: str) -> None:
    """The last one would win in silence."""
    with pytest.raises(ConfigurationError, match=f"option {said}; leave one of them out"):
        parse_evaluator(written)
