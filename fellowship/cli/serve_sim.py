"""The simulated provider as a real HTTP server on this machine, in the forms of OpenAI, Anthropic and Gemini.

It answers with simulated models, keeps to limits and fails as it is told to: something to try a run on before it costs
money. GET /stats tells what it was asked, POST /reset sets the counts to 0. Ctrl-C ends it.
"""

import argparse
import asyncio
import os
from functools import partial

from fellowship.cli import exit_codes
from fellowship.testing.server_options import add_conduct_options, conduct_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship serve-sim`."""
    add_conduct_options(parser, answers="sim")
    parser.add_argument("--json", action="store_true", help="one JSON line when it listens, and nothing else")


def main(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C; 2 when the port cannot be had or options contradict each other."""
    from fellowship.testing.server import serve

    ready = partial(_tell, as_json=args.json)
    asyncio.run(serve(conduct_of(args), args.port, ready=ready, ends_with_input=False))
    return exit_codes.OK


def _tell(port: int, *, as_json: bool) -> None:
    import orjson

    root = f"http://127.0.0.1:{port}"
    if as_json:
        print(orjson.dumps({"port": port, "pid": os.getpid(), "simulated": True}).decode(), flush=True)
        return
    print(
        f"[SIM] listening on {root}; counts at {root}/stats; Ctrl-C ends it. Use it in another terminal with\n"
        f"  OPENAI_BASE_URL={root}/v1 fellowship run SCRIPT --model openai/mid\n"
        f"  ANTHROPIC_BASE_URL={root}/v1 fellowship run SCRIPT --model anthropic/mid\n"
        f"  GEMINI_BASE_URL={root}/v1beta fellowship run SCRIPT --model gemini/mid",
        flush=True,
    )
