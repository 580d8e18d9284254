"""Which evaluator is the best one, and on what it is ranked; nothing is chosen by a kappa that says nothing."""

import asyncio
import io
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.reports.study_report import choice_table, evaluators_table
from fellowship.reports.tables import print_text
from fellowship.scenarios import judge
from fellowship.studies.choices import choose_evaluator
from fellowship.studies.meta_evaluation import EvaluatorResult, compare_evaluators
from fellowship.studies.study import study
from fellowship.studies.tournament import Pairing
from fellowship.testing import ScriptedProvider

UNREADABLE = "x"


def verdict(verdicts: Mapping[str, str], request: Request) -> str:
    """Of the model on the numbered question, in both orders of the answers."""
    asked = str(request.messages[-1])
    found = re.search(r"number (\d+)", asked)
    assert found is not None
    given = verdicts[request.model.partition("/")[2]][int(found[1])]
    is_alpha_first = asked.index("Alpha") < asked.index("Beta")
    if given == UNREADABLE:
        return f"I cannot decide {found[1]} {is_alpha_first}."  # equal replies would stop the run
    if given == "t":
        return "Score A: 5/10\nScore B: 5/10"
    is_first = (given == "A") == is_alpha_first
    return "Score A: 8/10\nScore B: 3/10" if is_first else "Score A: 3/10\nScore B: 8/10"


def rows(labels: str) -> list[dict[str, str]]:
    names = {"A": "A", "B": "B", "t": "tie"}
    return [
        {"prompt": f"Question number {i}?", "response_a": "Alpha.", "response_b": "Beta.", "label": names[label]}
        for i, label in enumerate(labels)
    ]


def evaluators(names: Mapping[str, str]) -> dict[str, Any]:
    return {name: partial(judge, judge=Judge(f"fake/{name}", repairs=0)) for name in names}


def compared(labels: str, verdicts: Mapping[str, str], out: Path | str) -> list[EvaluatorResult]:
    provider = ScriptedProvider(partial(verdict, verdicts))
    work = compare_evaluators(evaluators(verdicts), rows(labels), out=out, providers={"fake": provider}, quiet=True)
    return asyncio.run(work)


def shown(table: Any) -> str:
    file = io.StringIO()
    print_text([table], file)
    return re.sub(" +\n", "\n", file.getvalue())


@pytest.mark.parametrize(
    ("labels", "verdicts", "of"),
    [
        ("A" * 12, {"right": "A" * 12, "wrong": "B" * 12}, ""),
        ("t" * 6, {"mixed": "ABtABt", "right": "t" * 6}, ""),
        ("BBBBBA", {"careful": "BBBBBx", "other": "BBBABA"}, " of the items that careful could read"),
        ("AABB", {"one": "AAxx", "other": "xxBB"}, " of the items that one and other could read"),
    ],
)
def test_no_evaluator_is_chosen_where_all_labels_are_equal(
    labels: str, verdicts: dict[str, str], of: str, tmp_path: Path
) -> None:
    """Their kappa is 0 or undefined, whether they are right or wrong; the report says so."""
    results = compared(labels, verdicts, tmp_path)

    assert f"\nall labels{of} are equal: kappa says nothing; compare the accuracy\n" in shown(
        evaluators_table(results, mark="")
    )
    with pytest.raises(ConfigurationError) as caught:
        choose_evaluator(results)
    assert str(caught.value).startswith(f"all labels{of} are equal: kappa says nothing, and no evaluator is chosen by")
    assert "\n" not in str(caught.value)
    assert all(f"{each.name} {each.agreement.accuracy}" in str(caught.value) for each in results)


def test_a_study_whose_labels_are_equal_ends_before_the_tournament(tmp_path: Path) -> None:
    """No evaluator judges it, so nothing is asked for it."""
    verdicts = {"right": "AAAA", "wrong": "BBBB"}
    provider = ScriptedProvider(partial(verdict, verdicts))

    with pytest.raises(ConfigurationError, match=r"^all labels are equal"):
        asyncio.run(
            study(
                evaluators=evaluators(verdicts),
                comparisons=rows("AAAA"),
                singles={"one": Generator("fake/one")},
                pairings={"two": Pairing(Generator("fake/one"), [Reviewer("fake/one")])},
                prompts=["Why?"],
                out=tmp_path,
                providers={"fake": provider},
                quiet=True,
            )
        )

    assert sorted(each.name for each in (tmp_path / "runs").iterdir()) == ["evaluators"]


@pytest.mark.parametrize(
    ("labels", "verdicts", "cells"),
    [
        ("A" * 30 + "B" * 10, {"some": "x" * 26 + "A" * 4 + "B" * 10, "all": "A" * 30 + "B" * 8 + "AA"}, "0.75"),
        ("AABBBtt", {"none": "x" * 7, "all": "AABBBtA"}, "0.43"),
    ],
)
def test_commonest_label_is_that_of_all_items_in_any_order(
    labels: str, verdicts: dict[str, str], cells: str, tmp_path: Path
) -> None:
    """What the first evaluator could not read is counted."""
    results = compared(labels, verdicts, tmp_path)

    lines = [
        next(line for line in shown(evaluators_table(each, mark="")).splitlines() if "always the" in line)
        for each in (results, results[::-1])
    ]

    assert lines[0] == lines[1]
    assert re.fullmatch(rf" always the commonest label +0 +{cells} \[.*\] +{len(labels)}", lines[0])


@pytest.mark.parametrize(
    ("labels", "verdicts", "failed", "warning"),
    [
        (
            "A" * 30 + "B" * 10,
            {"some": "x" * 26 + "A" * 4 + "B" * 10, "all": "A" * 30 + "B" * 8 + "AA"},
            "failed, of 40:\n  some  26\n",
            "warning: some failed on 26 of 40; the rest may be easier ones\n",
        ),
        ("ABABABABAB", {"best": "xBABABABAB", "poor": "ABABABABxx"}, "failed, of 10:\n  best  1\n  poor  2\n", ""),
    ],
)
def test_what_a_choice_was_made_on_is_said_where_some_failed(
    labels: str, verdicts: dict[str, str], failed: str, warning: str, tmp_path: Path
) -> None:
    """Each evaluator is ranked on other items; a warning where the chosen one failed on more than a tenth."""
    text = shown(choice_table(choose_evaluator(compared(labels, verdicts, tmp_path)), "kappa", mark=""))

    assert "items on which it was chosen" not in text
    assert f"each was ranked on the comparisons\non which it did not fail; {failed}{warning}1 of 1 cannot" in text


def test_a_choice_without_failures_names_its_items(tmp_path: Path) -> None:
    """All were ranked on the same ones."""
    choice = choose_evaluator(compared("ABAB", {"one": "ABAB", "two": "ABBA"}, tmp_path))

    assert "the highest of 2 on the n=4 items on which it was chosen" in shown(choice_table(choice, "kappa", mark=""))
