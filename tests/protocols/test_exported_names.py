"""What `import fellowship` offers, and that it costs nothing until it is used."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

import fellowship

HEAVY = ("autogen_core", "autogen_agentchat", "numpy", "pydantic", "aiohttp", "sqlite3")


@pytest.mark.parametrize("name", fellowship.__all__)
def test_every_name_is_there(name: str) -> None:
    """It comes from the module it is said to come from."""
    value = getattr(fellowship, name)

    if name != "__version__":
        assert value is getattr(import_module(fellowship._HOMES[name]), name)


def test_the_list_of_names_is_the_list_of_what_can_be_imported() -> None:
    """No more and no fewer, and in order."""
    assert set(fellowship.__all__) == {*fellowship._HOMES, "__version__"}
    assert fellowship.__all__ == sorted(fellowship.__all__)
    assert dir(fellowship) == sorted(fellowship.__all__)


def test_an_unknown_name_is_refused_as_by_any_module() -> None:
    """With the name."""
    with pytest.raises(AttributeError, match=r"^module 'fellowship' has no attribute 'Judgement'$"):
        _ = fellowship.Judgement


def test_importing_fellowship_imports_nothing_heavy() -> None:
    """The names load on first use."""
    code = f"import fellowship, json, sys; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


def test_a_name_loads_its_own_module_and_not_the_runner() -> None:
    """Who writes a role does not pay for the journal."""
    code = "from fellowship import Judge; import sys; print('numpy' in sys.modules, 'sqlite3' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False False\n"
