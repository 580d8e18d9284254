"""Posts over kept connections: every form an answer may come in, and what happens to the connection afterwards."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from yarl import URL

from fellowship.protocols.sending import sending
from fellowship.providers.transport import DirectTransport, NotHttp

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

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._n += 1
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


@asynccontextmanager
async def exchanging(script: Script) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    url = URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/chat?api=1")
    async with aiohttp.ClientSession() as session:
        wire = DirectTransport(session, url, {"Authorization": "Bearer k"})

        async def post(body: bytes = b"ask", on_headers: Callable[[], None] | None = None) -> Any:
            return await wire.post(body, on_headers=on_headers)

        yield post
    server.close()
    await server.wait_closed()


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
    "no HTTP": ((b"SSH-2.0-OpenSSH\r\n\r\n",), NotHttp),
    "two lengths": ((OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",), NotHttp),
    "a length that is none": ((OK + b"Content-Length: +2\r\n\r\n{}",), NotHttp),
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
    assert (lines[0], lines[-1], body) == ("POST /v1/chat?api=1 HTTP/1.1", "Content-Length: 3", b"ask")
    assert "Authorization: Bearer k" in lines
    assert [line.partition(":")[0] for line in lines].count("Host") == 1
    assert answer.headers.get("x-request-id") == "r1"


def test_a_header_with_a_line_break_is_refused() -> None:
    """It would end the head, and begin something of its own."""

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            DirectTransport(session, URL("http://127.0.0.1:9/"), {"X": "a\r\nY: b"})

    with pytest.raises(ValueError, match="a header has a line break in it"):
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


def test_as_many_connections_as_posts_at_once() -> None:
    """And each answer goes to the post it belongs to."""

    async def main() -> tuple[list[bytes], Script]:
        script = Script(*[(OK + b"Content-Length: 1\r\n\r\n%d" % number,) for number in range(8)])
        async with exchanging(script) as post:
            first = await asyncio.gather(*(post(b"%d" % number) for number in range(4)))
            then = await asyncio.gather(*(post(b"%d" % number) for number in range(4)))
            return [each.raw for each in [*first, *then]], script

    raws, script = asyncio.run(main())

    by_request = dict(zip(script.requests, range(8), strict=False))
    assert sorted(raws) == [b"%d" % number for number in range(8)]
    assert sorted(script.connections) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert len(by_request) == 4


@pytest.mark.parametrize("parts", [(PLAIN,), (CHUNKED + b"2\r\n{}\r\n0\r\n\r\n",)], ids=["plain", "chunked"])
def test_the_first_byte_is_told_and_before_it_that_the_request_is_sent(parts: tuple[bytes, ...]) -> None:
    """Each once, in this order."""

    async def main() -> list[str]:
        told: list[str] = []
        sending.set(lambda: told.append("sending"))
        async with exchanging(Script(parts)) as post:
            await post(on_headers=lambda: told.append("headers"))
        return told

    assert asyncio.run(main()) == ["sending", "headers"]


def test_a_refused_connection_is_the_connectors_error() -> None:
    """As a session raises it."""

    async def main() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        async with aiohttp.ClientSession() as session:
            await DirectTransport(session, URL(f"http://127.0.0.1:{port}"), {}).post(b"", on_headers=None)

    with pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(main())
