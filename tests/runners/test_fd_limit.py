"""Open connections need open files: how many this process may have."""

import resource

import pytest
from structlog.testing import capture_logs

from fellowship.runners.fd_limit import RESERVED_FILES, connections_allowed

UNLIMITED = resource.RLIM_INFINITY


class System:
    """The limits of a process, soft and hard; `most` is what the system allows in truth."""

    def __init__(self, soft: int, hard: int, *, most: int | None = None) -> None:
        self.limits, self.most = (soft, hard), most
        self.asked_for: list[tuple[int, int]] = []

    def get(self, kind: int) -> tuple[int, int]:
        assert kind == resource.RLIMIT_NOFILE
        return self.limits

    def set(self, kind: int, limits: tuple[int, int]) -> None:
        self.asked_for.append(limits)
        if self.most is not None and limits[0] > self.most:
            raise ValueError("not allowed to raise maximum limit")
        self.limits = limits


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "allowed", "asked_for"),
    [
        (1_024, 4_096, 800, 800, []),
        (UNLIMITED, UNLIMITED, 10_000, 10_000, []),
        (1_024, 65_536, 10_000, 10_000, [(10_128, 65_536)]),
        (1_024, UNLIMITED, 10_000, 10_000, [(10_128, UNLIMITED)]),
        (1_024, 4_096, 10_000, 4_096 - RESERVED_FILES, [(4_096, 4_096)]),
        (64, 64, 10, 1, [(64, 64)]),
    ],
    ids=["enough", "unlimited", "raised", "raised_without_end", "raised_as_far_as_it_goes", "next_to_nothing"],
)
def test_the_limit_is_raised_as_far_as_needed_and_allowed(
    soft: int,
    hard: int,
    wanted: int,
    allowed: int,
    asked_for: list[tuple[int, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And no further."""
    system = System(soft, hard)
    monkeypatch.setattr(resource, "getrlimit", system.get)
    monkeypatch.setattr(resource, "setrlimit", system.set)

    with capture_logs() as logs:
        assert connections_allowed(wanted) == allowed

    assert system.asked_for == asked_for
    assert [entry["event"] for entry in logs] == ["file_descriptors_short"] * (allowed < wanted)


def test_a_system_that_allows_less_than_it_says_leaves_what_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """As macOS does."""
    system = System(256, UNLIMITED, most=10_240)
    monkeypatch.setattr(resource, "getrlimit", system.get)
    monkeypatch.setattr(resource, "setrlimit", system.set)

    with capture_logs() as logs:
        assert connections_allowed(20_000) == 256 - RESERVED_FILES

    assert logs == [
        {
            "event": "file_descriptors_short",
            "log_level": "warning",
            "allowed": 256,
            "wanted": 20_128,
            "raise_with": "ulimit -n",
        }
    ]
