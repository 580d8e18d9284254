"""What holds for every test: no network but this machine's own, no settings or keys from outside, no deadlines."""

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

from fellowship.testing.server import StartedServer, started
from tests.demo import FinishedDemo, finished_demo
from tests.servers import Serve

settings.register_profile("fellowship", deadline=None, derandomize=True)
settings.load_profile("fellowship")

CONNECTING = ("connect", "connect_ex")
RESOLVING = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
# pytest-xdist sets COLUMNS, which rich prefers to the size of a terminal
TERMINAL_VARIABLES = ("CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
PROVIDER_VARIABLES = ("_API_KEY", "_BASE_URL", "OLLAMA_HOST")


@pytest.fixture(scope="session", autouse=True)
def _closed_network() -> Iterator[None]:
    """A test that reaches for another machine fails, whatever the code under test makes of the error."""
    with pytest.MonkeyPatch.context() as patch:
        for name in CONNECTING:
            patch.setattr(socket.socket, name, _guarded_connect(getattr(socket.socket, name)))
        for name in RESOLVING:
            patch.setattr(socket, name, _guarded_lookup(getattr(socket, name)))
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No settings, keys, state or terminal of the person or program that runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))
        for name in list(os.environ):
            if name in TERMINAL_VARIABLES or name.startswith("FELLOWSHIP_") or name.endswith(PROVIDER_VARIABLES):
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Resets the logging that a run or a command has configured in a test."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def server_process() -> Iterator[StartedServer]:
    """A simulated server in another process, for all tests of a worker; `serve` says how it behaves."""
    with started() as server:
        yield server


@pytest.fixture(scope="session")
def serve(server_process: StartedServer) -> Serve:
    """The shared server with the given behaviour and without counts: instead of a process for every test."""

    def reset(answers: str = "canned", **options: float | str | bool) -> StartedServer:
        shutil.rmtree(Path(os.environ["XDG_STATE_HOME"], "fellowship"), ignore_errors=True)  # its old limits
        server_process.reset(answers, **options)
        return server_process

    return reset


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> FinishedDemo:
    """`fellowship demo --seed 7`, once for all workers; tests that write use a copy of its folder."""
    temporary = tmp_path_factory.getbasetemp()
    shared = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary
    return finished_demo(shared / "demo")


def _guarded_connect(real: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            pytest.fail(f"the network is closed in tests, but something connects to {address!r}")
        return real(self, address)

    return connect


def _guarded_lookup(real: Any) -> Any:
    def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name.endswith(".invalid"):  # reserved: no such name exists anywhere
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if name is not None and not _is_here(name):
            pytest.fail(f"the network is closed in tests, but something looks up {name!r}")
        return real(host, *arguments, **options)

    return look_up


def _is_here(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
