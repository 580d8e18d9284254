"""`fellowship serve-sim` as people start it: in a process of its own, or wrongly."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.cli.kit import ROOT, run_in_process


@contextmanager
def serving(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """The command in a child process that has no standard input, until the block ends."""
    command = [sys.executable, "-m", "fellowship", "serve-sim", "--port", "0", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, cwd=ROOT) as child:
        try:
            yield child
        finally:
            child.kill()


def line_of(child: "subprocess.Popen[str]") -> str:
    """The next line that it prints."""
    assert child.stdout
    return child.stdout.readline()


def exchanged(port: int, method: str, path: str, body: str = "") -> tuple[int, Any]:
    """One request's status and JSON."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, json.load(response)
    finally:
        connection.close()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=lambda signum: signum.name)
def test_it_serves_without_standard_input_until_it_is_told_to_end(signum: signal.Signals) -> None:
    """One JSON line, answers with limits and counts, then exit code 0 and nothing more to say."""
    question = json.dumps({"model": "mid", "messages": [{"role": "user", "content": "Why?"}]})
    with serving("--json", "--requests", "1") as child:
        ready = json.loads(line_of(child))
        statuses = [exchanged(ready["port"], "POST", "/v1/chat/completions", question)[0] for _ in range(2)]
        _, stats = exchanged(ready["port"], "GET", "/stats")

        child.send_signal(signum)
        out, err = child.communicate(timeout=10)

    assert ready == {"port": ready["port"], "pid": child.pid, "simulated": True}
    assert statuses == [200, 429]
    assert stats["by_status"] == {"200": 1, "429": 1}
    assert (child.returncode, out, err) == (0, "", "")


def test_it_tells_people_that_it_is_simulated_and_how_it_is_used() -> None:
    """With a line to copy for every form."""
    with serving() as child:
        lines = [line_of(child) for _ in range(4)]
        child.send_signal(signal.SIGINT)
        rest, err = child.communicate(timeout=10)

    root = lines[0].split()[3].removesuffix(";")
    assert lines[0] == f"[SIM] listening on {root}; counts at {root}/stats; Ctrl-C stops it. " + (
        "Use it in another terminal with\n"
    )
    assert [line.split()[0] for line in lines[1:]] == [
        f"OPENAI_BASE_URL={root}/v1",
        f"ANTHROPIC_BASE_URL={root}/v1",
        f"GEMINI_BASE_URL={root}/v1beta",
    ]
    assert (child.returncode, rest, err) == (0, "", "")


def test_a_port_in_use_is_one_line_with_exit_code_2() -> None:
    """With the port, and why."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        ran = run_in_process("serve-sim", "--port", port)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"fellowship: port {port} of 127.0.0.1 cannot be used: Address already in use\n"


SPAN = "expected two times in seconds, such as 10,40"
SHARE, COUNT = "expected a number from 0 to 1", "expected a whole number from 1 on"
SEE = "; see fellowship serve-sim --help"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--speed 3", f" serve-sim: unrecognized arguments: --speed 3{SEE}"),
        ("--requests 0", f" serve-sim: argument --requests: '0'; {COUNT}{SEE}"),
        ("--tokens 1.5", f" serve-sim: argument --tokens: '1.5'; {COUNT}{SEE}"),
        ("--max-concurrency many", f" serve-sim: argument --max-concurrency: 'many'; {COUNT}{SEE}"),
        ("--rate-500 1.5", f" serve-sim: argument --rate-500: '1.5'; {SHARE}{SEE}"),
        ("--rate-429-bare nan", f" serve-sim: argument --rate-429-bare: 'nan'; {SHARE}{SEE}"),
        ("--latency-ms=-1", f" serve-sim: argument --latency-ms: '-1'; expected a number of 0 or more{SEE}"),
        ("--window 0", f" serve-sim: argument --window: '0'; expected a number above 0{SEE}"),
        ("--window inf", f" serve-sim: argument --window: 'inf'; expected a number above 0{SEE}"),
        ("--outage 10", f" serve-sim: argument --outage: '10'; {SPAN}{SEE}"),
        ("--outage 40,10", f" serve-sim: argument --outage: '40,10'; {SPAN}{SEE}"),
        ("--outage-status 99", f" serve-sim: argument --outage-status: '99'; expected 400 to 599{SEE}"),
        ("--rate-500 0.7 --rate-hang 0.5", ": the shares of faults add up to 1.2; expected at most 1"),
        ("--port 70000", ": port 70000 of 127.0.0.1 cannot be used: expected 0 to 65535"),
        ("--port=-1", ": port -1 of 127.0.0.1 cannot be used: expected 0 to 65535"),
    ],
    ids=lambda value: value if value.startswith("--") else "",
)
def test_wrong_options_are_one_line_with_exit_code_2(
    options: str,
    message: str,
) -> None:
    """With what was given, and what was expected."""
    ran = run_in_process("serve-sim", *options.split())

    assert (ran.code, ran.out, ran.err) == (2, "", f"fellowship{message}\n")
