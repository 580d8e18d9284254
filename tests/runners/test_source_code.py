"""The hash of a scenario covers what it uses, and does not depend on Python's version."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.runners.free_names import free_names
from fellowship.runners.run_config import changed_settings
from fellowship.runners.source_code import normalised, source_hash

MODULE = '''\
import functools

LIMIT = 2
GREETING: str = f"Hello{LIMIT!r}, " "friend"
try:
    import missing_module
except ImportError:
    def fallback(text):
        return text.strip()
UNUSED = 1


def prompt_of(question, *, style="short"):
    """The text of a question."""
    return GREETING + clean(question) + style


def clean(text):
    return fallback(text)[:LIMIT]


def unused(text):
    return text


class Table:
    LIMIT = 5

    def row(self):
        return [LIMIT for _ in range(2)]


async def scenario(talk, prompt, *, generator):
    unused = [clean for clean in ()]
    return await talk.ask(generator, prompt_of(prompt), Table().row())


def made(rounds, words=("a", "b")):
    def inner(text):
        return text * rounds

    async def scenario(talk, prompt, *, generator):
        return await talk.ask(generator, inner(prompt), words)

    return scenario


class Called:
    async def __call__(self, talk, prompt, *, generator):
        return await talk.ask(generator, clean(prompt))
'''


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The module with this text."""
    n = 0

    def load(text: str = MODULE) -> Any:
        nonlocal n
        n += 1
        path = tmp_path / str(n) / "scenarios_of_a_user.py"
        path.parent.mkdir()
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, path.stem, module)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("+ style", "+ style + '!'", id="a helper"),
        pytest.param("[:LIMIT]", "[LIMIT:]", id="a helper of a helper"),
        pytest.param("LIMIT = 2", "LIMIT = 3", id="a constant"),
        pytest.param("text.strip()", "text.lstrip()", id="a function that is defined in a try"),
        pytest.param('"friend"', '"friends"', id="the text of an f-string"),
        pytest.param("{LIMIT!r}", "{LIMIT}", id="the conversion in an f-string"),
        pytest.param("range(2)", "range(3)", id="a class"),
    ],
)
def test_what_a_scenario_uses_is_part_of_it(loaded: Callable[..., Any], before: str, after: str) -> None:
    assert before in MODULE
    code = source_hash(loaded().scenario)

    assert code is not None
    assert source_hash(loaded(MODULE.replace(before, after)).scenario) != code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("UNUSED = 1", "UNUSED = 2", id="a constant that it does not use"),
        pytest.param("    return text\n\n", "    return text + '.'\n\n", id="a function of the name of a local"),
        pytest.param('    """The text of a question."""\n', "    # text\n", id="a docstring of a helper"),
        pytest.param("text * rounds", "rounds * text", id="another scenario"),
        pytest.param("(question, *, style=", "(\n    question,\n    *,\n    style=", id="layout"),
    ],
)
def test_what_it_does_not_use_is_not(loaded: Callable[..., Any], before: str, after: str) -> None:
    assert before in MODULE

    assert source_hash(loaded(MODULE.replace(before, after)).scenario) == source_hash(loaded().scenario)


def test_a_scenario_made_by_a_function_has_what_the_function_gave_it(loaded: Callable[..., Any]) -> None:
    module = loaded()
    code = source_hash(module.made(1))

    assert code is not None
    assert source_hash(module.made(1)) == code
    assert source_hash(module.made(2)) != code
    assert source_hash(module.made(1, ("a", "c"))) != code
    assert source_hash(loaded(MODULE.replace("text * rounds", "rounds * text")).made(1)) != code


def test_an_object_as_scenario_is_hashed_by_its_class(loaded: Callable[..., Any]) -> None:
    code = source_hash(loaded().Called())

    assert code is not None
    assert source_hash(loaded(MODULE.replace("[:LIMIT]", "[LIMIT:]")).Called()) != code


CONSTANTS = "x = (1, -2.5, 3j, b'\\x00', 'é\\u0378', None, ..., True, u'a', f'{y:>{z}}a' 'b', 10**5)\n"


def test_the_text_of_code_names_only_what_is_set() -> None:
    text = normalised(ast.parse("def f(a, *, b=u'é'):\n    'doc'\n    return f'{a!r}' 'x'"))

    assert text == (
        "Module(body=[FunctionDef(args=arguments(args=[arg(arg='a')], kw_defaults=[Constant('\\xe9')], "
        "kwonlyargs=[arg(arg='b')]), body=[Return(value=JoinedStr(FormattedValue(conversion=0x72, "
        "value=Name(ctx=Load(), id='a')), 'x'))], name='f')])"
    )


@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_another_version_of_python_gives_the_same_text(version: str, tmp_path: Path) -> None:
    """Where that version is installed."""
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "--version"], capture_output=True).returncode:
        pytest.skip(f"no Python {version}")
    (tmp_path / "module.py").write_text(MODULE + CONSTANTS)
    own = Path(__file__).parents[2] / "runners"
    code = (
        "import ast, re\n"
        f"source = open({str(own / 'source_code.py')!r}).read()\n"
        "tree = ast.parse(source)\n"
        "names = {'normalised', '_without_docstrings', '_text_of', '_pieces', '_constant'}\n"
        "tree.body = [each for each in tree.body if getattr(each, 'name', '') in names]\n"
        "from collections.abc import Iterable, Iterator\nfrom typing import Any\n"
        "FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef\n"
        "exec(compile(tree, 'x', 'exec'))\n"
        f"exec(open({str(own / 'free_names.py')!r}).read())\n"
        "parsed = ast.parse(open('module.py').read())\n"
        "print(sorted(free_names(parsed)), normalised(parsed))"
    )
    said = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    parsed = ast.parse(MODULE + CONSTANTS)
    assert said == f"{sorted(free_names(parsed))} {normalised(parsed)}\n"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("def f(a=b, *c, d: e) -> g: return a + h", {"b", "e", "g", "h"}),
        ("[x for x in y if z]", {"y", "z"}),
        ("lambda x: x + y", {"y"}),
        ("class A(B):\n x = 1\n y = x\n def m(self): return x", {"B", "x"}),
        ("def f():\n global x\n x += 1", {"x"}),
        ("def f():\n import a.b, c as d\n return a, d, e", {"e"}),
        ("def f(v):\n match v:\n  case [x, *rest]: return x, rest\n  case {'k': y, **more}: return y, more", set()),
        ("def f():\n try: g()\n except E as error: print(error)", {"g", "E", "print"}),
    ],
)
def test_the_names_that_code_looks_up_in_its_module(code: str, names: set[str]) -> None:
    assert free_names(ast.parse(code)) == names


def test_hashes_of_earlier_versions_are_not_compared() -> None:
    """They depend on Python's version; the run records new ones, which are compared from then on."""
    before = {"scenario": "s", "code": "1", "role_code": {"R": "2"}, "entry_code": {"m:n": "3"}}
    now = {"scenario": "s", "scenario_digest": "4", "role_digests": {"R": "5"}, "entry_digests": {"m:n": "6"}}

    assert changed_settings(orjson.dumps(before).decode(), now) == []
    assert changed_settings(orjson.dumps(now).decode(), {**now, "scenario_digest": "7"}) == [
        "the code of the scenario was changed"
    ]
