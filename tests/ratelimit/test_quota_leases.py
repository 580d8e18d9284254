"""Processes of one user on one key: together never more than the whole, and nothing is left lying about."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from fellowship.protocols.quota import Limits, Quota
from fellowship.ratelimit import quota_leases
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.ratelimit.quota_leases import QuotaLease, QuotaLeases, agreed_shares, leased_quotas, state_folder
from tests.ratelimit.limiter_kit import QUOTA
from tests.runners.kit import jumping


@pytest.fixture(scope="module")
def living() -> Iterator[int]:
    """The id of another process, which is alive."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield child.pid
        child.terminate()


@pytest.fixture(scope="module")
def dead() -> int:
    """The id of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    return child.pid


class Using(RateLimiter):
    """A gate of which is known what it uses and could use."""

    def __init__(self, wants: float, *, quota: Quota = QUOTA) -> None:
        super().__init__(quota, Limits(rpm=600))
        self.wants, self.uses = wants, 0.0

    def wanted_share(self) -> float:
        """As a test says."""
        return self.wants

    def used_share(self) -> float:
        """As a test says."""
        return self.uses

    @property
    def share(self) -> float:
        """What it was told that it has."""
        return self._quota_limits.share


def written(folder: Path) -> dict[str, dict[str, float]]:
    """The one file."""
    (file,) = folder.iterdir()
    content: dict[str, dict[str, float]] = orjson.loads(file.read_bytes())
    return content


def broken(folder: Path, content: bytes) -> None:
    """The one file, overwritten."""
    (file,) = folder.iterdir()
    file.write_bytes(content)


def test_alone_a_process_has_everything_at_once(tmp_path: Path) -> None:
    """However little it wants."""

    async def main() -> float:
        limiter = Using(0.0)
        assert QuotaLeases(limiter, folder=tmp_path).renew()
        return limiter.share

    assert jumping(main()) == 1.0


def test_two_processes_that_want_everything_have_half_each(tmp_path: Path, living: int) -> None:
    """The second waits until the first has given it up."""

    async def main() -> list[tuple[float, float]]:
        first, second = Using(1.0), Using(1.0)
        mine, other = QuotaLeases(first, folder=tmp_path), QuotaLeases(second, folder=tmp_path, pid=living)
        shares: list[tuple[float, float]] = []
        for each in (mine, other, mine, other):
            each.renew()
            shares.append((first.share, second.share))
        return shares

    assert jumping(main()) == [(1.0, 1.0), (1.0, 0.0), (0.5, 0.0), (0.5, 0.5)]


def test_who_wants_little_leaves_the_rest_to_the_other(tmp_path: Path, living: int) -> None:
    """Max-min: a quarter more than it uses, and the rest in equal parts."""

    async def main() -> list[float]:
        first, second = Using(1.0), Using(0.2)
        mine, other = QuotaLeases(first, folder=tmp_path), QuotaLeases(second, folder=tmp_path, pid=living)
        for _ in range(3):
            mine.renew()
            other.renew()
        return [first.share, second.share]

    assert jumping(main()) == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(
    ("wants", "shares"),
    [
        ([1.0, 1.0, 1.0], [1 / 3, 1 / 3, 1 / 3]),
        ([1.0, 0.1, 1.0], [0.45, 0.1, 0.45]),
        ([0.2, 0.2, 0.2], [1 / 3, 1 / 3, 1 / 3]),
        ([0.9, 0.3, 0.1], [0.6, 0.3, 0.1]),
    ],
    ids=["all", "one_little", "little", "different"],
)
def test_shares_are_max_min_fair(wants: list[float], shares: list[float]) -> None:
    """What is over goes to everybody alike."""
    assert settled(dict(enumerate(wants))) == pytest.approx(dict(enumerate(shares)))


def settled(wants: Mapping[int, float]) -> dict[int, float]:
    """The shares after everybody renewed several times."""
    held = {str(pid): QuotaLease(pid=pid, has=0.0, wants=part, at=0.0) for pid, part in wants.items()}
    for name in [*held] * (len(held) + 2):
        others = {other: lease for other, lease in held.items() if other != name}
        held[name] = held[name].model_copy(update={"has": agreed_shares(held[name], others, 0.0)})
    return {lease.pid: lease.has for lease in held.values()}


@dataclass
class Together:
    """Several processes on one key, by the rules of `agreed`; ended ones count for a minute."""

    now: float = 0.0
    held: dict[str, QuotaLease] = field(default_factory=dict)

    def renew(self, pid: int, wants: float) -> None:
        others = {name: lease for name, lease in self.held.items() if name != str(pid)}
        own = self.held.get(str(pid)) or QuotaLease(pid=pid, has=0.0, wants=wants, at=self.now)
        own = own.model_copy(update={"wants": wants, "at": self.now})
        has = agreed_shares(own, others, self.now)
        self.held[str(pid)] = own.model_copy(update={"has": has})

    def die(self, pid: int) -> None:
        lease = self.held.pop(str(pid), None)
        if lease is not None:
            self.held[f"{pid} until {self.now}"] = lease.model_copy(update={"ended": True})

    @property
    def total(self) -> float:
        return sum(lease.share_at(self.now) for lease in self.held.values())


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.floats(0.02, 1.0), st.sampled_from([0.0, 0.3, 1.0, 40.0]), st.integers(0, 9)),
        max_size=50,
    )
)
def test_together_they_never_have_more_than_the_whole(steps: list[tuple[int, float, float, int]]) -> None:
    """At no moment, whoever renews, wants or ends."""
    together = Together()
    for pid, wants, pause_s, fate in steps:
        together.now += pause_s
        if fate == 0:
            together.die(pid)
        else:
            together.renew(pid, wants)
        assert together.total <= 1.0 + 1e-9
        assert all(0.0 <= lease.has <= 1.0 for lease in together.held.values())


@given(st.lists(st.floats(0.02, 1.0), min_size=1, max_size=5))
def test_everything_is_given_to_somebody(wants: list[float]) -> None:
    """After a few renewals."""
    assert sum(settled(dict(enumerate(wants))).values()) == pytest.approx(1.0)


@pytest.mark.parametrize(("age_s", "share"), [(0.0, 0.4), (30.0, 0.7), (60.0, 1.0), (-5.0, 0.4)], ids=str)
def test_what_a_dead_process_had_decays_over_a_minute(age_s: float, share: float) -> None:
    """The server has not forgotten it either; a clock that was put back changes nothing."""
    gone = QuotaLease(pid=7, has=0.6, wants=1.0, at=100.0, ended=True)

    assert agreed_shares(QuotaLease(pid=1, has=0.0, wants=1.0, at=0.0), {"7": gone}, 100.0 + age_s) == pytest.approx(
        share
    )


@pytest.mark.parametrize(("age_s", "share", "n_left"), [(0, 0.0, 2), (30, 0.5, 2), (61, 1.0, 1)], ids=str)
def test_a_process_that_was_killed_counts_as_ended(
    tmp_path: Path, dead: int, age_s: int, share: float, n_left: int
) -> None:
    """As of when it was last heard of; after a minute it is struck out."""

    async def main() -> float:
        QuotaLeases(Using(1.0), folder=tmp_path, pid=dead).renew()
        lease = written(tmp_path)[str(dead)]
        broken(tmp_path, orjson.dumps({str(dead): {**lease, "at": lease["at"] - age_s}}))
        limiter = Using(1.0)
        QuotaLeases(limiter, folder=tmp_path).renew()
        return limiter.share

    assert jumping(main()) == pytest.approx(share, abs=0.05)
    assert len(written(tmp_path)) == n_left


def test_what_an_ended_process_used_is_missing_from_all_that_are_left() -> None:
    """In equal parts."""
    others = {
        "2": QuotaLease(pid=2, has=0.1, wants=1.0, at=0.0),
        "3 until 0": QuotaLease(pid=3, has=0.6, wants=0.0, at=0.0, ended=True),
    }

    assert agreed_shares(QuotaLease(pid=1, has=0.0, wants=1.0, at=0.0), others, 0.0) == pytest.approx(0.2)


def test_who_ends_leaves_behind_what_it_used(tmp_path: Path) -> None:
    """Not what it might have used."""

    async def main() -> dict[str, dict[str, float]]:
        limiter = Using(1.0)
        file = QuotaLeases(limiter, folder=tmp_path)
        file.renew()
        limiter.uses = 0.25
        file.end()
        return written(tmp_path)

    ((name, lease),) = jumping(main()).items()

    assert name.startswith(f"{os.getpid()} until ")
    assert (lease["has"], lease["wants"], lease["ended"]) == (0.25, 0.0, True)


def test_a_process_does_not_wait_for_itself(tmp_path: Path) -> None:
    """One with its id that was killed long ago."""

    async def main() -> float:
        QuotaLeases(Using(1.0), folder=tmp_path).renew()
        limiter = Using(1.0)
        QuotaLeases(limiter, folder=tmp_path).renew()
        return limiter.share

    assert jumping(main()) == 1.0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"1": 2}', b'{"1": {"pid": 1, "has": -3, "wants": 1, "at": 0}}', b"\xff\xfe", b"7"],
    ids=["empty", "cut_off", "list", "null", "number", "impossible", "bytes", "seven"],
)
def test_a_file_that_is_broken_is_written_anew(tmp_path: Path, content: bytes) -> None:
    """Somebody was killed while writing."""

    async def main() -> float:
        limiter = Using(1.0)
        file = QuotaLeases(limiter, folder=tmp_path)
        file.renew()
        broken(tmp_path, content)
        assert file.renew()
        return limiter.share

    assert jumping(main()) == 1.0
    assert list(written(tmp_path)) == [str(os.getpid())]


def test_a_folder_that_cannot_be_written_leaves_a_process_alone(tmp_path: Path) -> None:
    """It is told once, and the whole quota is used."""
    (tmp_path / "quotas").write_text("a file where the folder should be")

    async def main() -> tuple[bool, float]:
        limiter = Using(1.0)
        return QuotaLeases(limiter, folder=tmp_path / "quotas").renew(), limiter.share

    with capture_logs() as logs:
        assert jumping(main()) == (False, 1.0)
    assert [(entry["event"], entry["error"]) for entry in logs] == [("key_not_shared", "File exists")]


def test_other_processes_are_told_of_once(tmp_path: Path, living: int) -> None:
    """And again only when there are others."""

    async def main() -> None:
        file = QuotaLeases(Using(1.0), folder=tmp_path)
        QuotaLeases(Using(1.0), folder=tmp_path, pid=living).renew()
        for _ in range(3):
            file.renew()

    with capture_logs() as logs:
        jumping(main())

    told = [entry for entry in logs if entry["event"] == "key_in_use"]
    assert [entry["processes"] for entry in told] == [[living]]


@pytest.mark.parametrize(
    "other",
    [
        replace(QUOTA, key="ba9876543210"),
        replace(QUOTA, url="http://127.0.0.1:8000/v1"),
        replace(QUOTA, group="openai/gpt-4o"),
    ],
    ids=["key", "address", "group"],
)
def test_every_quota_has_a_file_of_its_own(tmp_path: Path, other: Quota) -> None:
    """Named by digests, and no folder of its own."""

    async def main() -> None:
        QuotaLeases(Using(1.0), folder=tmp_path).renew()
        QuotaLeases(Using(1.0, quota=other), folder=tmp_path).renew()

    jumping(main())

    assert len([path.name for path in tmp_path.iterdir() if path.is_file()]) == 2


def test_the_file_is_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That of the environment, or the usual one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "here"))
    assert state_folder() == tmp_path / "here" / "fellowship"

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "fellowship"


def test_a_lease_is_renewed_every_second_and_ended(
    living: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By itself, as long as the gate is in use."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "fellowship" / "quotas"

    async def main() -> list[float]:
        limiter, other = Using(1.0), QuotaLeases(Using(1.0), pid=living)
        shares: list[float] = []
        async with leased_quotas(limiter):
            shares.append(limiter.share)
            other.renew()
            await asyncio.sleep(quota_leases.RENEW_EVERY_S + 0.1)
            shares.append(limiter.share)
        return shares

    assert jumping(main()) == [1.0, 0.5]
    assert sorted(lease["ended"] for lease in written(folder).values()) == [False, True]


@pytest.mark.parametrize(
    "quota", [replace(QUOTA, limitless=True), replace(QUOTA, key="")], ids=["limitless", "keyless"]
)
def test_what_has_no_quota_to_share_has_no_file(quota: Quota, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server of one's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    async def main() -> float:
        limiter = Using(1.0, quota=quota)
        async with leased_quotas(limiter):
            return limiter.share

    assert jumping(main()) == 1.0
    assert list(tmp_path.iterdir()) == []
