"""What a person is told when a provider cannot be used: one line that names it, the variable, and the next step."""

from pathlib import Path

import pytest

from fellowship.testing.server import StartedServer
from tests.cli.kit import run_in_process
from tests.servers import Serve

SCRIPT = """
from fellowship import Generator, run
from fellowship.scenarios import answer

run(answer, prompts=["Why?"], generator=Generator("openai/mid"), quiet=True)
"""


@pytest.fixture
def server(serve: Serve) -> StartedServer:
    """One that wants a key and knows one model."""
    return serve("sim", key="right", models="mid")


def ask(folder: Path, base_url: str, *options: str, **variables: str) -> tuple[int, str]:
    """The exit code, and the last line on standard error."""
    (folder / "script.py").write_text(SCRIPT)
    environment = {"OPENAI_BASE_URL": base_url, **variables}
    ran = run_in_process("run", "script.py", *options, cwd=folder, environment=environment)
    assert "Traceback" not in ran.err
    return ran.code, ran.err.splitlines()[-1]


@pytest.mark.slow
def test_a_refused_key_names_its_variable(server: StartedServer, tmp_path: Path) -> None:
    """At the very first call, so nothing is lost: exit code 2. The key is not shown."""
    code, told = ask(tmp_path, server.base_url, OPENAI_API_KEY="wrong-canary")

    assert code == 2
    assert told.endswith(
        "refuses the key (401): 'the key is not accepted'; check the environment variable OPENAI_API_KEY"
    )
    assert "wrong-canary" not in told


@pytest.mark.slow
def test_an_unknown_model_is_named(server: StartedServer, tmp_path: Path) -> None:
    """The conversations have failed: exit code 3."""
    code, told = ask(tmp_path, server.base_url, "--model", "openai/nobody", OPENAI_API_KEY="right")

    assert code == 3
    assert "does not know the model 'nobody' (404): 'there is no model nobody'; check its name and the base URL" in told


@pytest.mark.slow
def test_a_base_url_that_is_no_llm_server_is_said_to_be_none(tmp_path: Path, serve: Serve) -> None:
    """It answers with a web page."""
    page = serve("garbage")
    code, told = ask(tmp_path, page.base_url)

    assert code == 3
    assert "answered with something that is not JSON: '<html>" in told
    assert told.endswith("check that the base URL is that of an LLM server (after 5 attempts)")


@pytest.mark.slow
def test_a_request_larger_than_the_limit_names_the_limit(server: StartedServer, tmp_path: Path) -> None:
    """And the file in which it stands."""
    (tmp_path / "fellowship.toml").write_text("[limits.openai]\nitpm = 1\n")

    code, told = ask(tmp_path, server.base_url, OPENAI_API_KEY="right")

    assert code == 3
    assert "more than the 1 input tokens per minute of openai at http://127.0.0.1" in told
    assert told.endswith("or correct itpm in fellowship.toml if the limit is higher")


@pytest.mark.slow
def test_an_unknown_provider_gets_the_nearest_name(tmp_path: Path) -> None:
    """Before anything is asked: exit code 2."""
    code, told = ask(tmp_path, "http://127.0.0.1:9/v1", "--model", "opnai/gpt-4o")

    assert code == 2
    assert told.startswith("fellowship: unknown provider 'opnai' in the model 'opnai/gpt-4o'; did you mean")


@pytest.mark.slow
@pytest.mark.parametrize(("command", "name"), [("run", "lab"), ("plan", "house")])
def test_a_server_that_wants_a_key_of_which_the_settings_say_nothing(
    server: StartedServer, tmp_path: Path, command: str, name: str
) -> None:
    """The line names the setting; with it, the same command works."""
    text = SCRIPT.replace("openai/mid", f"{name}/mid").replace('["Why?"]', '["Why?", "How?"]')
    (tmp_path / "script.py").write_text(text)
    settings = tmp_path / "fellowship.toml"
    settings.write_text(f'[providers.{name}]\nbase_url = "{server.base_url}"\n')
    arguments = (command, "script.py", *(("--pilot", 2) if command == "plan" else ()))
    refused = run_in_process(*arguments, cwd=tmp_path)
    settings.write_text(f'{settings.read_text()}key_variable = "HOUSE_KEY"\n')
    done = run_in_process(*arguments, cwd=tmp_path, environment={"HOUSE_KEY": "right"})

    assert refused.code == 2
    assert refused.err.splitlines()[-1].endswith(
        "refuses requests without a key (401): 'the key is not accepted'; name the environment variable with the key "
        f"as key_variable under [providers.{name}] of fellowship.toml (api_key=... in Python)"
    )
    assert (done.code, server.stats()["requests"] >= 2) == (0, True), done.err
