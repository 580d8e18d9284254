"""Two processes of one user: on one key they keep to its limit together, and on one run there is only ever one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runners.kit import committed
from tests.runners.processes import bodies, run_to_end, settled, start, write_script
from tests.servers import Serve

ROOT = Path(__file__).parents[2]
SCRIPT = """
import asyncio
import sys

from fellowship import Generator, arun
from fellowship.protocols.quota import Limits
from fellowship.providers.dialects.openai import OpenAIProvider
from fellowship.scenarios import answer


async def main(url, n):
    provider = OpenAIProvider(url, name="lab", api_key="canary-key")
    summary = await arun(
        answer,
        prompts=[f"Question {number}" for number in range(n)],
        out=":memory:",
        quiet=True,
        generator=Generator("lab/m"),
        providers={"lab": provider},
        limits={"lab": Limits(rpm=3000, window=2)},
    )
    await provider.close()
    print(summary.n_finished)


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.slow
def test_two_processes_share_a_key(tmp_path: Path, serve: Serve) -> None:
    """None is refused, all is done, and the file between them holds no key."""
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    server = serve("fine", requests=100, window=2.0, latency_ms=20)
    command = [sys.executable, "-c", SCRIPT, server.base_url]
    runs = [
        subprocess.Popen(
            [*command, "150"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = [run.communicate(timeout=60) for run in runs]
    stats = server.stats()

    assert [out.strip() for out, _ in outputs] == ["150", "150"]
    assert stats["rejected"] == 0
    assert any("key_in_use" in err for _, err in outputs)
    (file,) = (tmp_path / "fellowship" / "quotas").iterdir()
    assert "canary" not in file.name + file.read_text()


@pytest.mark.slow
def test_a_second_process_on_a_run_is_refused_until_the_first_is_dead(tmp_path: Path, serve: Serve) -> None:
    """It names the first one, which goes on; what that has left behind when it is killed is taken over."""
    write_script(tmp_path, 12, concurrency=2)
    folder = tmp_path / "run"
    server = serve("sim", latency_ms=60)
    first = start(tmp_path, folder, server)
    first.wait_for_requests(4)
    second = run_to_end(tmp_path, folder, server)
    still_running = first.process.poll() is None
    first.signal(signal.SIGKILL)
    first.ended()
    safe, left = committed(folder), (folder / "lock").read_text()
    third = run_to_end(tmp_path, folder, server)
    asked = settled(server)

    assert second == (2, f"fellowship: the run in {folder} is in use by process {first.process.pid}\n")
    assert still_running
    assert safe
    assert left == str(first.process.pid)
    assert third == (0, "")
    assert 0 <= asked.total() - bodies(folder).total() <= 2
