"""What holds for every test: no network but this machine's own, no settings or keys from outside, no deadlines."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

settings.register_profile("fellowship", deadline=None, derandomize=True)
settings.load_profile("fellowship")

CONNECTING = ("connect", "connect_ex")
RESOLVING = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails, whatever the code under test makes of the error."""
    for name in CONNECTING:
        monkeypatch.setattr(socket.socket, name, _guarded_connect(getattr(socket.socket, name)))
    for name in RESOLVING:
        monkeypatch.setattr(socket, name, _guarded_lookup(getattr(socket, name)))


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither the settings nor the keys of whoever runs the tests, nor what programs remember of them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))
    for name in list(os.environ):
        if name.startswith("FELLOWSHIP_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Logging that a run or the command set up goes with the test that did it, as do the streams it writes to."""
    yield
    structlog.reset_defaults()


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
