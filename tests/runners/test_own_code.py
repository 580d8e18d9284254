"""What a run's code uses beyond its own module is part of the run's identity: modules, values and files."""

import ast
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.runners.changed_values import changed_names
from fellowship.runners.summary import RunSummary
from fellowship.testing import ScriptedProvider
from tests.cli.kit import Ran, run_in_process
from tests.runners.kit import MODEL, scripted_run, told

FILES = {
    "script.py": '''
import re
from types import SimpleNamespace
from fellowship import Agent, run
from fellowship.testing import ScriptedProvider
from roles import Counter
from steps import polished
import plots
import tables

cfg = SimpleNamespace()
cfg.pat = re.compile("[0-9]+")


async def counted(talk, prompt, *, counter):
    """A scenario."""
    reply = await talk.ask(counter, prompt)
    return talk.record(polished(reply.content, cfg), reply, author="polish")


summary = run(
    counted, prompts=["How many?", "And now?"], out="runs/counted", quiet=True, counter=Counter("fake/any", scale=1),
    providers={"fake": ScriptedProvider(lambda request: "7 or 12")},
)
plots.draw(summary)
print("asked", summary.n_asked)
''',
    "roles.py": '''
import json
from pathlib import Path
from fellowship import Agent
from models import Size
from registry import READERS
from readers import number as read_number  # fills the table

PATTERNS = json.loads((Path(__file__).parent / "patterns.json").read_text())
UNUSED = 1


class Counter(Agent[Size]):
    """Counts."""

    def __init__(self, *args, scale, **options):
        super().__init__(*args, **options)
        self._scale = scale

    def reply_form(self):
        return "Reply with a number."

    def parse(self, completion):
        from lazily import trimmed

        rubric = Path("rubric.txt").read_text()
        with open("calls.log", "a") as log, open("seen.txt", "a") as seen:
            print("x", file=log), print("x", file=seen)
        n = READERS[PATTERNS["reader"]](trimmed(completion.text)) * self._scale
        return Size(n=n + len(rubric) * 0)
''',
    "models.py": """
from pydantic import BaseModel
import package.limits as limits


class Size(BaseModel):
    n: int = limits.LOWEST
""",
    "registry.py": """
READERS = {}


def reader(name):
    def decorate(function):
        READERS[name] = function
        return function

    return decorate
""",
    "readers.py": '''
from registry import reader


@reader("first")
def number(text):
    """The first number."""
    return int(text.split(" or ")[0])
''',
    "tables.py": "from registry import READERS\n\nREADERS['last'] = lambda text: int(text.split()[-1])\n",
    "lazily.py": "def trimmed(text):\n    return text.strip()\n",
    "steps.py": "from package import polish\n\ndef polished(size, cfg):\n    return polish(size) if cfg else size\n",
    "package/__init__.py": "from .inner import polish\n",
    "package/inner.py": "def polish(size):\n    return size.model_copy(update={'n': size.n + 0})\n",
    "package/limits.py": "LOWEST = 0\n",
    "plots.py": "def draw(summary):\n    return None\n",
    "patterns.json": '{"reader": "first"}',
    "rubric.txt": "Count well.",
}
REFUSED = "fellowship: the run in runs/counted was started with different settings: "
Start = Callable[..., Ran]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """`fellowship run script.py` in a folder with these files."""
    monkeypatch.chdir(tmp_path)

    def started(*options: str, changed: Mapping[str, str] = {}) -> Ran:
        for name, text in {**FILES, **changed}.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(text)
        return run_in_process("run", "script.py", *options)

    return started


CHANGES = {
    "a module beside the script": ("steps.py", "else size", "else None", "the module steps was changed"),
    "a class of replies": ("models.py", "n: int", "n: float", "the module models was changed"),
    "a constant of a package": ("package/limits.py", "0", "1", "the module package.limits was changed"),
    "a relative import": ("package/inner.py", "+ 0", "+ 1", "the module package.inner was changed"),
    "an import in a function": ("lazily.py", "strip", "lstrip", "the module lazily was changed"),
    "a function that a decorator puts into a table": ("readers.py", "[0]", "[-1]", "the module readers was changed"),
    "a table": ("registry.py", "[name]", "[name.lower()]", "the module registry was changed"),
    "a module that is imported for its effect": ("tables.py", "[-1]", "[0]", "the module tables was changed"),
    "an attribute that is set later": ("script.py", "[0-9]+", "[0-9]", "the value cfg of the script was changed"),
    "an attribute of an agent": (
        "script.py",
        "scale=1",
        "scale=2",
        "the attribute _scale of the agent counter was changed",
    ),
    "a file that was read at import": (
        "patterns.json",
        "first",
        "last",
        "the value PATTERNS of the module roles was changed; the file patterns.json was changed",
    ),
    "a file that is read in a method": ("rubric.txt", "well", "badly", "the file rubric.txt was changed"),
    "a method set from outside": (
        "script.py",
        "summary = run",
        "Counter.parse = lambda self, completion: 1\nsummary = run",
        "the attribute parse of the role Counter was changed",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_refused_by_name(start: Start, change: str) -> None:
    name, before, after, text = CHANGES[change]
    assert before in FILES[name]
    first = start()

    second = start(changed={name: FILES[name].replace(before, after)})

    assert (first.code, first.out, first.err[-60:]) == (0, "asked 2\n", first.err[-60:])
    assert (second.code, second.out, second.err.partition("; restore")[0]) == (2, "", REFUSED + text)


SAME = {
    "a comment": ("steps.py", "def ", "# comment\ndef "),
    "a docstring": ("readers.py", '    """The first number."""\n', ""),
    "layout": ("package/inner.py", "(update=", "(\n        update="),
    "a module that only the rest of the script uses": ("plots.py", "None", "summary"),
    "a constant that is not used": ("roles.py", "UNUSED = 1", "UNUSED = 1  # one"),
    "a file that the code writes": ("seen.txt", "", "y"),
    "a log": ("calls.log", "", "y"),
    "the rest of the script": ("script.py", "plots.draw(summary)", "plots.draw(summary), plots"),
}


@pytest.mark.parametrize("change", SAME)
def test_a_change_of_nothing_that_decides_is_not_seen(start: Start, change: str) -> None:
    name, before, after = SAME[change]
    start()

    second = start(changed={name: FILES.get(name, "").replace(before, after) or after})

    assert (second.code, second.out) == (0, "asked 0\n")


def test_what_the_code_itself_counts_and_collects_is_no_change(tmp_path: Path) -> None:
    """A second start in one process, as in a notebook: counters, caches and lists of results differ by then."""
    seen: list[str] = []
    counts = {"calls": 0}

    class Counting(Generator):
        """Counts its requests."""

        n_asked = 0

        def __init__(self, *args: Any, style: str, **options: Any) -> None:
            super().__init__(*args, **options)
            self.style, self.cache = style, dict[str, int]()

        def reply_form(self) -> str:
            self.n_asked += 1
            self.cache[self.style] = self.n_asked
            return ""

    async def collecting(talk: Conversation, prompt: Message[Prompt], *, generator: Counting) -> Message[Draft]:
        draft = await talk.ask(generator, prompt)
        seen.append(draft.content.text)
        counts["calls"] += 1
        return draft

    generator = Counting(MODEL, style="short")

    def start(n: int) -> RunSummary:
        return scripted_run(collecting, tmp_path, ScriptedProvider(told), n=n, generator=generator)

    first, second = start(1), start(3)

    assert (first.n_asked, second.n_asked, len(seen), counts) == (1, 2, 3, {"calls": 3})
    generator.style = "long"
    with pytest.raises(ConfigurationError, match="the attribute style of the agent counting was changed"):
        start(3)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("async def f():\n    rows.append(1)\n    table['x'] = 2\n    state.n += 1", {"rows", "table", "state"}),
        ("def f():\n    global n\n    n += 1\n    m = n\n    del cache[m]", {"n", "cache"}),
        ("rows.append(1)\ntable['x'] = 2", set()),
        ("def f(x):\n    y = pattern.search(x)\n    return settings.style", set()),
        ("class R:\n    def parse(self, c):\n        totals.seen[c].add(1)", {"totals"}),
    ],
)
def test_names_that_functions_change(code: str, expected: set[str]) -> None:
    """What a module's own statements fill is the same in every process."""
    assert changed_names([ast.parse(code)]) == expected


FACTORY = """
import os
from fellowship import Agent, run
from fellowship.testing import ScriptedProvider
from pydantic import BaseModel


class Size(BaseModel):
    n: int


{code}


async def counted(talk, prompt, *, counter):
    return await talk.ask(counter, prompt)


summary = run(
    counted, prompts=["How many?", "And now?"], out="runs/counted", quiet=True, counter=Counter("fake/any"),
    providers={{"fake": ScriptedProvider(lambda request: "7")}},
)
print("asked", summary.n_asked)
"""
ONE_METHOD = """
def made(k):
    class Counter(Agent[Size]):
        instructions = "Count."

        def parse(self, completion):
            return Size(n=k)

    return Counter

from pathlib import Path
Counter = made(len(Path("size", "of.bin").read_text()))
"""
DECORATED_METHOD = """
import functools

def plus(k):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(self, completion):
            return Size(n=function(self, completion).n + k)
        return wrapper
    return decorate

def made(k):
    class Counter(Agent[Size]):
        instructions = "Count."

        @plus(k)
        def parse(self, completion):
            return Size(n=1)

    return Counter

Counter = made(len(os.environ.get("PATH_OF_SIZE", "")))
"""
TWO_BRANCHES = """
if len(os.environ.get("PATH_OF_SIZE", "")) > 1:
    class Counter(Agent[Size]):
        instructions = "Count."

        def parse(self, completion):
            return Size(n=1)
else:
    class Counter(Agent[Size]):
        instructions = "Count."

        def parse(self, completion):
            return Size(n=2)
"""
READS_VARIABLE = """
class Counter(Agent[Size]):
    instructions = "Count."

    def parse(self, completion):
        return Size(n=len(os.getenv("PATH_OF_SIZE", "")) + bool(os.environ["HOME"]) + bool(os.environ["SIZE_API_KEY"]))
"""
COUNTS_ITSELF = """
def made():
    n, seen = 0, []

    class Counter(Agent[Size]):
        instructions = "Count."

        def parse(self, completion, known=[]):
            nonlocal n
            n += 1
            seen.append(n), known.append(n)
            return Size(n=1)

    return Counter

Counter = made()
"""


def start_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, *options: str, **variables: str) -> Ran:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    Path("script.py").write_text(FACTORY.format(code=code))
    return run_in_process("run", "script.py", *options)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (DECORATED_METHOD, "the value k of parse of the role Counter was changed"),
        (TWO_BRANCHES, "the code of the methods of the role Counter was changed"),
        (READS_VARIABLE, "the environment variable PATH_OF_SIZE was changed"),
    ],
    ids=["a decorator in a factory", "one of two classes", "a variable of the environment"],
)
def test_what_a_role_is_made_with_belongs_to_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, text: str
) -> None:
    monkeypatch.setenv("SIZE_API_KEY", "key-one-abc")
    first = start_of(tmp_path, monkeypatch, code, "-n", "1", PATH_OF_SIZE="1")

    second = start_of(tmp_path, monkeypatch, code, PATH_OF_SIZE="22")

    assert (first.code, first.out) == (0, "asked 1\n")
    assert (second.code, second.out, text in second.err) == (2, "", True)


def test_a_value_that_a_factory_gives_a_method_belongs_to_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "size").mkdir()
    (tmp_path / "size" / "of.bin").write_text("a")
    first = start_of(tmp_path, monkeypatch, ONE_METHOD, "-n", "1")
    (tmp_path / "size" / "of.bin").write_text("ab")

    second = start_of(tmp_path, monkeypatch, ONE_METHOD)

    assert (first.code, first.out) == (0, "asked 1\n")
    assert (second.code, "the value k of parse of the role Counter was changed" in second.err) == (2, True)


@pytest.mark.parametrize("code", [COUNTS_ITSELF, READS_VARIABLE], ids=["counters", "a key and the home folder"])
def test_counters_keys_and_variables_of_the_machine_are_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    first = start_of(tmp_path, monkeypatch, code, "-n", "1", SIZE_API_KEY="key-one-abc", HOME="/root")

    second = start_of(tmp_path, monkeypatch, code, SIZE_API_KEY="key-two-def", HOME=str(tmp_path))

    assert (first.code, first.out) == (0, "asked 1\n")
    assert (second.code, second.out) == (0, "asked 1\n")
    assert b"key-one" not in (tmp_path / "runs" / "counted" / "journal.sqlite").read_bytes()


@pytest.mark.parametrize(
    ("name", "code"),
    [("TOKEN_LIMIT", 2), ("MIN_PASSWORD_LENGTH", 2), ("LAB_TOKEN", 0), ("CREDENTIALS", 0)],
)
def test_a_limit_in_the_environment_belongs_to_the_run_and_a_key_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    reads = READS_VARIABLE.replace("PATH_OF_SIZE", name)
    monkeypatch.setenv("SIZE_API_KEY", "key-one-abc")
    first = start_of(tmp_path, monkeypatch, reads, "-n", "1", **{name: "1"})

    second = start_of(tmp_path, monkeypatch, reads, **{name: "22"})

    assert (first.code, second.code) == (0, code)
    assert (f"the environment variable {name} was changed" in second.err) is (code == 2)


@pytest.mark.parametrize(
    "place", ["Path(__file__).resolve().parent", "os.path.dirname(os.path.abspath(__file__))"], ids=["Path", "os.path"]
)
def test_a_project_that_is_copied_to_another_place_is_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    code = (
        f"from pathlib import Path\nHERE = {place}\nOUT = str(Path(HERE) / 'new' / 'out.txt')\n"
        "class Counter(Agent[Size]):\n    instructions = 'Count.'\n    def parse(self, completion):\n"
        "        return Size(n=len((Path(HERE) / 'size.txt').read_text()) + bool(OUT))\n"
    )
    before, after = tmp_path / "before", tmp_path / "elsewhere" / "after"
    before.mkdir()
    (before / "size.txt").write_text("a")
    first = start_of(before, monkeypatch, code, "-n", "1")
    shutil.copytree(before, after)

    second = start_of(after, monkeypatch, code)
    (after / "size.txt").write_text("ab")
    third = start_of(after, monkeypatch, code)

    assert (first.code, second.code, second.out) == (0, 0, "asked 1\n")
    assert (third.code, "the file size.txt was changed" in third.err) == (2, True)
