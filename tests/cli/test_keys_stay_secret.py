"""A canary for a key: it is sent to the server, and it is nowhere else, whatever the server does with it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.cli.kit import run_in_process
from tests.refusing import refusing
from tests.runners.processes import start, write_script
from tests.servers import Serve

pytestmark = pytest.mark.slow

LIKE_A_KEY, LIKE_NO_KEY = "sk-canary-3141592653589793", "canary.3141592653589793"
Serving = Callable[[Serve, str], AbstractContextManager[Any]]
SERVERS: dict[str, tuple[int, str, Serving]] = {
    "right": (0, LIKE_NO_KEY, lambda serve, key: nullcontext(serve("sim", key=key))),
    "refused": (2, LIKE_NO_KEY, lambda serve, key: nullcontext(serve("sim", key="another"))),
    "refused and echoed": (2, LIKE_NO_KEY, lambda serve, key: refusing(key, after=0)),
    "refused and echoed, and known by its form": (2, LIKE_A_KEY, lambda serve, key: refusing(key, after=0)),
    "refused later": (5, LIKE_NO_KEY, lambda serve, key: refusing(key, after=9)),
    "forbidden": (2, LIKE_NO_KEY, lambda serve, key: refusing(key, after=0, status=403)),
    "out of credit": (2, LIKE_NO_KEY, lambda serve, key: refusing(key, after=0, status=402)),
    "echoed with another error": (3, LIKE_NO_KEY, lambda serve, key: refusing(key, after=0, status=400)),
}


def written(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """All files below, by name."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.name, path.read_bytes()


@pytest.mark.parametrize(("code", "key", "serving"), SERVERS.values(), ids=list(SERVERS))
def test_a_key_is_in_no_file_and_in_no_output(
    code: int, key: str, serving: Serving, serve: Serve, tmp_path: Path
) -> None:
    """Neither in the run's folder nor in what is kept for other processes, and not with -v either."""
    write_script(tmp_path, 4, concurrency=2)
    with serving(serve, key) as served:
        secrets = {"OPENAI_BASE_URL": served.base_url, "OPENAI_API_KEY": key, "XDG_STATE_HOME": str(tmp_path / "state")}
        ran = run_in_process("run", "script.py", "--out", "run", "-v", cwd=tmp_path, environment=secrets)

    files = dict(written(tmp_path))
    assert ran.code == code, ran.err
    assert {"journal.sqlite", "log.jsonl", "config.resolved.toml", "lock"} <= files.keys()
    assert [name for name, content in files.items() if b"canary" in content] == []
    assert "canary" not in ran.out + ran.err


def test_a_key_is_not_in_what_a_kill_leaves(serve: Serve, tmp_path: Path) -> None:
    """The write-ahead log among it."""
    write_script(tmp_path, 20, concurrency=4)
    server = serve("sim", key=LIKE_NO_KEY, latency_ms=10)
    killed = start(tmp_path, tmp_path / "run", server, "-v", variables={"OPENAI_API_KEY": LIKE_NO_KEY})
    killed.wait_for_requests(40)
    killed.signal(signal.SIGKILL)
    _, said = killed.ended()

    files = dict(written(tmp_path, Path(os.environ["XDG_STATE_HOME"])))
    assert "journal.sqlite-wal" in files
    assert [name for name, content in files.items() if b"canary" in content] == []
    assert "canary" not in said
