"""Comparisons without a label are asked about and enter no agreement; without any label nothing is asked."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.protocols.errors import ConfigurationError
from fellowship.studies.evaluator_spec import parse_evaluator
from fellowship.studies.meta_evaluation import EvaluatorResult, compare_evaluators
from fellowship.testing import ScriptedProvider

NOTE = "no label: asked about and paid for like the others, but in no agreement with labels"


def rows(labels: Sequence[str | None]) -> list[dict[str, Any]]:
    """A comparison for each label."""
    texts = [{"prompt": f"q {i}", "response_a": f"a {i}", "response_b": f"b {i}"} for i in range(len(labels))]
    return [row | ({"label": label} if label else {}) for row, label in zip(texts, labels, strict=True)]


def compared(comparisons: Any, out: Path, provider: ScriptedProvider, **options: Any) -> list[EvaluatorResult]:
    """Two evaluators of one model."""
    evaluators = {each: parse_evaluator("judge:fake/x,strategy=combined-5") for each in ("first", "second")}
    providers = {"fake": provider}
    return asyncio.run(compare_evaluators(evaluators, comparisons, out=out, providers=providers, **options))


def tied(_: Any) -> str:
    return "Score A: 3/5\nScore B: 3/5\nTie"


@pytest.mark.parametrize(("n_without", "said"), [(1, f"1 item has {NOTE}"), (2, f"2 items have {NOTE}")])
def test_their_number_is_said_before_the_first_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], n_without: int, said: str
) -> None:
    """In a list, and in a file."""
    comparisons = rows(["A", "B", *[None] * n_without])
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, comparisons)))

    printed: list[str] = []

    def stopped(_: Any) -> str:
        printed.append(capsys.readouterr().err)
        raise ConfigurationError("stop")

    for given in (comparisons, file):
        with pytest.raises(ConfigurationError, match="stop"):
            compared(given, tmp_path / "stopped", ScriptedProvider(stopped))
        assert said in printed[0]
        printed.clear()


def test_they_enter_no_agreement(tmp_path: Path) -> None:
    """Each evaluator pays for its own requests."""
    provider = ScriptedProvider(tied)
    results = compared(rows(["A", "tie", None]), tmp_path, provider)

    assert [each.agreement.kappa.n for each in results] == [2, 2]
    assert [each.run.n_asked for each in results] == [6, 6]  # of 3 comparisons in 2 orders


@pytest.mark.parametrize(("labels", "options"), [([None, None], {}), ([None, None, "A"], {"n": 2})])
def test_without_any_label_nothing_is_asked(tmp_path: Path, labels: list[str | None], options: dict[str, Any]) -> None:
    """Also where labels stand only behind the first n."""
    provider = ScriptedProvider(tied)
    with pytest.raises(ConfigurationError, match="the comparisons have no labels"):
        compared(rows(labels), tmp_path / "out", provider, **options)

    assert provider.n_calls == 0
    assert not (tmp_path / "out").exists()
