"""The number of function calls of one ask outside of aiohttp and asyncio, which no busy machine changes.

    python -m benchmarks.function_calls

prints the number, and the functions with most of it. Calls of C functions count for the Python function that makes
them. Calls in other threads, such as the journal's, count too.
"""

import asyncio
import cProfile
import pstats
import threading
from collections import Counter
from types import FrameType
from typing import Any, TypeAlias

from benchmarks import sides, workload
from fellowship.testing.server import started

IN_FLIGHT = 64
FEW, MANY = 32, 160
OUTSIDE = (
    *("/aiohttp/", "/multidict/", "/yarl/", "/propcache/", "/asyncio/", "/selectors.py", "/concurrent/futures/"),
    *("/threading.py", "/queue.py", "/weakref.py", "/functools.py", "/contextlib.py", "/typing.py", "/enum.py"),
)

Function: TypeAlias = tuple[str, int, str]


def calls_per_ask() -> dict[Function, float]:
    """Calls by function, as the difference between runs of two sizes; what a run does once does not count."""
    with started(workload.REPLY) as server:
        few, many = _calls(server.base_url, FEW), _calls(server.base_url, MANY)
    n_asks = (MANY - FEW) * workload.CALLS
    outside = {function for function in many if any(part in function[0] for part in OUTSIDE)}
    return {function: (many[function] - few[function]) / n_asks for function in many if function not in outside}


def table(calls: dict[Function, float], *, n: int = 20) -> str:
    """The functions with most calls, a line each."""
    most = sorted(calls.items(), key=lambda each: -each[1])[:n]
    return "\n".join(
        f"{count:6.1f}  {'/'.join(path.split('/')[-2:])}:{line} {name}" for (path, line, name), count in most
    )


def _calls(url: str, n: int) -> Counter[Function]:
    counts: Counter[Function] = Counter()

    def count_in_thread(frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            code = frame.f_code
            counts[code.co_filename, code.co_firstlineno, code.co_name] += 1

    async def profiled() -> Any:
        async with sides.ours(url, n, IN_FLIGHT) as once:
            await once()
            threading.setprofile(count_in_thread)  # the threads of a run begin with it
            profile = cProfile.Profile()
            profile.enable()
            try:
                await once()
            finally:
                profile.disable()
                threading.setprofile(None)
            return pstats.Stats(profile).stats  # type: ignore[attr-defined]

    for function, (_, n_calls, _, _, callers) in asyncio.run(profiled()).items():
        if function[0] != "~":
            counts[function] += n_calls
        for caller, (n_by_caller, *_) in callers.items() if function[0] == "~" else ():
            counts[caller] += n_by_caller
    return counts


if __name__ == "__main__":
    found = calls_per_ask()
    print(f"{sum(found.values()):.0f} function calls an ask outside of aiohttp and asyncio, most of them in")
    print(table(found))
