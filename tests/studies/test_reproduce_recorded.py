"""The published figures of the original study, from its recorded replies, which are kept outside the repository."""

import asyncio
from pathlib import Path

import pytest

from fellowship.studies.reproduction.figures import Figure
from fellowship.studies.reproduction.reproduce import reproduce

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "data" / "recorded"

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.slow,
    pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded replies (../shared/data/recorded) are not here"),
]


def figures(*, as_recorded: bool) -> list[Figure]:
    return asyncio.run(reproduce(RECORDED, as_recorded=as_recorded, draws=200))


def test_every_exact_kappa_comes_out_as_published() -> None:
    found = figures(as_recorded=True)

    exact = [figure for figure in found if figure.exact]
    assert (len(found), len(exact)) == (104, 96)
    assert [figure for figure in exact if not figure.match] == []
    assert sum(figure.match for figure in found if figure.metric == "win_rate_percent") == 5


def test_our_reading_differs_where_the_original_misread() -> None:
    found = figures(as_recorded=False)

    changed = {
        (figure.method, figure.who[0]): [str(change) for change in figure.changes] for figure in found if figure.changes
    }
    half = "score A read from the repaired half of the reply (the original re-read only B)"
    assert changed == {
        ("direct-comparison", "Meta-Llama-3.1-8B-Instruct-Turbo"): [
            "18 of 454 rows: a choice understood where the original, after asking again, counted a tie: "
            "tie -> B 11, tie -> A 7"
        ],
        ("independent-scoring-10", "gemma-2-27b-it"): [
            "1 of 454 rows: no verdict could be read; now failed and left out of n: A -> failed 1"
        ],
        ("combined-scoring-5", "Meta-Llama-3.1-70B-Instruct-Turbo"): [
            "1 of 454 rows: a score off the scale; now failed and left out of n: B -> failed 1",
            f"1 of 454 rows: {half}: B -> A 1",
        ],
        ("combined-scoring-10", "Meta-Llama-3.1-70B-Instruct-Turbo"): [f"1 of 454 rows: {half}: B -> A 1"],
        ("combined-scoring-100", "Meta-Llama-3.1-70B-Instruct-Turbo"): [f"1 of 454 rows: {half}: B -> A 1"],
        ("combined-scoring-100", "Meta-Llama-3.1-8B-Instruct-Turbo"): [
            f"12 of 454 rows: {half}: B -> A 11, B -> tie 1"
        ],
    }
    assert sum(figure.match for figure in found) == 98
    assert all(figure.match for figure in found if figure.dataset == "Fair-Eval")
