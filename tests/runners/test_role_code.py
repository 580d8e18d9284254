"""The code of a user's roles is part of a run's identity: an edited parser does not mix two readings in one run."""

import importlib.util
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.agents.agent import Agent
from fellowship.agents.judge import Judge
from fellowship.runners.run_config import changed_code, changed_settings
from fellowship.runners.source_code import role_hash
from tests.cli.kit import Ran, run_in_process
from tests.runners.kit import queried

SHARED = """\
SCALE = 1

class Trimmed:
    def trimmed(self, text):
        return text.strip("., ")
"""

ROLES = '''\
"""A module of roles."""

import re
import shared
from pydantic import BaseModel, field_validator
from fellowship import Agent

NUMBER = re.compile(r"\\d+")
OFFSET: int = 0
UNUSED, text = 1, "a name that `number` binds itself"


class Size(BaseModel):
    n: int

    @field_validator("n")
    @classmethod
    def positive(cls, n):
        return abs(n)


def number(text):
    """The first number in a text."""
    return first(text) + OFFSET


def first(text):
    return int(NUMBER.search(text).group())


def unused():
    return 1


class Counter(shared.Trimmed, Agent[Size]):
    """Counts."""

    def reply_form(self):
        return "Reply with a number."

    def parse(self, completion):
        """The number."""
        return Size(n=number(self.trimmed(completion.text)))
'''

SCRIPT = (
    ROLES
    + """

from fellowship import run
from fellowship.testing import ScriptedProvider


async def counted(talk, prompt, *, counter):
    return await talk.ask(counter, prompt)


summary = run(
    counted, prompts=["How many?", "And now?", "And then?"], out="runs/counted", quiet=True,
    counter=Counter("fake/any"), providers={"fake": ScriptedProvider(lambda request: "7 or 12")},
)
print(*(row["n"] for row in summary.rows()), "asked", summary.n_asked)
"""
)


@pytest.fixture
def counter_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., type[Agent[Any]]]]:
    """The role of a module with this text, and of one that it imports from."""
    names: list[str] = []

    def load(name: str, text: str) -> Any:
        path = tmp_path / str(len(names)) / f"{name}.py"
        path.parent.mkdir()
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        names.append(name)
        spec.loader.exec_module(module)
        return module

    def counter(roles: str = ROLES, shared: str = SHARED) -> type[Agent[Any]]:
        load("shared", shared)
        role: type[Agent[Any]] = load("roles", roles).Counter
        return role

    yield counter
    for name in set(names):
        del sys.modules[name]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('"""Counts."""', '"""Counts what there is."""', id="docstring of the class"),
        pytest.param('        """The number."""\n', "", id="docstring of a method"),
        pytest.param('    """The first number in a text."""\n', "    # a comment\n", id="docstring of a function"),
        pytest.param("n=number(", "\n            n=number(", id="layout"),
        pytest.param("    return 1\n", "    return 2\n", id="a function that it does not use"),
        pytest.param("UNUSED, text = 1", "UNUSED, text = 2", id="a constant of the name of a local variable"),
        pytest.param('"""A module of roles."""', "", id="docstring of the module"),
    ],
)
def test_what_changes_nothing_in_a_role(counter_of: Callable[..., type[Agent[Any]]], before: str, after: str) -> None:
    """The hash stays."""
    assert before in ROLES
    code = role_hash(counter_of())

    assert code is not None
    assert role_hash(counter_of(ROLES.replace(before, after))) == code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("n=number(", "n=1 + number(", id="method"),
        pytest.param("first(text) + OFFSET", "first(text) - OFFSET", id="function"),
        pytest.param(".search(text)", ".match(text)", id="function that a function uses"),
        pytest.param("OFFSET: int = 0", "OFFSET: int = 1", id="constant"),
        pytest.param('r"\\d+"', 'r"\\d+$"', id="compiled constant"),
        pytest.param("return abs(n)", "return n", id="reply"),
    ],
)
def test_what_changes_a_role(counter_of: Callable[..., type[Agent[Any]]], before: str, after: str) -> None:
    """Its class, and all that it uses of its module, directly or not."""
    assert before in ROLES

    assert role_hash(counter_of()) != role_hash(counter_of(ROLES.replace(before, after)))


def test_a_base_of_another_module_is_part_of_a_role(counter_of: Callable[..., type[Agent[Any]]]) -> None:
    """What that module has besides is not."""
    code = role_hash(counter_of())

    assert role_hash(counter_of(shared=SHARED.replace("SCALE = 1", "SCALE = 2"))) == code
    assert role_hash(counter_of(shared=SHARED.replace('"., "', '". "'))) != code


def test_roles_of_fellowship_and_roles_without_source_have_no_hash() -> None:
    """Built-in readings have a version instead."""
    namespace: dict[str, Any] = {"Agent": Agent, "__name__": "typed_into_a_shell"}
    exec("from pydantic import BaseModel\nclass Note(BaseModel): ...\nclass Typed(Agent[Note]): ...", namespace)

    assert role_hash(Judge) is None
    assert role_hash(namespace["Typed"]) is None


def test_settings_that_a_run_did_not_record_are_not_compared() -> None:
    """Whatever they are now."""
    now = {"scenario": "counted", "scenario_digest": "1", "role_digests": {"Counter": "2"}, "reading_version": 3}

    assert changed_settings(orjson.dumps({"scenario": "counted"}).decode(), now) == []
    assert changed_code(orjson.dumps({**now, "scenario": "other"}).decode(), now) == []
    assert changed_code(
        orjson.dumps({"scenario_digest": "2", "role_digests": {"Counter": "3"}, "reading_version": 2}).decode(), now
    ) == [
        "the code of the scenario was changed",
        "the code of the role Counter was changed",
        "its replies were read by another version of fellowship (reading 2, now 3)",
    ]


REFUSAL = "            raise UnreadableReply('missing', 'n', 'expected one number')\n"
Start = Callable[..., Ran]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """`fellowship run` with this text as the script, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("shared.py").write_text(SHARED)

    def started(text: str, *options: str) -> Ran:
        Path("script.py").write_text(text)
        return run_in_process("run", "script.py", *options)

    return started


STRICT = (
    SCRIPT.replace("import re\n", "import re\nfrom fellowship.agents.reading import UnreadableReply\n")
    .replace("        return Size(", "        if ' or ' in completion.text:\n" + REFUSAL + "        return Size(")
    .replace('lambda request: "7 or 12"', 'lambda request: "7 or 12" if request.attempt == 1 else "9"')
)
EDITED = SCRIPT.replace('r"\\d+"', 'r"\\d+$"')


def test_an_edited_parser_stops_a_second_start(start: Start) -> None:
    """With one line, and nothing is asked."""
    first = start(SCRIPT)

    second = start(EDITED)

    assert (first.code, first.out) == (0, "7 7 7 asked 3\n")
    assert (second.code, second.out) == (2, "")
    assert second.err == (
        "fellowship: the run in runs/counted was started with different settings: the code of the role Counter was "
        "changed; restore them, continue with --accept-changes (recorded replies are read again, and only requests "
        "that differ are asked), start over with --fresh, or choose another folder with --out\n"
    )


def test_accepted_code_reads_the_recorded_replies_again(start: Start) -> None:
    """All of them; requests that are the same are not made again. The next start needs no option."""
    start(SCRIPT)

    accepted = start(EDITED, "--accept-changes")
    again = start(EDITED)

    assert (accepted.code, accepted.out) == (0, "12 12 12 asked 0\n")
    assert (again.code, again.out) == (0, "12 12 12 asked 0\n")


def test_accepted_code_asks_for_repairs_of_what_it_cannot_read(start: Start) -> None:
    """Only of that: here of every reply, once."""
    start(SCRIPT)
    accepted = start(STRICT, "--accept-changes")

    assert (accepted.code, accepted.out) == (0, "9 9 9 asked 3\n")
    assert queried(
        Path("runs/counted"), "SELECT attempt, completion FROM asks WHERE conversation = 'c00001' ORDER BY 1"
    ) == [
        (1, "7 or 12"),
        (2, "9"),
    ]


def test_accepted_code_reads_what_was_unreadable(start: Start) -> None:
    """The repairs that were asked for are of no use any more."""
    first = start(STRICT)

    accepted = start(SCRIPT, "--accept-changes")

    assert first.out == "9 9 9 asked 6\n"
    assert accepted.out == "7 7 7 asked 0\n"


def test_verify_runs_the_edited_code_and_says_that_it_is_another(start: Start) -> None:
    """So do forks; neither is refused."""
    start(SCRIPT)
    Path("script.py").write_text(EDITED)

    verified = run_in_process("verify", "runs/counted")
    forked = run_in_process("fork", "runs/counted/c00001@2")

    assert verified.code == 4
    assert verified.out.endswith("3 conversations, 3 recorded replies: 3 differences\n")
    assert verified.err == "fellowship: since the run was started, the code of the role Counter was changed\n"
    assert forked.code == 0
    assert forked.err.startswith("fellowship: since the run was started, the code of the role Counter was changed\n")


def test_a_run_that_recorded_no_code_goes_on_and_records_it(start: Start) -> None:
    """From then on it is compared."""
    start(SCRIPT)
    forget_code(Path("runs/counted"))

    continued = start(EDITED)
    refused = start(SCRIPT)

    assert (continued.code, continued.out) == (0, "7 7 7 asked 0\n")
    assert refused.code == 2
    assert "the code of the role Counter was changed" in refused.err


def forget_code(folder: Path) -> None:
    """As a run that was started before roles' code was recorded."""
    config = orjson.loads(queried(folder, "SELECT value FROM run WHERE key = 'config'")[0])
    del config["role_digests"], config["own_code"], config["reading_version"]
    with closing(sqlite3.connect(folder / "journal.sqlite")) as connection, connection:
        connection.execute("UPDATE run SET value = ? WHERE key = 'config'", [orjson.dumps(config).decode()])
