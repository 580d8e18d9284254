"""A disk with no room, and folders that cannot be written: one clear line, and no reply is lost that was safe."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runners.moments import NOTHING, Moment, loss
from tests.runners.processes import bodies, run_to_end, start, write_script
from tests.servers import Serve

pytestmark = pytest.mark.slow


def test_a_run_on_a_full_disk_stops_and_goes_on_when_there_is_room(tmp_path: Path, serve: Serve) -> None:
    """2 while nothing is safe, 5 afterwards; what was safe is not asked again, and at the end all is there."""
    write_script(tmp_path, 60, concurrency=4)
    folder = tmp_path / "run"
    server = serve("sim", latency_ms=5)
    small = [start(tmp_path, folder, server, most_bytes=size).ended() for size in (0, 100, 30_000, 100_000)]
    full = [start(tmp_path, folder, server, most_bytes=size).ended() for size in (300_000, 500_000)]
    before = Moment.now(folder, server)
    again = run_to_end(tmp_path, folder, server)
    after = Moment.now(folder, server)

    stopped = (
        rf"fellowship: the journal {re.escape(str(folder))}/journal\.sqlite cannot be written: disk I/O error; "
        rf"[1-9]\d* replies are safe; the same command continues the run in {re.escape(str(folder))}\n"
    )
    assert [code for code, _ in small] == [2] * 4
    assert all(re.fullmatch(r"fellowship: the .* cannot be (opened|written): .*\n", said) for _, said in small)
    assert [code for code, _ in full] == [5] * 2
    assert all(re.fullmatch(stopped, said) for _, said in full)
    assert again == (0, "")
    assert loss(before, after, bodies(folder)) == NOTHING
    assert after.safe_bodies.total() == 60 * 6


def below_a_file(tmp_path: Path) -> Path:
    """A folder that cannot be made, for nobody."""
    (tmp_path / "file").write_text("no folder")
    return tmp_path / "file"


def read_only(tmp_path: Path) -> Path:
    """A folder in which this user may make none."""
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "closed").mkdir(mode=0o500)
    return tmp_path / "closed"


@pytest.mark.parametrize("closed", [below_a_file, read_only])
def test_a_folder_that_cannot_be_written_is_told_in_one_line(
    tmp_path: Path, closed: Callable[[Path], Path], serve: Serve
) -> None:
    """Exit 2, nothing is asked, and nothing half-written."""
    write_script(tmp_path, 3, concurrency=1)
    folder = closed(tmp_path)
    before = {path.name for path in tmp_path.rglob("*")}
    server = serve("sim")
    code, said = run_to_end(tmp_path, folder / "run", server)
    n_asked = server.stats()["requests"]

    assert code == 2
    assert re.fullmatch(rf"fellowship: the run's folder {re.escape(str(folder))}/run cannot be written: .*\n", said)
    assert (n_asked, {path.name for path in tmp_path.rglob("*")}) == (0, before)


@pytest.mark.parametrize("most_bytes", [0, 3_000])
def test_a_finished_run_gives_its_result_on_a_full_disk(tmp_path: Path, most_bytes: int, serve: Serve) -> None:
    """It is read only; other settings are refused as ever."""
    write_script(tmp_path, 3, concurrency=1)
    folder, server = tmp_path / "run", serve("sim")
    assert run_to_end(tmp_path, folder, server) == (0, "")
    before = Moment.now(folder, server)

    again = start(tmp_path, folder, server, most_bytes=most_bytes).ended()
    write_script(tmp_path, 4, concurrency=1)
    unfinished, _ = start(tmp_path, folder, server, most_bytes=most_bytes).ended()

    assert again == (0, "")
    assert unfinished == 2
    assert loss(before, Moment.now(folder, server), bodies(folder)) == NOTHING
