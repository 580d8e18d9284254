"""One API key in several processes of one user: each process leases a share of the quota, through a shared file.

Every second each process writes the share that it wants and the share that it has. A process with more than its fair
share (max-min fairness: Bertsekas and Gallager 1992, section 6.5.2) lowers it at once, and raises it only after the
others have lowered theirs, so the sum never exceeds the quota. The share that a process used in its last window decays
linearly after its end, because those requests still count in the server's window.
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
    """The shares of a quota that one process has and wants, in [0, 1]; `at` in seconds since 1970.

    `ended`: the process has ended, and its share decays to 0 over the server's window of `window_s` seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    has: float = Field(ge=0, le=1)
    wants: float = Field(ge=0, le=1)
    at: float
    ended: bool = False
    window_s: float = MINUTE_S

    def share_at(self, now: float) -> float:
        """The share that is not available to other processes."""
        return self.has * min(1.0, max(0.0, 1.0 - (now - self.at) / self.window_s)) if self.ended else self.has


def agreed_shares(own: QuotaLease, others: Mapping[str, QuotaLease], now: float) -> float:
    """The share of this process from now on, in [0, 1]: its fair share, or less while others have not released it."""
    decaying = sum(each.share_at(now) for each in others.values() if each.ended)
    demands = {name: each.wants for name, each in others.items() if not each.ended}
    fair = _max_min_shares({"": own.wants, **demands}, 1.0 - min(1.0, decaying))[""]
    free = 1.0 - sum(each.share_at(now) for each in others.values())
    return max(0.0, min(fair, free))


def _max_min_shares(demands: Mapping[str, float], capacity: float) -> dict[str, float]:
    """Max-min fair shares: a demand below an equal part is met, and capacity above all demands is divided equally."""
    left, shares = capacity, dict[str, float]()
    for position, (name, demand) in enumerate(sorted(demands.items(), key=lambda item: item[1])):
        shares[name] = min(demand, left / (len(demands) - position))
        left -= shares[name]
    surplus = left / len(demands)
    return {name: share + surplus for name, share in shares.items()}


@asynccontextmanager
async def leased_quotas(limiter: RateLimiter) -> AsyncIterator[None]:
    """The rate limiter uses its leased share of the quota; the whole quota where the file cannot be written."""
    is_shared = limiter.quota.key and not limiter.quota.limitless
    file = QuotaLeases(limiter) if is_shared else None
    if file is None or not file.renew():
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
    """The leases of one quota, in a file that its processes share."""

    def __init__(self, limiter: RateLimiter, *, folder: Path | None = None, pid: int | None = None) -> None:
        self._limiter, self._pid = limiter, pid or os.getpid()
        self._path = (folder or state_folder() / "quotas") / f"{_file_name(limiter.quota)}.json"
        self._has = 0.0
        self._others: set[int] = set()

    async def keep_renewing(self) -> None:
        """Renews the lease every second, until cancelled."""
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            self.renew()

    def renew(self) -> bool:
        """Write the wanted share and apply the granted one; whether the file could be written."""
        now = time.time()
        wants = min(1.0, max(SMALLEST_LEASE, 1.25 * self._limiter.wanted_share()))
        try:
            with _locked(self._path) as file:
                others = self._in_force(_read_leases(file), now)
                own = QuotaLease(
                    pid=self._pid, has=self._has, wants=wants, at=now, window_s=self._limiter.longest_window_s
                )
                self._has = agreed_shares(own, others, now)
                _write(file, {**others, str(self._pid): own.model_copy(update={"has": self._has})})
        except OSError as error:
            log.warning("key_not_shared", quota=str(self._limiter.quota), error=error.strerror)
            return False
        self._limiter.share_with_others(self._has)
        pids = {each.pid for each in others.values() if not each.ended}
        if pids - self._others:
            quota, share = str(self._limiter.quota), round(self._has, 2)
            log.warning("key_in_use", quota=quota, processes=sorted(pids), share=share)
        self._others = pids
        return True

    def end(self) -> None:
        """Write the share that was used in the last window, as ended."""
        now = time.time()
        has = min(1.0, self._limiter.used_share())
        try:
            with _locked(self._path) as file:
                others = self._in_force(_read_leases(file), now)
                window_s = self._limiter.longest_window_s
                ended = QuotaLease(pid=self._pid, has=has, wants=0.0, at=now, ended=True, window_s=window_s)
                _write(file, {**others, f"{self._pid} until {now:.3f}": ended})
        except OSError:
            return

    def _in_force(self, leases: Mapping[str, QuotaLease], now: float) -> dict[str, QuotaLease]:
        """The other processes' leases that still count. A process that was killed counts as ended."""
        kept: dict[str, QuotaLease] = {}
        for name, lease in leases.items():
            if not lease.ended and lease.pid == self._pid:
                continue
            if not lease.ended and not _is_alive(lease.pid):
                lease = lease.model_copy(update={"ended": True})
            if not lease.ended or now - lease.at < lease.window_s:
                kept[name] = lease
        return kept


def state_folder() -> Path:
    """The folder for state files of this user (XDG base directory specification)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "fellowship"


def _file_name(quota: Quota) -> str:
    group = "".join(char if char.isalnum() else "-" for char in quota.group)
    return "-".join(part for part in (quota.provider, key_digest(quota.url), quota.key, group) if part)


def _locked(path: Path) -> IO[bytes]:
    """The file, open and exclusively locked until it is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+b")
    fcntl.flock(file, fcntl.LOCK_EX)
    file.seek(0)
    return file


def _read_leases(file: IO[bytes]) -> dict[str, QuotaLease]:
    """The leases in the file; none if it is not readable, as after a kill during a write."""
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
    except PermissionError:  # a process of another user
        pass
    return True
