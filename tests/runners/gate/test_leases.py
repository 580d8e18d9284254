"""Several processes on one key: what each may have."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.protocols.quota import Limits, Quota
from fellowship.runners.gate.gate import Gate
from fellowship.runners.gate.leases import Lease, Leases, agreed, leased
from tests.runners.gate.asks import jumping

KEYED = Quota("lab", "http://lab/v1", key="abc123")


def a_lease(has: float, wants: float, at: float = 0.0, *, ended: bool = False) -> Lease:
    return Lease(pid=os.getpid(), has=has, wants=wants, at=at, ended=ended)


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (a_lease(0, 1), {}, 1.0),
        (a_lease(0, 0.02), {}, 1.0),
        (a_lease(1, 1), {"b": a_lease(0, 1)}, 0.5),
        (a_lease(0, 1), {"b": a_lease(1, 1)}, 0.0),
        (a_lease(0, 1), {"b": a_lease(0.5, 1)}, 0.5),
        (a_lease(1, 1), {"b": a_lease(0, 0.1)}, 0.9),
        (a_lease(0, 0.1), {"b": a_lease(0.4, 1), "c": a_lease(0.4, 1)}, 0.1),
        (a_lease(0, 1), {"b": a_lease(0.6, 0, ended=True)}, 0.4),
    ],
    ids=[
        "alone",
        "alone and modest",
        "gives up at once",
        "waits",
        "takes what is free",
        "modest other",
        "modest",
        "gone",
    ],
)
def test_shares_are_fair_and_never_taken_before_they_are_free(
    own: Lease, others: Mapping[str, Lease], expected: float
) -> None:
    """Who wants less than an equal part gets that; the others share what is over."""
    assert agreed(own, others, 0.0) == pytest.approx(expected, abs=0.05)


def test_what_a_process_used_before_it_ended_counts_less_and_less() -> None:
    """After a minute the server has forgotten it."""
    gone = {"b": a_lease(0.6, 0, ended=True)}

    assert [round(agreed(a_lease(0, 1), gone, now), 2) for now in (0, 30, 60, 90)] == [0.4, 0.7, 1.0, 1.0]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0.02, 1.0), st.booleans()), min_size=1, max_size=60),
)
def test_together_they_never_have_more_than_the_whole(renewals: list[tuple[int, float, bool]]) -> None:
    """In whatever order four processes renew, begin and end."""
    leases: dict[str, Lease] = {}
    for now, (process, wants, ends) in enumerate(renewals):
        name = str(process)
        own = leases.get(name)
        others = {key: each for key, each in leases.items() if key != name}
        has = own.has if own is not None and not own.ended else 0.0
        if ends:
            leases[name] = a_lease(has, 0.0, now, ended=True)
            continue
        if own is not None and own.ended:
            others[f"{name} before"] = own
        leases = {**others, name: a_lease(agreed(a_lease(has, wants, now), others, now), wants, now)}

        assert sum(each.counts(now) for each in leases.values()) <= 1.0 + 1e-9


def test_two_processes_come_to_equal_shares(tmp_path: Path) -> None:
    """The second has nothing until the first has given up half, and both know of each other."""

    async def main() -> list[tuple[float, float]]:
        async with Gate(KEYED, Limits(rpm=60)) as first, Gate(KEYED, Limits(rpm=60)) as second:
            for gate in (first, second):
                gate.wanted_share = lambda: 1.0  # type: ignore[method-assign]
            parent = Leases(first, folder=tmp_path, pid=os.getppid())
            child = Leases(second, folder=tmp_path, pid=os.getpid())
            shares = []
            for each in (parent, child, parent, child, parent):
                each.renew()
                shares.append((first.statistics().share, second.statistics().share))
            return shares

    shares = jumping(main)

    assert shares == [(1.0, 1.0), (1.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.5, 0.5)]
    (file,) = tmp_path.iterdir()
    assert file.name == "lab-abc123.json"


def test_a_share_of_nothing_holds_everything_back() -> None:
    """And says for what."""

    async def main() -> str:
        async with Gate(KEYED, Limits(rpm=60)) as gate:
            gate.share_with_others(0.0)
            return str(
                gate._hold(gate._estimates.need(__import__("tests.runners.gate.asks", fromlist=["a"]).a_request()))
            )

    assert "another process of yours, on the same key" in jumping(main)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"1": {"pid": "x"}}'])
def test_a_file_that_cannot_be_read_is_begun_anew(content: bytes, tmp_path: Path) -> None:
    """Somebody was killed while writing it."""
    (tmp_path / "lab-abc123.json").write_bytes(content)

    async def main() -> bool:
        async with Gate(KEYED, Limits(rpm=60)) as gate:
            return Leases(gate, folder=tmp_path).renew()

    assert jumping(main)
    assert list(orjson.loads((tmp_path / "lab-abc123.json").read_bytes())) == [str(os.getpid())]


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_run(tmp_path: Path) -> None:
    """The key is then not shared, which the log says."""
    (tmp_path / "quotas").write_text("a file where the folder should be")

    async def main() -> float:
        async with Gate(KEYED, Limits(rpm=60)) as gate:
            assert not Leases(gate, folder=tmp_path / "quotas").renew()
            return gate.statistics().share

    assert jumping(main) == 1.0


def test_what_ends_leaves_word_of_what_it_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next process of the same user begins with what is left of the minute."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    async def main() -> float:
        async with Gate(KEYED, Limits(rpm=60)) as gate:
            gate.used_share = lambda: 0.75  # type: ignore[method-assign]
            async with leased(gate):
                await asyncio.sleep(0)
        async with Gate(KEYED, Limits(rpm=60)) as gate, leased(gate):
            return gate.statistics().share

    assert jumping(main) == pytest.approx(0.25, abs=0.05)
