"""mypy and pyright find mistakes in the calls of `run` that the examples make."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKERS = {"mypy": ["mypy", "--hide-error-context"], "pyright": ["pyright"]}
MISTAKES = {
    "agent": ("feedback_loop", "reviewer=Reviewer", "reviwer=Reviewer"),
    "argument": ("feedback_loop", "rounds=3", "ronds=3"),
    "option": ("judge", 'out="runs/judge"', 'uot="runs/judge"'),
    "role": ("judge", "judge=Judge(", "judge=print("),
    "value": ("jury", "rounds=2", 'rounds="2"'),
    "list": ("jury", "jurors=[", "juror=["),
    "own_scenario": ("fact_checker", "checker=FactChecker", "checkers=FactChecker"),
}


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_misspelt_argument_of_an_example_is_found(checker: str, tmp_path: Path) -> None:
    """Each wrong copy of an example has an error, and the right one has none."""
    (tmp_path / "right.py").write_text((ROOT / "examples/jury.py").read_text())
    for name, (example, right, wrong) in MISTAKES.items():
        text = (ROOT / f"examples/{example}.py").read_text()
        assert right in text
        (tmp_path / f"{name}.py").write_text(text.replace(right, wrong))

    command = [sys.executable, "-m", *CHECKERS[checker], *map(str, sorted(tmp_path.iterdir()))]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout

    # mypy takes errors of an equal file from its cache, with the folder of an earlier test
    assert set(re.findall(r"/(\w+)\.py:\d+.*error", output)) == set(MISTAKES)
