"""Commands that only read runs do not import AutoGen, whose import takes longer than all of the reading."""

import subprocess
import sys
from pathlib import Path

import pytest

from fellowship.testing import ScriptedProvider
from tests.cli.kit import ROOT
from tests.runners.kit import one_answer, scripted_run, told

PROGRAM = """
import sys
from fellowship.cli.main import main
code = main(sys.argv[1:])
print(code, sorted({name.partition(".")[0] for name in sys.modules if name.startswith("autogen")}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param("show {run}", 0, id="show"),
        pytest.param("show {run}/c00000@1 --raw --format json", 0, id="show a message"),
        pytest.param("runs --dir {run}", 0, id="runs"),
        pytest.param("runs show {run}", 0, id="runs show"),
        pytest.param("export {run} --to {run}/exported", 2, id="export"),
        pytest.param("diff {run} {run}", 0, id="diff"),
        pytest.param("replay {run}", 2, id="replay"),
    ],
)
def test_a_reading_command_imports_no_module_of_autogen(tmp_path: Path, arguments: str, code: int) -> None:
    """Export has no pair here, and replay no terminal: they fail after their imports."""
    run = tmp_path / "run"
    scripted_run(one_answer, run, ScriptedProvider(told))

    words = arguments.format(run=run).split()
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stderr.splitlines()[-1] == f"{code} []"
