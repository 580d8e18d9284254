"""One POST on one address, by aiohttp: the short way, and the way through a proxy.

`ClientSession.post` joins addresses, merges headers and sets up cookies, traces and timers anew for every request;
where all requests are alike but for their body that is half of the cost of a call. The short way takes a connection
from aiohttp's connector, writes a request that was prepared once, and reads the answer with aiohttp's own parser.
"""

from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from typing import NamedTuple, Protocol, TypeAlias

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.helpers import TimerNoop
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict
from yarl import URL

from fellowship.protocols.sending import sending

OnHeaders: TypeAlias = Callable[[], None] | None

READ_BUFFER = 2**16
LONGEST_LINE = 8190


class NotHttp(aiohttp.ClientError):
    """What came back cannot be read as HTTP."""


class Response(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    raw: bytes


class Transport(Protocol):
    """A way to an address."""

    async def post(self, body: bytes, *, on_headers: OnHeaders) -> Response:
        """The answer; `on_headers` is called when its first bytes are there. Errors are aiohttp's."""


class DirectTransport:
    """The short way. What is written differs in its body and length only."""

    def __init__(self, session: aiohttp.ClientSession, url: URL, headers: Mapping[str, str]) -> None:
        assert session.connector is not None
        self._connector, self._timeout = session.connector, session.timeout
        self._request = _prepared(session, url, headers)
        self._head = _head(url, self._request.headers)

    async def post(self, body: bytes, *, on_headers: OnHeaders) -> Response:
        """See `Wire.post`."""
        connection = await self._connected()
        try:
            protocol, transport = connection.protocol, connection.transport
            if protocol is None or transport is None:
                raise aiohttp.ServerDisconnectedError
            _expect(protocol)
            if (send_time := sending.get()) is not None:
                send_time()
            transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            answer = await _answer(protocol, on_headers)
        except BaseException:
            connection.close()
            raise
        connection.release()
        return answer

    async def _connected(self) -> Connection:
        try:
            return await self._connector.connect(self._request, [], self._timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError from error


class ProxyTransport:
    """Through a proxy, as `ClientSession` does it."""

    def __init__(self, session: aiohttp.ClientSession, url: URL, proxy: URL) -> None:
        self._session, self._url, self._proxy = session, url, proxy

    async def post(self, body: bytes, *, on_headers: OnHeaders) -> Response:
        """See `Wire.post`."""
        if (send_time := sending.get()) is not None:
            send_time()
        async with self._session.post(self._url, data=body, proxy=self._proxy, allow_redirects=False) as response:
            if on_headers is not None:
                on_headers()
            return Response(response.status, response.headers, await response.read())


async def _answer(protocol: ResponseHandler, on_headers: OnHeaders) -> Response:
    try:
        message, payload = await protocol.read()
        while 100 <= message.code < 200:  # such as "103 early hints"
            message, payload = await protocol.read()
    except HttpProcessingError as error:
        raise NotHttp(error.message) from error
    if on_headers is not None:
        on_headers()
    return Response(message.code, message.headers, await payload.read())


def _expect(protocol: ResponseHandler) -> None:
    protocol.set_response_params(
        timer=None,
        skip_payload=False,
        read_until_eof=True,
        auto_decompress=True,
        read_timeout=None,
        read_bufsize=READ_BUFFER,
        timeout_ceil_threshold=5.0,
        max_line_size=LONGEST_LINE,
        max_field_size=LONGEST_LINE,
    )


def _prepared(session: aiohttp.ClientSession, url: URL, headers: Mapping[str, str]) -> aiohttp.ClientRequest:
    """A request that is never sent: the connector finds out from it where to connect, and how; its headers are ours."""
    return aiohttp.ClientRequest(
        "POST",
        url,
        headers=CIMultiDict({**headers, "Accept-Encoding": "identity"}),
        data=None,
        params={},
        skip_auto_headers=None,
        cookies=SimpleCookie(),
        version=aiohttp.HttpVersion11,
        compress=False,
        chunked=None,
        expect100=False,
        loop=session._loop,
        response_class=aiohttp.ClientResponse,
        proxy=None,
        proxy_auth=None,
        timer=TimerNoop(),
        session=session,
        ssl=True,
        proxy_headers=None,
        traces=[],
        trust_env=False,
        server_hostname=None,
        auth=None,
    )


def _head(url: URL, headers: Mapping[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers.items() if name.lower() != "content-length"]
    if any("\r" in line or "\n" in line for line in lines):
        msg = "a header has a line break in it"
        raise ValueError(msg)
    return "\r\n".join([f"POST {url.raw_path_qs} HTTP/1.1", *lines, "Content-Length: "]).encode()
