"""The provenance of a run: the script that `verify` and `fork` execute again."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

import fellowship.cli.main
from fellowship.runners.overrides import Overrides
from fellowship.runners.provenance import Provenance

OWN_MAIN = Path(fellowship.cli.main.__file__).parents[1] / "__main__.py"


@pytest.mark.parametrize(
    ("main", "script"),
    [
        ("/home/user/script.py", Path("/home/user/script.py")),
        ("/home/user/mypackage/__main__.py", Path("/home/user/mypackage/__main__.py")),
        (str(OWN_MAIN), None),
        ("/usr/bin/fellowship", None),
        (None, None),
    ],
    ids=["a script", "python -m mypackage", "python -m fellowship", "the command", "a notebook"],
)
def test_script_of_a_run_is_the_main_module_unless_it_is_fellowship(
    main: str | None, script: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package of the user has a `__main__.py` too."""
    module = ModuleType("__main__")
    module.__file__ = main
    monkeypatch.setitem(sys.modules, "__main__", module)

    assert Provenance.now(Overrides()).script == script
