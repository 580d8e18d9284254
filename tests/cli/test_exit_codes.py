"""Every exit code of `fellowship run`; what stopped goes on, and nothing is asked twice."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.kit import run_in_process
from tests.refusing import refusing
from tests.runners.processes import ASKS, bodies, run_to_end, settled, write_script
from tests.servers import Serve

pytestmark = pytest.mark.slow

N = 4
ALL = N * ASKS
PRICES = "".join(
    f'[prices."openai/{model}"]\ninput = 1\noutput = 1\nas_of = 2026-11-01\n' for model in ("mid", "strong")
)
SAFE = r"[1-9]\d* replies are safe; the same command with a larger one continues the run in .*/run"
KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "sim": ("sim", {}),
    "keyed": ("sim", {"key": "right"}),
    "gibberish": ("gibberish", {}),
}
Prepare = Callable[[Path], None]


def nothing(work: Path) -> None:
    """All is as it is."""


def with_a_bug(work: Path) -> None:
    """The script fails before it runs anything."""
    (work / "script.py").write_text("1 / 0\n")


def without_prompts(work: Path) -> None:
    """The script names a file that is not there."""
    (work / "prompts.jsonl").unlink()


def with_prices(work: Path) -> None:
    """A budget can be kept."""
    (work / "fellowship.toml").write_text(PRICES)


@dataclass(frozen=True)
class Case:
    """A command on a server: its exit code, the last line it says, and with what else it comes to its end."""

    code: int
    told: str
    options: tuple[str, ...] = ()
    server: str = "sim"
    prepare: Prepare = nothing
    variables: dict[str, str] = field(default_factory=dict)
    then: tuple[str, ...] | None = None
    then_variables: dict[str, str] = field(default_factory=dict)


KEYED, RIGHT = {"OPENAI_API_KEY": "outdated"}, {"OPENAI_API_KEY": "right"}
CASES = {
    "all is well": Case(0, "", then=()),
    "a bug in the script": Case(
        1, r"fellowship: the script script\.py failed: ZeroDivisionError: division by zero", prepare=with_a_bug
    ),
    "an unknown option": Case(2, r"fellowship run: unrecognized arguments: --depth 3; see .*", ("--depth", "3")),
    "no prompts": Case(2, r"fellowship: prompts\.jsonl: no such file; .*", prepare=without_prompts),
    "no key": Case(
        2,
        r"fellowship: openai/mid needs the environment variable OPENAI_API_KEY; .*",
        variables={"OPENAI_BASE_URL": ""},
    ),
    "a key refused at the first call": Case(
        *(2, r"fellowship: openai at .* refuses the key \(401\): .*; check the environment variable OPENAI_API_KEY"),
        server="keyed",
        variables=KEYED,
        then=(),
        then_variables=RIGHT,
    ),
    "failures": Case(
        *(3, r"fellowship: 4 of 4 conversations failed, 3 allowed; the first: c00000: .*", ("--max-failures", "3")),
        server="gibberish",
        then=("--max-failures", "4"),
    ),
    "calls spent": Case(5, rf"fellowship: .*; {SAFE}", ("--max-calls", "7"), then=("--max-calls", str(ALL))),
    "money spent": Case(
        5, rf"fellowship: .*; {SAFE}", ("--budget", "0.006"), prepare=with_prices, then=("--budget", "10")
    ),
    "a key refused later": Case(
        5,
        r"fellowship: openai at .* refuses the key \(401\): 'no such key: \[key\]'; check the environment variable "
        r"OPENAI_API_KEY; 9 replies are safe; the same command continues the run in .*/run",
        server="refusing",
        variables=KEYED,
        then=(),
        then_variables=RIGHT,
    ),
}


@contextmanager
def serving(kind: str, serve: Serve) -> Iterator[Any]:
    """A server of the kind that a case names."""
    if kind == "refusing":
        with refusing("outdated", after=9) as server:
            yield server
    else:
        answers, key = KINDS[kind]
        yield serve(answers, **key)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_every_end_of_a_run_has_its_exit_code(case: Case, serve: Serve, tmp_path: Path) -> None:
    """And one line that says why; where there is a way on, it ends with 0 and every reply was asked for once."""
    write_script(tmp_path, N, concurrency=2)
    case.prepare(tmp_path)
    folder = tmp_path / "run"

    with serving(case.server, serve) as server:
        code, said = run_to_end(tmp_path, folder, server, *case.options, variables=case.variables)

        assert code == case.code, said
        assert re.fullmatch(case.told, said.splitlines()[-1] if said else "")
        assert said.count("\n") <= 1 or code == 1
        if case.then is None:
            return
        assert run_to_end(tmp_path, folder, server, *case.then, variables=case.then_variables) == (0, "")
        assert settled(server) == bodies(folder)


def test_changed_settings_are_refused_and_those_of_before_go_on(serve: Serve, tmp_path: Path) -> None:
    """2, with what has changed; nothing was asked for it."""
    write_script(tmp_path, N, concurrency=2)
    server, folder = serve("sim"), tmp_path / "run"
    first = run_to_end(tmp_path, folder, server, "--max-calls", "7")

    code, said = run_to_end(tmp_path, folder, server, "--seed", "5")
    again = run_to_end(tmp_path, folder, server)

    assert first[0] == 5
    assert code == 2
    assert said.startswith(
        f"fellowship: the run in {folder} was started with different settings: seed was 0, is 5; restore them, "
    )
    assert said.count("\n") == 1
    assert again == (0, "")
    assert settled(server) == bodies(folder)


def test_a_changed_template_is_told_by_verify(serve: Serve, tmp_path: Path) -> None:
    """0 before, 4 afterwards, and nothing is asked."""
    write_script(tmp_path, N, concurrency=2)
    server, folder, script = serve("sim"), tmp_path / "run", tmp_path / "script.py"
    address = {"OPENAI_BASE_URL": server.base_url}
    run_to_end(tmp_path, folder, server)
    before = settled(server)

    same = run_in_process("verify", folder, cwd=tmp_path, environment=address)
    script.write_text(script.read_text().replace('"openai/mid"', '"openai/mid", instructions="Be brief."'))
    changed = run_in_process("verify", folder, cwd=tmp_path, environment=address)

    assert (same.code, same.out) == (0, f"{N} conversations, {ALL} recorded replies: 0 differences\n")
    assert (changed.code, changed.err) == (4, "")
    assert changed.out.endswith(f"{N} conversations, {ALL} recorded replies: {N * 3} differences\n")
    assert settled(server) == before
