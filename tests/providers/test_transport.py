"""Posts over kept connections: every form an answer may come in, and what happens to the connection afterwards."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from yarl import URL

from fellowship.protocols.sending import sending
from fellowship.providers.transport import DeadlineSweep, Transport
from tests.runners.kit import jumping

KEY = {"Authorization": "Bearer k"}
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PLAIN = OK + b"Content-Length: 2\r\nX-Request-Id: r1\r\n\r\n{}"
ZIPPED = gzip.compress(b"zipped")


class Script:
    """A server that answers the n-th request with the n-th entry; an entry of several parts is sent in as many writes.

    `connections` has, for each request, the number of the connection it came over; None ends a connection.
    """

    def __init__(self, *answers: tuple[bytes | None, ...]) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections: list[int] = []
        self.ended = asyncio.Event()
        self._n = 0
        self._n_open = 0
        self.idle = asyncio.Event()
        self.idle.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._n += 1
        self.idle.clear()
        self._n_open += 1
        number = self._n
        try:
            while head := await _head(reader):
                body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
                self.requests.append(head + body)
                self.connections.append(number)
                if not await self._answered(writer, self.answers.pop(0)):
                    return
        finally:
            self.ended.set()
            writer.close()
            self._n_open -= 1
            if not self._n_open:
                self.idle.set()

    async def _answered(self, writer: asyncio.StreamWriter, parts: tuple[bytes | None, ...]) -> bool:
        for part in parts:
            if part is None:
                return False
            writer.write(part)
            await writer.drain()
            for _ in range(20):  # turns of the loop which both sides share: the part is read before the next comes
                await asyncio.sleep(0)
        return True


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def a_transport(*, first_byte_s: float = 60.0, total_s: float = 60.0, headers: Mapping[str, str] = KEY) -> Transport:
    session = aiohttp.ClientSession(headers=headers)
    return Transport(session, first_byte_s=first_byte_s, total_s=total_s, proxy=None)


@asynccontextmanager
async def exchanging(script: Script, **options: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    url = URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/chat?api=1")
    transport = a_transport(**options)

    async def post(body: bytes = b"ask") -> Any:
        return await transport.post(url, body)

    try:
        yield post
    finally:
        await transport.close()
        server.close()
        await script.idle.wait()


def answers_of(script_of: Callable[[], Script], n: int = 1) -> tuple[list[Any], Script]:
    async def main() -> tuple[list[Any], Script]:
        script = script_of()
        async with exchanging(script) as post:
            return [await post() for _ in range(n)], script

    return asyncio.run(main())


FORMS: dict[str, tuple[tuple[bytes, ...], int, bytes]] = {
    "in one piece": ((OK + b"Content-Length: 4\r\n\r\ntext",), 200, b"text"),
    "body in pieces": ((OK + b"Content-Length: 4\r\n\r\n", b"te", b"xt"), 200, b"text"),
    "head in pieces": ((b"HTTP/1.", b"1 200 OK\r\nContent-Len", b"gth: 4\r\n\r\ntext"), 200, b"text"),
    "empty": ((OK + b"Content-Length: 0\r\n\r\n",), 200, b""),
    "chunked": ((CHUNKED + b"2\r\nte\r\n2\r\nxt\r\n0\r\n\r\n",), 200, b"text"),
    "chunks in pieces": (
        (CHUNKED + b"2\r\nte\r\n", b"2\r\nxt\r\n0\r\n\r\n"),
        200,
        b"text",
    ),
    "compressed": (
        (OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED,),
        200,
        b"zipped",
    ),
    "after an interim one": ((b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + PLAIN,), 200, b"{}"),
    "no reason phrase": ((b"HTTP/1.1 429\r\nContent-Length: 4\r\n\r\nslow",), 429, b"slow"),
    "an error": ((b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops",), 500, b"oops"),
    "without content": ((b"HTTP/1.1 204 No Content\r\n\r\n",), 204, b""),
}


@pytest.mark.parametrize(("parts", "status", "raw"), FORMS.values(), ids=list(FORMS))
def test_an_answer_is_read_and_its_connection_used_again(parts: tuple[bytes, ...], status: int, raw: bytes) -> None:
    """Twice the same answer, and another behind them that would show leftovers."""
    answers, script = answers_of(lambda: Script(parts, parts, (PLAIN,)), n=3)

    assert [(each.status, each.raw) for each in answers] == [(status, raw), (status, raw), (200, b"{}")]
    assert script.connections == [1, 1, 1]


LAST: dict[str, tuple[bytes | None, ...]] = {
    "told so": (OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}",),
    "old protocol": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",),
    "until the end": (OK + b"\r\n", b"{}", None),
    "more than announced": (PLAIN + b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",),
    "more than announced, later": (PLAIN[:-1], b"}x"),
    "and then gone": (PLAIN, None),
}


@pytest.mark.parametrize("parts", LAST.values(), ids=list(LAST))
def test_a_connection_that_cannot_be_trusted_is_not_used_again(parts: tuple[bytes | None, ...]) -> None:
    """The answer counts; the next request goes over a new connection and gets its own answer."""

    async def main() -> tuple[list[Any], Script]:
        script = Script(parts, (OK + b"Content-Length: 3\r\n\r\nnew",))
        async with exchanging(script) as post:
            first = await post()
            if parts[-1] is None:
                await script.ended.wait()
            for _ in range(200):  # until what comes over the loopback is there
                await asyncio.sleep(0)
            return [first.raw, (await post()).raw], script

    raws, script = asyncio.run(main())

    assert raws == [b"{}", b"new"]
    assert script.connections == [1, 2]


BROKEN: dict[str, tuple[tuple[bytes | None, ...], type[Exception]]] = {
    "no byte": ((None,), aiohttp.ServerDisconnectedError),
    "half a head": ((OK + b"Content-Le", None), aiohttp.ServerDisconnectedError),
    "half a body": ((OK + b"Content-Length: 9\r\n\r\nhalf", None), aiohttp.ClientPayloadError),
    "half the chunks": ((CHUNKED + b"4\r\nhalf\r\n", None), aiohttp.ClientPayloadError),
    "no HTTP": ((b"SSH-2.0-OpenSSH\r\n\r\n",), aiohttp.ClientResponseError),
    "two lengths": ((OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",), aiohttp.ClientResponseError),
    "a length that is none": ((OK + b"Content-Length: +2\r\n\r\n{}",), aiohttp.ClientResponseError),
}


@pytest.mark.parametrize(("parts", "error"), BROKEN.values(), ids=list(BROKEN))
def test_what_is_no_answer_is_an_error_of_aiohttp(parts: tuple[bytes | None, ...], error: type[Exception]) -> None:
    """The kinds that a session raises; and the next request succeeds, over a new connection."""

    async def main() -> tuple[Any, Script]:
        script = Script(parts, (PLAIN,))
        async with exchanging(script) as post:
            with pytest.raises(error):
                await post()
            return await post(), script

    answer, script = asyncio.run(main())

    assert answer.raw == b"{}"
    assert script.connections == [1, 2]


def test_a_request_is_written_as_http() -> None:
    """Path with query, host, own headers, the length, the body."""
    (answer,), script = answers_of(lambda: Script((PLAIN,)))

    head, _, body = script.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert (lines[0], body) == ("POST /v1/chat?api=1 HTTP/1.1", b"ask")
    assert "Content-Length: 3" in lines
    assert "Authorization: Bearer k" in lines
    assert [line.partition(":")[0] for line in lines].count("Host") == 1
    assert answer.headers.get("x-request-id") == "r1"


def test_a_header_with_a_line_break_is_refused() -> None:
    """It would end the head, and begin something of its own."""

    async def main() -> None:
        async with exchanging(Script((PLAIN,)), headers={"X": "a\r\nY: b"}) as post:
            await post()

    with pytest.raises(ValueError, match="detected in headers"):
        asyncio.run(main())


def test_a_cancelled_post_closes_its_connection() -> None:
    """So that the answer, when it comes, is nobody else's."""

    async def main() -> list[int]:
        script = Script((), (PLAIN,))
        async with exchanging(script) as post:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await post()
            await asyncio.wait_for(script.ended.wait(), 5.0)
            await post()
        return script.connections

    assert asyncio.run(main()) == [1, 2]


def test_each_answer_goes_to_the_post_it_belongs_to() -> None:
    """Also where several are in flight at once."""

    async def main() -> tuple[list[bytes], Script]:
        script = Script(*[(OK + b"Content-Length: 1\r\n\r\n%d" % number,) for number in range(8)])
        async with exchanging(script) as post:
            first = await asyncio.gather(*(post(b"%d" % number) for number in range(4)))
            then = await asyncio.gather(*(post(b"%d" % number) for number in range(4)))
            return [each.raw for each in [*first, *then]], script

    raws, script = asyncio.run(main())

    by_request = dict(zip(script.requests, range(8), strict=False))
    assert sorted(raws) == [b"%d" % number for number in range(8)]
    assert len(by_request) == 4


@pytest.mark.parametrize("size", [3, 2**20 + 1], ids=["small", "large"])
def test_the_moment_of_sending_is_reported_once(size: int) -> None:
    """From it on the request counts at the server."""

    async def main() -> tuple[int, int]:
        reports: list[None] = []
        sending.set(lambda: reports.append(None))
        script = Script((PLAIN,))
        async with exchanging(script) as post:
            await post(b"x" * size)
        return len(reports), len(script.requests[0].partition(b"\r\n\r\n")[2])

    assert asyncio.run(main()) == (1, size)


def test_an_overdue_request_is_a_timeout_and_its_connection_is_closed() -> None:
    """The task that made it goes on."""

    async def main() -> None:
        script = Script(())
        async with exchanging(script, first_byte_s=0.05) as post:
            with pytest.raises(TimeoutError):
                await post()
            await asyncio.wait_for(script.ended.wait(), 5.0)

    asyncio.run(main())


def after(*, first_byte_s: float, total_s: float, requests: dict[str, tuple[float, float | None, float]]) -> list[str]:
    """For each request the times of its start, its headers and its end: what became of it, and when."""

    async def main() -> list[str]:
        sweep = DeadlineSweep(first_byte_s, total_s)
        loop = asyncio.get_running_loop()

        async def request(name: str, start: float, headers: float | None, end: float) -> str:
            await asyncio.sleep(start)
            watched = sweep.watch()
            try:
                if headers is not None:
                    await asyncio.sleep(headers - start)
                    watched.has_headers = True
                await asyncio.sleep(end - (start if headers is None else headers))
            except asyncio.CancelledError:
                return f"{name} overdue={watched.is_overdue} at {loop.time() - began:g}"
            finally:
                sweep.watched.discard(watched)
            return f"{name} ended at {loop.time() - began:g}"

        began = loop.time()
        return [*await asyncio.gather(*(request(name, *times) for name, times in requests.items()))]

    return jumping(main())


def test_one_timer_keeps_the_deadlines_of_all_requests() -> None:
    """The first byte is due first, then the last; each request in its own time, and those that ended never."""
    ended = after(
        first_byte_s=10.0,
        total_s=30.0,
        requests={
            "quick": (0.0, 1.0, 2.0),
            "silent": (1.0, None, 99.0),
            "late": (3.0, None, 12.5),
            "slow": (4.0, 5.0, 99.0),
        },
    )

    assert ended == [
        "quick ended at 2",
        "silent overdue=True at 11",
        "late ended at 12.5",
        "slow overdue=True at 34",
    ]


def test_a_request_cancelled_by_its_owner_is_cancelled_and_not_overdue() -> None:
    """A cancellation from outside stays one."""

    async def main() -> None:
        async with exchanging(Script(()), total_s=30.0) as post:
            task = asyncio.ensure_future(post())
            await asyncio.sleep(0.02)
            task.cancel()
            await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())


def test_a_refused_connection_is_the_connectors_error() -> None:
    """As a session raises it."""

    async def main() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        transport = a_transport()
        try:
            await transport.post(URL(f"http://127.0.0.1:{port}"), b"")
        finally:
            await transport.close()

    with pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(main())
