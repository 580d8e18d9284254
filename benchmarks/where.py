"""Where the CPU of a call goes: samples of the main thread while `run` asks a local server, by part of the program.

    python -m benchmarks.where [IN_FLIGHT]

A sample weighs as much CPU as the main thread has used since the last one, so that what the journal's own thread uses
is not counted as somebody else's; that is the difference between the process and its main thread.
"""

import asyncio
import signal
import sys
import time
from collections import defaultdict
from types import FrameType

from benchmarks import sides
from benchmarks.workload import CALLS, REPLY
from fellowship.testing.server import started

CONVERSATIONS, TIMES, EVERY_S = 512, 6, 0.001
HTTP = "HTTP: transport, aiohttp"
PARTS = (  # the first that fits the innermost frame that fits any
    ("/providers/transport.py", HTTP),
    ("/aiohttp/", HTTP),
    ("/multidict/", HTTP),
    ("/yarl/", HTTP),
    ("/asyncio/selector_events.py", "sockets: send, receive"),
    ("/selectors.py", "waiting for sockets (epoll)"),
    ("/providers/", "provider: body, response"),
    ("/agents/reading/", "reading the reply"),
    ("/agents/reviewer.py:parse", "reading the reply"),
    ("/agents/generator.py:parse", "reading the reply"),
    ("/agents/agent.py:read", "reading the reply"),
    ("/agents/", "rendering the request"),
    ("/protocols/sections.py", "rendering the request"),
    ("/completions.py:fingerprint", "fingerprint"),
    ("/conversation.py:_record_of", "building the message"),
    ("/protocols/", "building the message"),
    ("/storage/", "journal: rows, futures"),
    ("/scenarios/", "scenario: task group and task of a review"),
    ("/ratelimit/", "rate limiter"),
    ("/telemetry/", "metrics, log"),
    ("/runners/", "runner: ask, route, workers"),
    ("/asyncio/", "event loop: callbacks, tasks"),
)


class Samples:
    """CPU of the main thread in seconds, by part."""

    def __init__(self) -> None:
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self._last = time.thread_time()

    def take(self, signum: int, frame: FrameType | None) -> None:
        """One sample; a handler of SIGPROF."""
        now = time.thread_time()
        self.cpu_s[_part(frame)] += now - self._last
        self._last = now


async def sampled(url: str, in_flight: int) -> tuple[Samples, float, float]:
    """Samples, and the CPU in seconds of the process and of its main thread."""
    async with sides.ours(url, CONVERSATIONS, in_flight) as once:
        await once()
        samples, process_s, main_s = Samples(), time.process_time(), time.thread_time()
        signal.signal(signal.SIGPROF, samples.take)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        for _ in range(TIMES):
            await once()
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        return samples, time.process_time() - process_s, time.thread_time() - main_s


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        place = f"{frame.f_code.co_filename}:{frame.f_code.co_name}"
        for fragment, part in PARTS:
            if fragment in place:
                return part
        frame = frame.f_back
    return "begin and end of a run, and the rest"


def main(in_flight: int) -> None:
    """Print the parts, in us a call."""
    with started(REPLY) as server:
        samples, process_s, main_s = asyncio.run(sampled(server.base_url, in_flight))
    a_call = 1e6 / (CONVERSATIONS * CALLS * TIMES)
    for part, cpu_s in sorted(samples.cpu_s.items(), key=lambda each: -each[1]):
        print(f"{cpu_s * a_call:6.0f} us  {cpu_s / process_s:4.0%}  {part}")
    print(f"{(process_s - main_s) * a_call:6.0f} us  {1 - main_s / process_s:4.0%}  journal: SQLite, in its own thread")
    print(f"{process_s * a_call:6.0f} us        a call, with {in_flight} in flight")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 64)
