"""Functions of several runs that are to keep nothing write no folder, and a further call takes no earlier reply."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.errors import ConfigurationError
from fellowship.testing import ScriptedProvider
from tests.studies.test_limits_of_a_study import FUNCTIONS, replied


@pytest.mark.parametrize("name", ["compare_evaluators", "tournament"])
@pytest.mark.parametrize("out", [":memory:", Path(":memory:")])
@pytest.mark.parametrize("limits", [{}, {"max_calls": 1000}])
def test_runs_in_memory_leave_no_folder_and_ask_all_again(
    name: str, out: Path | str, limits: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of `run`."""
    monkeypatch.chdir(tmp_path)
    given: Any = out
    counts = []
    for _ in range(2):
        provider = ScriptedProvider(replied)
        result = asyncio.run(FUNCTIONS[name](given, providers={"fake": provider}, quiet=True, **limits))
        counts.append(len(provider.requests))

    assert result
    assert counts[0] == counts[1] > 0
    assert not list(tmp_path.iterdir())


def test_a_study_in_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any request: it writes a data set."""
    monkeypatch.chdir(tmp_path)
    provider = ScriptedProvider(replied)
    given: Any = ":memory:"

    with pytest.raises(ConfigurationError, match=r"^study\(out=':memory:'\): a study writes a data set.*"):
        asyncio.run(FUNCTIONS["study"](given, providers={"fake": provider}, quiet=True))

    assert not provider.requests
    assert not list(tmp_path.iterdir())
