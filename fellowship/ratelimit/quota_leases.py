"""One key in several processes of one user: each has a share of the quota, agreed on through a small file.

Every second each process puts down what it wants and what it has. It gives up at once what is more than its due, and
takes more only when the others have given it up, so together they never have more than the whole. What a process used
in the last minute before it ended counts on, less and less: the server has not forgotten it either.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fellowship.protocols.events import get_logger
from fellowship.protocols.quota import MINUTE_S, Quota, key_digest
from fellowship.ratelimit.limiter import RateLimiter

RENEW_EVERY_S = 1.0
SMALLEST_LEASE = 0.02

log = get_logger()


class QuotaLease(BaseModel):
    """What one process has and wants of a quota, as shares of it. `at` is a moment in seconds since 1970; `ended`:
    it counts less and less, until the server's window of `window_s` seconds is over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    has: float = Field(ge=0, le=1)
    wants: float = Field(ge=0, le=1)
    at: float
    ended: bool = False
    window_s: float = MINUTE_S

    def counts(self, now: float) -> float:
        """What of the quota is not there for others."""
        return self.has * min(1.0, max(0.0, 1.0 - (now - self.at) / self.window_s)) if self.ended else self.has


def agreed_shares(own: QuotaLease, others: Mapping[str, QuotaLease], now: float) -> float:
    """The share that this process may have from now on, in [0, 1]: its due, as far as the others do not have it yet."""
    gone = sum(each.counts(now) for each in others.values() if each.ended)
    living = {name: each.wants for name, each in others.items() if not each.ended}
    due = _fair({"": own.wants, **living}, 1.0 - min(1.0, gone))[""]
    free = 1.0 - sum(each.counts(now) for each in others.values())
    return max(0.0, min(due, free))


def _fair(wanted: Mapping[str, float], whole: float) -> dict[str, float]:
    """Max-min fair: who wants less than an equal part gets that, and what is over goes to everybody alike."""
    left, parts = whole, dict[str, float]()
    for position, (name, wants) in enumerate(sorted(wanted.items(), key=lambda item: item[1])):
        parts[name] = min(wants, left / (len(wanted) - position))
        left -= parts[name]
    over = left / len(wanted)
    return {name: part + over for name, part in parts.items()}


@asynccontextmanager
async def leased_quotas(limiter: RateLimiter) -> AsyncIterator[None]:
    """The gate uses only what the other processes on this key leave to it; alone, where the file cannot be written."""
    if limiter.quota.limitless or not limiter.quota.key:
        yield
        return
    file = QuotaLeases(limiter)
    if not file.renew():
        yield
        return
    renewing = asyncio.get_running_loop().create_task(file.keep_renewing(), name=f"leases of {limiter.quota}")
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.wait([renewing])
        file.end()


class QuotaLeases:
    """The file of one quota, as one of its processes sees it."""

    def __init__(self, limiter: RateLimiter, *, folder: Path | None = None, pid: int | None = None) -> None:
        self._limiter, self._pid = limiter, pid or os.getpid()
        self._path = (folder or state_folder() / "quotas") / f"{_name(limiter.quota)}.json"
        self._has = 0.0
        self._others: set[int] = set()

    async def keep_renewing(self) -> None:
        """Every second, until cancelled."""
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            self.renew()

    def renew(self) -> bool:
        """Put down what this process wants, and take what it may have; whether the file could be written."""
        now = time.time()
        wants = min(1.0, max(SMALLEST_LEASE, 1.25 * self._limiter.wanted_share()))
        try:
            with _locked(self._path) as file:
                others = self._living(_read(file), now)
                own = QuotaLease(
                    pid=self._pid, has=self._has, wants=wants, at=now, window_s=self._limiter.longest_window_s
                )
                self._has = agreed_shares(own, others, now)
                _write(file, {**others, str(self._pid): own.model_copy(update={"has": self._has})})
        except OSError as error:
            log.warning("key_not_shared", quota=str(self._limiter.quota), error=error.strerror)
            return False
        self._limiter.share_with_others(self._has)
        self._tell_of({each.pid for each in others.values() if not each.ended})
        return True

    def end(self) -> None:
        """Leave behind what was used in the last window."""
        now = time.time()
        has = min(1.0, self._limiter.used_share())
        try:
            with _locked(self._path) as file:
                others = self._living(_read(file), now)
                window_s = self._limiter.longest_window_s
                ended = QuotaLease(pid=self._pid, has=has, wants=0.0, at=now, ended=True, window_s=window_s)
                _write(file, {**others, f"{self._pid} until {now:.3f}": ended})
        except OSError:
            return

    def _living(self, leases: Mapping[str, QuotaLease], now: float) -> dict[str, QuotaLease]:
        """Those of others that still count. What a process has that was killed counts like that of one that ended."""
        kept: dict[str, QuotaLease] = {}
        for name, lease in leases.items():
            if not lease.ended and lease.pid == self._pid:
                continue
            if not lease.ended and not _is_alive(lease.pid):
                lease = lease.model_copy(update={"ended": True})
            if not lease.ended or now - lease.at < lease.window_s:
                kept[name] = lease
        return kept

    def _tell_of(self, others: set[int]) -> None:
        if others - self._others:
            log.warning(
                "key_in_use", quota=str(self._limiter.quota), processes=sorted(others), share=round(self._has, 2)
            )
        self._others = others


def state_folder() -> Path:
    """The user's folder for what programs remember."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "fellowship"


def _name(quota: Quota) -> str:
    group = "".join(char if char.isalnum() else "-" for char in quota.group)
    return "-".join(part for part in (quota.provider, key_digest(quota.url), quota.key, group) if part)


def _locked(path: Path) -> IO[bytes]:
    """The file, open and locked until it is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+b")
    fcntl.flock(file, fcntl.LOCK_EX)
    file.seek(0)
    return file


def _read(file: IO[bytes]) -> dict[str, QuotaLease]:
    """What is in the file; nothing if that cannot be read, because somebody was killed while writing."""
    try:
        return {name: QuotaLease.model_validate(lease) for name, lease in orjson.loads(file.read() or b"{}").items()}
    except (orjson.JSONDecodeError, ValidationError, AttributeError):
        return {}


def _write(file: IO[bytes], leases: Mapping[str, QuotaLease]) -> None:
    file.truncate(0)
    file.write(orjson.dumps({name: lease.model_dump() for name, lease in leases.items()}))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
