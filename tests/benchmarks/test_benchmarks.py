"""The benchmarks run. What they find is not a matter of tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_all_of_it_runs_at_a_tiny_size() -> None:
    """With one table; it fails by itself where the two sides do not send the same bodies."""
    command = [sys.executable, "-m", "benchmarks", "--tiny"]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (ended.returncode, ended.stderr) == (0, "")
    for measured in ("4 in flight", "CPU per turn", "held by each", "peak memory", "import fellowship", "--help"):
        assert measured in ended.stdout
