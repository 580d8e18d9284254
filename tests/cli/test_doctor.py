"""`fellowship doctor`: keys, settings, servers on this machine, and one line for each."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fellowship.cli.local_servers import probe_servers
from fellowship.providers.catalog import on_loopback
from tests.cli.kit import Ran, run_in_process
from tests.servers import Serve

NOWHERE = {
    "OLLAMA_HOST": "http://127.0.0.1:9",
    "VLLM_BASE_URL": "http://127.0.0.1:9/v1",
    "LMSTUDIO_BASE_URL": "http://127.0.0.1:9/v1",
    "LLAMACPP_BASE_URL": "http://127.0.0.1:9/v1",
}


def doctor(folder: Path, *arguments: object, **environment: str) -> Ran:
    """The command in a folder, as a child process, on a machine without servers."""
    return run_in_process("doctor", *arguments, cwd=folder, environment={"HOME": str(folder), **NOWHERE, **environment})


def finding(ran: Ran, name: str) -> tuple[str, str]:
    """State and advice of what has that name."""
    return next((line["state"], line["advice"]) for line in ran.lines if line["name"] == name)


@contextmanager
def answering(body: bytes, *, status: int = 200, at: str = "") -> Iterator[str]:
    """The base URL of a server that answers the same to every GET, or 404 to all paths but one."""

    class Same(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path.endswith(at) else 404)
            self.end_headers()
            self.wfile.write(body if self.path.endswith(at) else b"not here")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Same) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def listening(greeting: bytes = b"") -> Iterator[str]:
    """The base URL of something that accepts connections; it says the greeting to each, or nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            for _ in range(2 if greeting else 0):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(10_000)
                    connection.sendall(greeting)

        thread = threading.Thread(target=greet)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        thread.join()


@pytest.mark.slow
def test_keys_are_set_or_unset_and_never_shown(tmp_path: Path) -> None:
    """With what is wrong around them."""
    ran = doctor(
        tmp_path,
        "--json",
        OPENAI_API_KEY="sk-canary",
        GROQ_API_KEY=" sk-canary\n",
        MISTRAL_API_KEY="'sk-canary'",
        TOGETHER_API_KEY=" ",
    )

    assert ran.code == 0
    assert finding(ran, "OPENAI_API_KEY") == ("set", "use openai/MODEL")
    assert finding(ran, "GROQ_API_KEY") == (
        "set, with white space at the beginning or the end",
        "the white space is ignored; export it without",
    )
    assert finding(ran, "MISTRAL_API_KEY") == (
        "set, with quotes at the beginning or the end",
        "export it without the quotes",
    )
    assert finding(ran, "TOGETHER_API_KEY") == ("unset", "export it to use together/MODEL")
    assert "canary" not in ran.out + ran.err


@pytest.mark.slow
def test_settings_and_servers_are_told_in_columns(tmp_path: Path, serve: Serve) -> None:
    """What the file defines, own servers as those of ours, and variables without effect."""
    server = serve()
    (tmp_path / "fellowship.toml").write_text(
        f"model = 'lab/any'\n[providers.lab]\nbase_url = '{server.base_url}'\nkey_variable = 'LAB_KEY'\n"
        "[aliases]\nfast = 'lab/any'\n"
    )
    ran = doctor(tmp_path, FELLOWSHIP_MODLE="sk-canary")

    lines = ran.out.splitlines()
    columns = {line.split()[1]: line.split(maxsplit=2)[2] for line in lines[:-1]}
    place = tmp_path / "fellowship.toml"
    assert (ran.code, ran.err) == (0, "")
    assert columns["fellowship.toml"] == f"{place} is valid: model lab/any; providers lab; aliases fast"
    assert columns["LAB_KEY"] == "unset; export it to use lab/MODEL"
    assert columns["lab"] == f"{server.base_url} running, with weak, mid, strong and 6 more; use lab/MODEL"
    assert columns["vllm"] == "http://127.0.0.1:9/v1 not running"
    assert columns["FELLOWSHIP_MODLE"] == "set, without effect; did you mean FELLOWSHIP_MODEL?"
    assert len({line.index(line.split(maxsplit=2)[2]) for line in lines[:6]}) == 1
    assert "canary" not in ran.out


@pytest.mark.slow
def test_settings_that_are_not_valid_are_to_be_done(tmp_path: Path) -> None:
    """Exit code 2, and the rest is told all the same."""
    (tmp_path / "fellowship.toml").write_text("concurrency = 0")

    ran = doctor(tmp_path)

    problem = "fellowship.toml:1: concurrency is 0; expected a whole number of at least 1"
    assert ran.code == 2
    assert f"{tmp_path}/fellowship.toml is NOT valid; {problem}\n" in ran.out
    assert ran.out.endswith(f"\nto do: {problem}\n")
    assert "OPENAI_API_KEY" in ran.out


BODIES = {
    "openai": (b'{"data": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}]}', "running, with a, b, c and 1 more"),
    "ollama": (b'{"models": [{"name": "llama3.1:8b"}]}', "running, with llama3.1:8b"),
    "no model": (b'{"data": []}', "running, without a model"),
    "hostile": (b'{"data": [{"id": "a\\u001b[31m\\nb"}]}', "running, with a\\x1b[31m b"),
}
NO_LLM = "a server listens there, but it is not an LLM server: "
OTHERS = {
    "page": (b"<html>welcome</html>", f"{NO_LLM}status 200, no list of models"),
    "other JSON": (b'["a"]', f"{NO_LLM}status 200, no list of models"),
    "number": (b"3", f"{NO_LLM}status 200, no list of models"),
    "names that are none": (b'{"data": [{"id": 3}]}', f"{NO_LLM}status 200, no list of models"),
}


@pytest.mark.parametrize(("body", "state"), [*BODIES.values(), *OTHERS.values()], ids=[*BODIES, *OTHERS])
def test_what_answers_is_told(body: bytes, state: str) -> None:
    """Up to three names of models, or that it is something else."""
    with answering(body) as url:
        answered = probe_servers({"it": url})["it"]

    assert (answered.state, answered.found) == (state, not state.startswith(NO_LLM))


def test_an_old_ollama_is_found() -> None:
    """It has its own list only."""
    with answering(b'{"models": [{"name": "llama2"}]}', at="/api/tags") as url:
        assert probe_servers({"ollama": url})["ollama"].state == "running, with llama2"


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_a_key_is_there(status: int) -> None:
    """It is not sent one."""
    with answering(b"no", status=status) as url:
        assert probe_servers({"it": url})["it"].state == "running, requires a key"


def test_other_protocols_are_no_llm_servers() -> None:
    """Such as a database's."""
    with listening(b"SSH-2.0-OpenSSH_9.6\r\n") as url:
        assert probe_servers({"it": url})["it"].state == f"{NO_LLM}it does not speak HTTP"


def test_all_servers_are_asked_side_by_side() -> None:
    """Eight that never answer take no longer than one."""
    with listening() as url:
        begun = time.perf_counter()
        answers = probe_servers({str(number): url for number in range(8)}, timeout_s=0.1)
        took = time.perf_counter() - begun

    assert {each.state for each in answers.values()} == {"a server listens there, but does not answer"}
    assert took < 0.7


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.1:1/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://gpu7:8000/v1", False),
        ("https://api.openai.com/v1", False),
        ("http://10.0.0.1/v1", False),
    ],
)
def test_only_servers_on_this_machine_are_asked(url: str, here: bool) -> None:
    """The network is left alone."""
    assert on_loopback(url) is here
