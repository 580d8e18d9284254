"""What is ready on this machine: Python and packages, keys (set or unset, never shown), local servers, write access."""

import argparse
import importlib.metadata
import os
import platform
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from fellowship.cli import exits

PACKAGES = ("llm-fellowship", "autogen-agentchat", "aiohttp", "asyncio-throttle", "pydantic", "numpy", "orjson", "rich")
EXTRAS = {"pandas": "summary.frame()", "pyarrow": "Parquet prompts", "datasets": "reading exported data sets"}
CONNECT_S = 0.3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship doctor`."""
    parser.add_argument("--dir", type=Path, default=Path(), help="a folder that runs should be written to (here)")


def main(args: argparse.Namespace) -> int:
    """Tell it; 2 when something that is needed is missing."""
    problems = [*_python(), *_packages(), *_folder(args.dir)]
    _keys()
    _servers()
    if problems:
        print("\n" + "\n".join(f"to do: {problem}" for problem in problems))
        return exits.USAGE
    print("\nall that is needed is there; `fellowship demo` needs no key")
    return exits.OK


def _python() -> list[str]:
    print(f"python     {platform.python_version()}  {sys.executable}")
    return [] if sys.version_info >= (3, 11) else ["install Python 3.11 or later"]


def _packages() -> list[str]:
    missing = []
    for name in PACKAGES:
        version = _version(name)
        print(f"package    {name} {version or 'MISSING'}")
        if version is None:
            missing.append(f"pip install {name}")
    for name, use in EXTRAS.items():
        print(f"extra      {name} {_version(name) or 'not installed'} (for {use})")
    return missing


def _folder(folder: Path) -> list[str]:
    writable = os.access(folder, os.W_OK)
    print(f"folder     {folder.resolve()} {'can be written' if writable else 'CANNOT be written'}")
    return [] if writable else [f"choose a folder that can be written, instead of {folder}"]


def _keys() -> None:
    from fellowship.providers.catalog import SERVERS

    for name, server in SERVERS.items():
        for variable in server.key_variables:
            state = "set" if os.environ.get(variable) else f"unset: export it to use {name}/MODEL"
            print(f"key        {variable} {state}")


def _servers() -> None:
    from fellowship.providers.catalog import SERVERS

    for name, server in SERVERS.items():
        place = urlsplit(server.base_url)
        if place.hostname in ("127.0.0.1", "localhost"):
            found = _listening(place.hostname, place.port or 80)
            print(f"server     {name} {server.base_url} {f'is there: use {name}/MODEL' if found else 'not running'}")


def _listening(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=CONNECT_S):
            return True
    except OSError:
        return False


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
