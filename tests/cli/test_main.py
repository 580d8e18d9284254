"""The command as a whole: help, unknown commands, exit codes, list and doctor."""

import subprocess
import sys

import pytest

from fellowship.cli import exit_codes
from fellowship.cli.main import COMMANDS
from fellowship.protocols import errors
from tests.cli.kit import run_in_child, run_in_process
from tests.golden import golden


def test_bare_command_prints_a_short_guide() -> None:
    """No argument: what to try first, exit 0."""
    ran = run_in_process()

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == golden(__file__, "guide", ran.out)


def test_help_lists_every_command_and_exit_code() -> None:
    """The codes of design are public."""
    ran = run_in_process("--help")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == golden(__file__, "help", ran.out)
    assert all(f"\n  {name} " in ran.out for name in COMMANDS)
    assert all(f"\n  {code} " in ran.out for code in (0, 1, 2, 3, 4, 5, 130))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    """`fellowship NAME --help` exits 0 and gives the exit codes."""
    ran = run_in_process(name, "--help")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: fellowship {name}")
    assert "exit codes:" in ran.out
    if sys.version_info < (3, 13):  # whose argparse writes options another way
        assert ran.out == golden(__file__, f"help-{name}", ran.out)


def test_unknown_command_names_the_nearest() -> None:
    """A slip of the finger gets the right word back, exit 2."""
    ran = run_in_process("relpay")

    assert (ran.code, ran.err) == (2, "fellowship: unknown command 'relpay'; did you mean 'replay'?\n")


def test_unknown_option_is_one_line_with_exit_2() -> None:
    """No usage dump."""
    ran = run_in_process("demo", "--sed", "7")

    assert ran.code == 2
    assert ran.err == "fellowship demo: unrecognized arguments: --sed 7; see fellowship demo --help\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigurationError("x"), 2),
        (errors.InputError("f", "x", line=1), 2),
        (errors.ProviderRefused("x"), 2),
        (errors.RunNotFound("x"), 2),
        (errors.ReplayDiverged("x"), 2),
        (errors.RunStopped("x", n_committed=1), 5),
        (errors.Interrupted("x", n_committed=1), 130),
        (RuntimeError("x"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_have_their_exit_codes(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Each in one line on standard error."""
    assert exit_codes.report_error(error, verbose=False) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_traceback_only_with_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    """-v shows where an error comes from."""
    assert exit_codes.report_error(RuntimeError("x"), verbose=True) == 1
    assert "RuntimeError" in capsys.readouterr().err


def test_list_tells_of_scenarios_roles_and_models() -> None:
    """Everything that can be named on the command line is listed."""
    out = run_in_process("list").out

    assert all(word in out for word in ("feedback_loop", "Juror", "judge:MODEL", "openai", "sim/strong", "runs: none"))


def test_help_loads_neither_autogen_nor_numpy() -> None:
    """So that it answers at once."""
    import subprocess
    import sys

    code = (
        "import sys; from fellowship.cli.main import main; main(['--help']); main(['run', '--help']); "
        "print({'autogen_core', 'numpy', 'pydantic', 'rich', 'aiohttp'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == "set()\n"


def test_module_and_command_are_the_same() -> None:
    """`python -m fellowship --version`."""
    assert run_in_child("--version").out.startswith("fellowship ")


INTERRUPTED_IMPORT = """
import sys
from fellowship.cli.main import entry

class Interrupting:
    def find_spec(self, name, *_):
        if name == "fellowship.cli.list":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
sys.argv = ["fellowship", "list"]
entry()
"""


def test_an_interrupt_before_the_command_is_there_is_one_line() -> None:
    """While it is imported; 130."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_IMPORT], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")
