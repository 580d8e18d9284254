"""Settings where they count: in runs, evaluators, providers and the command."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.providers.catalog import SERVERS
from fellowship.providers.server import Server
from fellowship.runners.overrides import Overrides, current_overrides, overriding
from fellowship.runners.run import arun
from fellowship.scenarios.answer import answer
from fellowship.settings import environment
from fellowship.settings.settings import ProviderSettings, Settings, configured_servers
from fellowship.studies.evaluator_spec import parse_evaluator
from fellowship.testing import ScriptedProvider
from tests.cli.kit import run_in_process
from tests.runners.kit import jumping
from tests.servers import Serve

ALIASES = "[aliases]\nfast = 'fake/fast'\n"
SCRIPT = (
    "from fellowship import Generator, run\n"
    "from fellowship.scenarios import answer\n"
    "run(answer, prompts=['Why?'], out='there', generator=Generator(), quiet=True)\n"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def told(request: Request) -> str:
    """An answer of any model."""
    return "Because."


def models_asked(generator: Generator, **options: Any) -> list[str]:
    """The models that answering one prompt asks."""
    provider = ScriptedProvider(told)
    given = {"prompts": ["Why?"], "out": ":memory:", "quiet": True, **options}
    jumping(arun(answer, generator=generator, providers={"fake": provider}, **given))
    return [request.model for request in provider.requests]


def test_agents_without_a_model_get_the_one_of_the_settings() -> None:
    """Those that have one keep it."""
    Path("fellowship.toml").write_text(f"model = 'fast'\n{ALIASES}")

    assert models_asked(Generator()) == ["fake/fast"]
    assert models_asked(Generator("fake/own")) == ["fake/own"]


def test_an_alias_may_stand_wherever_a_model_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the script, on the command line, in the environment."""
    Path("fellowship.toml").write_text(ALIASES)

    script = models_asked(Generator("fast"))
    with overriding(Overrides(default_model="fast")):
        default_model = models_asked(Generator("fake/own"))
    with overriding(Overrides(models={"generator": "fast"})):
        role = models_asked(Generator("fake/own"))
    monkeypatch.setenv("FELLOWSHIP_MODEL", "fast")

    assert script == default_model == role == models_asked(Generator("fake/own")) == ["fake/fast"]


def test_the_resolved_model_is_written_down_and_compared() -> None:
    """An alias that means something else is a change; limits, prices and concurrency are none."""
    Path("fellowship.toml").write_text(ALIASES)
    models_asked(Generator("fast"), out="there")

    Path("fellowship.toml").write_text(
        f"concurrency = 3\n{ALIASES}[limits.fake]\nrpm = 7\n[prices.fast]\ninput = 1\noutput = 1\nas_of = 2026-11-01"
    )
    again = models_asked(Generator("fast"), out="there")
    Path("fellowship.toml").write_text(ALIASES.replace("fake/fast", "fake/slow"))
    with pytest.raises(ConfigurationError) as caught:
        models_asked(Generator("fast"), out="there")

    assert again == []
    assert tomllib.loads(Path("there/config.resolved.toml").read_text())["agents"]["generator"]["model"] == "fake/fast"
    assert str(caught.value).startswith(
        "the run in there was started with different settings: agents.generator.model was "
    )


@pytest.mark.parametrize(
    ("command", "variable", "script", "file", "at_once"),
    [
        (1, "2", 3, 4, 1),
        (None, "2", 3, 4, 2),
        (None, "", 3, 4, 3),
        (None, "", None, 4, 4),
        (None, "", None, None, 6),
    ],
    ids=["command line", "environment", "script", "file", "default"],
)
def test_who_goes_first(
    command: int | None,
    variable: str,
    script: int | None,
    file: int | None,
    at_once: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Command line, FELLOWSHIP_*, script, file, default: here of how many conversations are under way at once."""
    under_way: set[str] = set()
    most = 0

    async def counted(talk: Any, prompt: Any, *, generator: Generator) -> Any:
        nonlocal most
        under_way.add(talk.id)
        most = max(most, len(under_way))
        draft = await talk.ask(generator, prompt)
        under_way.remove(talk.id)
        return draft

    monkeypatch.setenv("FELLOWSHIP_CONCURRENCY", variable)
    Path("fellowship.toml").write_text(f"concurrency = {file}" if file else "")
    prompts = [f"Why {number}?" for number in range(6)]
    with overriding(Overrides(concurrency=command)):
        run = arun(
            counted,
            prompts=prompts,
            out=":memory:",
            quiet=True,
            concurrency=script,
            providers={"fake": ScriptedProvider(told)},
            generator=Generator("fake/any"),
        )
        jumping(run)

    assert most == at_once


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "true", "9" * 10])
def test_concurrency_of_the_environment_is_a_whole_number(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 1."""
    monkeypatch.setenv("FELLOWSHIP_CONCURRENCY", value)

    with pytest.raises(ConfigurationError) as caught:
        current_overrides()

    assert str(caught.value) == f"FELLOWSHIP_CONCURRENCY is {value!r}; expected a whole number of at least 1"


def test_variables_that_nothing_reads_are_named_without_their_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the nearest that is known; those that hold keys of own servers are read."""
    for name in ("FELLOWSHIP_MODLE", "FELLOWSHIP_X", "FELLOWSHIP_LAB_KEY", "FELLOWSHIP_MODEL"):
        monkeypatch.setenv(name, "canary")

    assert environment.unknown_variables({"FELLOWSHIP_LAB_KEY"}) == [
        "the environment variable FELLOWSHIP_MODLE has no effect; did you mean FELLOWSHIP_MODEL?",
        "the environment variable FELLOWSHIP_X has no effect; "
        "the known ones are FELLOWSHIP_MODEL, FELLOWSHIP_CONCURRENCY, FELLOWSHIP_CONFIG",
    ]


def test_evaluators_may_have_names() -> None:
    """Their models may be aliases, as in those that are written out."""
    settings = Settings(
        aliases={"fast": "fake/fast"}, evaluators={"house": "jury:fast+fake/b,rule=majority", "bad": "judge:a,x=1"}
    )

    house: Any = parse_evaluator("house", settings=settings)
    judge: Any = parse_evaluator("judge:fast", settings=settings)

    assert [juror.model for juror in house.keywords["jurors"]] == ["fake/fast", "fake/b"]
    assert judge.keywords["judge"].model == "fake/fast"
    with pytest.raises(ConfigurationError, match=r"; did you mean 'house', which the settings name\?$"):
        parse_evaluator("hose", settings=settings)
    with pytest.raises(ConfigurationError, match=r"^evaluator 'judge:a,x=1': option 'x=1'; expected one of strategy"):
        parse_evaluator("bad", settings=settings)


def test_own_servers_are_servers() -> None:
    """What is not set for a provider of ours stays as it is."""
    lab = ProviderSettings(base_url="http://gpu7/v1", key_variable="LAB_KEY", form="azure", timeout=5)
    servers = configured_servers(Settings(providers={"lab": lab, "groq": ProviderSettings(connect_timeout=3)}))

    assert servers["lab"] == Server("http://gpu7/v1", ("LAB_KEY",), form="azure", dialect="openai", timeout_s=5)
    assert (servers["groq"].base_url, servers["groq"].key_variables) == (SERVERS["groq"].base_url, ("GROQ_API_KEY",))
    assert (servers["groq"].connect_timeout_s, servers["groq"].timeout_s) == (3, SERVERS["groq"].timeout_s)


@pytest.mark.slow
def test_the_command_asks_an_own_server(tmp_path: Path, serve: Serve) -> None:
    """`fellowship run --config FILE --model ROLE=ALIAS`, and its key is wanted."""
    (tmp_path / "script.py").write_text(SCRIPT)
    arguments = ("run", "script.py", "--config", "mine.toml", "--model", "generator=fast")
    server = serve()
    (tmp_path / "mine.toml").write_text(
        f"[providers.lab]\nbase_url = '{server.base_url}'\nkey_variable = 'LAB_KEY'\n[aliases]\nfast = 'lab/x'\n"
    )
    without = run_in_process(*arguments, cwd=tmp_path)
    ran = run_in_process(*arguments, cwd=tmp_path, environment={"LAB_KEY": "canary", "FELLOWSHIP_CONFG": "canary"})
    asked = server.stats()["requests"]

    assert (without.code, without.err) == (2, "fellowship: lab/x needs the environment variable LAB_KEY; set it\n")
    assert (ran.code, asked) == (0, 1), ran.err
    assert "the environment variable FELLOWSHIP_CONFG has no effect; did you mean FELLOWSHIP_CONFIG?\n" in ran.err
    assert 'model = "lab/x"' in (tmp_path / "there/config.resolved.toml").read_text()
    assert "canary" not in ran.err + ran.out


def test_settings_that_are_not_valid_stop_the_command_before_the_script(
    tmp_path: Path,
) -> None:
    """One line, exit code 2."""
    (tmp_path / "script.py").write_text("raise SystemExit(7)")
    (tmp_path / "mine.toml").write_text("modle = 'sim/mid'")

    ran = run_in_process("run", "script.py", "--config", "mine.toml")

    assert (ran.code, ran.err) == (2, "fellowship: mine.toml:1: unknown key 'modle'; did you mean 'model'?\n")


def test_list_tells_what_the_settings_name(tmp_path: Path) -> None:
    """Own providers, aliases, evaluators, each where its kind is listed."""
    (tmp_path / "fellowship.toml").write_text(
        "[providers.lab]\nbase_url = 'http://gpu7/v1'\n[aliases]\nfast = 'lab/x'\n[evaluators]\nhouse = 'judge:fast'"
    )

    lines = [line.split() for line in run_in_process("list").out.splitlines()]

    assert ["lab", "http://gpu7/v1", "no", "key"] in lines
    assert ["fast", "lab/x"] in lines
    assert ["house", "judge:fast"] in lines


def test_evaluators_of_the_working_directory_need_no_settings_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fellowship.toml").write_text(
        '[aliases]\nfast = "fake/fast"\n[evaluators]\nhouse = "jury:fast+fake/b"\n'
    )
    monkeypatch.chdir(tmp_path)

    house: Any = parse_evaluator("house")

    assert [juror.model for juror in house.keywords["jurors"]] == ["fake/fast", "fake/b"]
