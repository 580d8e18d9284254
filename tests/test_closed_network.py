"""The suite's own safety: no test reaches another machine, uses a key or keeps another test's logging."""

import asyncio
import os
import socket

import pytest
import structlog


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 443), ("2001:db8::1", 80)])
def test_another_machine_is_out_of_reach(address: tuple[str, int]) -> None:
    """By number and by name; the failure is none that code under test could take for a server's."""
    with pytest.raises(pytest.fail.Exception, match="the network is closed in tests"):
        socket.create_connection(address, timeout=1)


def test_asyncio_is_no_way_around_it() -> None:
    """It connects by the same sockets."""
    with pytest.raises(pytest.fail.Exception, match="the network is closed in tests"):
        asyncio.run(asyncio.open_connection("192.0.2.1", 80))


def test_this_machine_can_be_reached() -> None:
    """Servers of the tests' own live here."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=1) as connection,
    ):
        assert connection.getpeername() == server.getsockname()


def test_no_settings_or_keys_come_from_outside() -> None:
    """Whoever runs the tests."""
    assert not [name for name in os.environ if name.startswith("FELLOWSHIP_") or name.endswith("_API_KEY")]


def test_logging_starts_as_it_comes() -> None:
    """Nobody's streams are left over."""
    assert not structlog.is_configured()
