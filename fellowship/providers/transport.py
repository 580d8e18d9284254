"""One POST to an address: the transport seam between the providers and aiohttp's `ClientSession`.

A request has two deadlines, for the first byte of its response and for the last. One timer looks after those of all
requests of a session, so that a request costs no timer of its own.
"""

import asyncio
import io
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from fellowship.protocols.sending import sending

LARGEST_BYTES_BODY = 2**20  # aiohttp warns of larger ones, and takes them as a file
SHORTEST_SWEEP_S = 0.01


class Response(NamedTuple):
    """A server's response, whole. Header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    raw: bytes


class Transport:
    """Posts to one server through a `ClientSession`, without following redirects."""

    def __init__(
        self, session: aiohttp.ClientSession, *, first_byte_s: float, total_s: float, proxy: URL | None
    ) -> None:
        self._session, self._deadlines = session, DeadlineSweep(first_byte_s, total_s)
        self._proxy = proxy

    async def post(self, url: URL, body: bytes) -> Response:
        """The response. Errors are aiohttp's, or TimeoutError after a deadline."""
        report = sending.get()
        plain = report is None and len(body) <= LARGEST_BYTES_BODY
        data = aiohttp.BytesPayload(body) if plain else _reporting_payload(body, report)
        watched = self._deadlines.watch()
        try:
            response = await self._session.post(url, data=data, proxy=self._proxy, allow_redirects=False)
            watched.has_headers = True
            return Response(response.status, response.headers, await response.read())
        except asyncio.CancelledError:
            if watched.is_overdue and watched.task.uncancel() <= watched.n_cancelling:
                raise TimeoutError from None
            raise
        finally:
            self._deadlines.watched.discard(watched)

    @property
    def n_in_flight(self) -> int:
        """Requests whose response has not been read."""
        return len(self._deadlines.watched)

    async def close(self) -> None:
        """Close all connections."""
        self._deadlines.stop()
        await self._session.close()


class WatchedRequest:
    """A request in flight, which its task is cancelled for when it is overdue."""

    __slots__ = ("has_headers", "is_overdue", "n_cancelling", "started", "task")

    def __init__(self, task: "asyncio.Task[object]", started: float) -> None:
        self.task, self.started = task, started
        self.has_headers = self.is_overdue = False
        self.n_cancelling = 0  # cancellations by others, when it became overdue


class DeadlineSweep:
    """The deadlines of all requests of one session, in seconds from the start of each, kept by one timer.

    `watched` are the requests in flight; the caller removes those that have ended.
    """

    def __init__(self, first_byte_s: float, total_s: float) -> None:
        self._first_byte_s, self._total_s = min(first_byte_s, total_s), total_s
        self.watched: set[WatchedRequest] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> WatchedRequest:
        """Watch a request that the current task begins now."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        watched = WatchedRequest(task, loop.time())
        self.watched.add(watched)
        if self._timer is None:
            self._timer = loop.call_at(watched.started + self._first_byte_s, self._sweep, loop)
        return watched

    def stop(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        next_at = None
        for watched in self.watched:
            due = watched.started + (self._total_s if watched.has_headers else self._first_byte_s)
            if due <= now and not watched.is_overdue:
                watched.is_overdue, watched.n_cancelling = True, watched.task.cancelling()
                watched.task.cancel()
            elif next_at is None or due < next_at:
                next_at = due
        self._timer = None if next_at is None else loop.call_at(max(next_at, now + SHORTEST_SWEEP_S), self._sweep, loop)


class _StampedBody(aiohttp.BytesPayload):
    """A body that reports the moment in which it is written, from which on the request counts at the server."""

    report: Callable[[], None]

    def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> Coroutine[Any, Any, None]:
        self.report()
        return super().write_with_length(writer, content_length)


def _reporting_payload(body: bytes, report: Callable[[], None] | None) -> aiohttp.payload.Payload:
    if report is None:
        return aiohttp.BytesIOPayload(io.BytesIO(body))
    if len(body) > LARGEST_BYTES_BODY:
        report()
        return aiohttp.BytesIOPayload(io.BytesIO(body))
    payload = _StampedBody(body)
    payload.report = report
    return payload
