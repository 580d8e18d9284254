"""Serve simulated models over HTTP on this machine, with the APIs of OpenAI, Anthropic and Gemini.

The server enforces limits and injects faults as the options say: for testing a run before it costs money. GET /stats
returns its counts, POST /reset sets them to 0. Ctrl-C stops it.
"""

import argparse
import asyncio
import os

from fellowship.formatting.json_lines import print_json
from fellowship.testing.server_options import add_server_options, server_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_options(parser, answers="sim")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON line when the server listens, and nothing else"
    )


def main(args: argparse.Namespace) -> None:
    """Serve until Ctrl-C; 2 when the port is not available or options contradict each other."""
    from fellowship.testing.server import serve

    ready = _print_json_line if args.json else _print_address
    asyncio.run(serve(server_config(args), args.port, ready=ready, ends_with_input=False))


def _print_json_line(port: int) -> None:
    print_json({"port": port, "pid": os.getpid(), "simulated": True})


def _print_address(port: int) -> None:
    root = f"http://127.0.0.1:{port}"
    print(
        f"[SIM] listening on {root}; counts at {root}/stats; Ctrl-C stops it. Use it in another terminal with\n"
        f"  OPENAI_BASE_URL={root}/v1 fellowship run SCRIPT --model openai/mid\n"
        f"  ANTHROPIC_BASE_URL={root}/v1 fellowship run SCRIPT --model anthropic/mid\n"
        f"  GEMINI_BASE_URL={root}/v1beta fellowship run SCRIPT --model gemini/mid",
        flush=True,
    )
