"""The example of docs/reference.md with one entry of a user's own for every table, carried out as it stands."""

import json
import re
import runpy
from pathlib import Path

import pytest

from fellowship.testing import ScriptedProvider
from fellowship.testing.server import started
from tests.cli.kit import ROOT, run_in_process

REFERENCE = (ROOT / "docs/reference.md").read_text()
ADDRESS = "http://127.0.0.1:8000/v1"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every block that begins with the name of a file."""
    for name, text in re.findall(r"```\w+\n# ([\w.]+)\n(.*?)```", REFERENCE, re.DOTALL):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_entries_of_the_reference_are_used_from_the_command_line(written: Path) -> None:
    """A rule, a strategy, an evaluator kind and a dialect in a run, a format in an export."""
    shown = re.search(rf"{re.escape('fellowship serve-sim --port 8000')}`:\n\n```\n(.*?)```", REFERENCE, re.DOTALL)
    assert shown is not None
    settings = written / "fellowship.toml"

    with started(answers="sim") as server:
        settings.write_text(settings.read_text().replace(ADDRESS, server.base_url))
        ran = [run_in_process(*line.split()[1:]) for line in shown.group(1).splitlines()]
        stats = server.stats()

    assert [each.code for each in ran] == [0, 0], ran
    assert stats["requests"] == 2 * 3 + 2 + 2 * 3
    (row,) = (json.loads(line) for line in (written / "data/orpo/train.jsonl").read_text().splitlines())
    assert list(row) == ["prompt", "chosen", "rejected", "provenance"]
    assert (row["chosen"][0]["content"], row["provenance"]["label_source"]) == ("The Rhine.", "jury")
    assert row["provenance"]["judge_models"] == ["lab/strong"] * 3


def test_the_role_of_the_reference_reads_and_repairs_its_replies(written: Path) -> None:
    """Its form stands in the prompt in place of the JSON form."""
    grading = runpy.run_path("grading.py")
    replies = iter(["A draft.", "I give it many.", "Clear enough.\nPoints: 14"])
    provider = ScriptedProvider(lambda request: next(replies))
    run = grading["run"](
        grading["graded"],
        prompts=["Why?"],
        out=":memory:",
        providers={"lab": provider},
        quiet=True,
        generator=grading["Generator"]("lab/a"),
        grader=grading["Grader"]("lab/b"),
    )

    (conversation,) = run
    system = provider.requests[1].messages[0]["content"]
    assert conversation.outcome.content.points == 14
    assert system.endswith("End with exactly this line:\nPoints: N, from 0 to 20")
    assert "JSON" not in system
