"""The simulated server in a child process, for tests and benchmarks; the command for users is `fellowship serve-sim`.

    python -m fellowship.testing.server --answers sim --port 0

prints one line `{"port": ..., "pid": ...}` when it listens on 127.0.0.1, and ends on SIGTERM or when its standard input
closes, so that a killed test leaves no process behind. `GET /stats` returns its counts; `POST /reset` sets them to 0
and, with a JSON list of options as its body, replaces the behaviour.
"""

import argparse
import asyncio
import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import orjson
from aiohttp import web

from fellowship.formatting.json_lines import print_json
from fellowship.protocols.errors import ConfigurationError
from fellowship.testing.server_options import add_server_options, server_config
from fellowship.testing.simulated_server import ServerConfig, SimulatedServer, body_digest

__all__ = ["StartedServer", "body_digest", "serve", "started"]


@dataclass(frozen=True, slots=True)
class StartedServer:
    """A server that runs in a child process."""

    port: int
    pid: int

    @property
    def base_url(self) -> str:
        """The base URL for a provider with the API of OpenAI."""
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self) -> dict[str, Any]:
        """The counts so far, as `SimulatedServer.stats` describes them."""
        stats: dict[str, Any] = orjson.loads(self._sent("GET", "/stats"))
        return stats

    def reset(self, answers: str = "canned", **options: float | str | bool) -> None:
        """Make it a new server: no counts, and the behaviour that `started` gives with these arguments.

        Requests in progress end under the old behaviour. ValueError for options that the server refuses.
        """
        self._sent("POST", "/reset", orjson.dumps(_flags(answers, options)))

    def _sent(self, method: str, path: str, body: bytes = b"") -> bytes:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body)
            response = connection.getresponse()
            text = response.read()
        if response.status != 200:
            raise ValueError(f"the server refuses {body.decode()}: {text.decode()}")
        return text


@contextmanager
def started(answers: str = "canned", **options: float | str | bool) -> Iterator[StartedServer]:
    """A server in a child process until the block ends; options as of `fellowship serve-sim`."""
    child = subprocess.Popen(
        [sys.executable, "-m", "fellowship.testing.server", *_flags(answers, options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],  # where the package can be imported from, installed or not
    )
    with child:
        try:
            line = child.stdout.readline() if child.stdout else b""
            if not line:
                raise RuntimeError(f"the server ended with exit code {child.wait()} before it listened")
            yield StartedServer(**orjson.loads(line))
        finally:
            child.terminate()


def _flags(answers: str, options: Mapping[str, float | str | bool]) -> list[str]:
    flags = {f"--{name.replace('_', '-')}": value for name, value in {"answers": answers, **options}.items()}
    return [flag if value is True else f"{flag}={value}" for flag, value in flags.items()]


async def serve(config: ServerConfig, port: int, *, ready: Callable[[int], None], ends_with_input: bool) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT; ConfigurationError if the port is not available."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    served = SimulatedServer(config)

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal served
        if request.path != "/reset" or not (options := await request.read()):
            return await served.handle(request)
        parser = _RaisingParser(add_help=False)
        add_server_options(parser, answers="canned")
        try:
            served = SimulatedServer(server_config(parser.parse_args(orjson.loads(options))))
        except (ConfigurationError, orjson.JSONDecodeError) as error:
            return web.Response(status=400, text=str(error))
        return web.json_response({})

    server = web.Server(handle, access_log=None, handler_cancellation=True)  # a request ends with its client
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
        except (OSError, OverflowError) as error:
            number = error.errno if isinstance(error, OSError) else None
            reason = os.strerror(number) if number else "expected 0 to 65535"
            raise ConfigurationError(f"port {port} of 127.0.0.1 cannot be used: {reason}") from error
        ready(runner.addresses[0][1])
        if ends_with_input:
            threading.Thread(target=_stop_at_end_of_input, args=(loop, stop), daemon=True).start()
        await stop.wait()
    finally:
        await runner.cleanup()


class _RaisingParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(message)


def _stop_at_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def server_main() -> None:
    """Parse the options and serve until the server is stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m fellowship.testing.server", description=(__doc__ or "").split("\n")[0]
    )
    add_server_options(parser, answers="canned")
    options = parser.parse_args()

    def ready(port: int) -> None:
        print_json({"port": port, "pid": os.getpid()})

    try:
        asyncio.run(serve(server_config(options), options.port, ready=ready, ends_with_input=True))
    except ConfigurationError as error:
        parser.error(str(error))


if __name__ == "__main__":
    server_main()
