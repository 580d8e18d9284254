"""The environment variables that code reads by name, and the keys among them, which are never recorded.

A variable that a machine or a job sets, such as HOME or SLURM_JOB_ID, says nothing about what the code does.
"""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fellowship.settings.secret_names import is_secret

READING_METHODS = ("get", "__getitem__", "pop")
MACHINE = re.compile(
    r"(SLURM|SLURMD|PBS|LSB|SGE|K8S|KUBERNETES|GITHUB|GITLAB|CI|CUDA|NVIDIA|ROCR|OMP|MKL|HF|XDG|LC|PYTHON|PYTEST|VIRTUAL"
    r"|CONDA|SSH|XPC|TERM|TMUX|WANDB|MLFLOW|OTEL|FELLOWSHIP)(_.*|\b.*)"
    r"|(HOME|USER|USERNAME|LOGNAME|HOST|HOSTNAME|PATH|PWD|OLDPWD|SHELL|SHLVL|LANG|LANGUAGE|DISPLAY|TZ|TMP|TEMP|TMPDIR"
    r"|COLUMNS|LINES|EDITOR|PAGER|NO_COLOR|FORCE_COLOR|RANK|LOCAL_RANK|WORLD_SIZE|MASTER_ADDR|MASTER_PORT|PORT|DEBUG"
    r"|VERBOSE|HTTPS?_PROXY|NO_PROXY|JOB_ID|RUN_ID)"
    r"|.*(LOG_?LEVEL|LOG_?FILE|LOG_?DIR|_HOME|_CACHE|CACHE_DIR|TMP_?DIR|OUT_?DIR|OUTPUT_?DIR|_WORKERS|_THREADS|CONCURRENCY)"
)
SHORTEST_SECRET = 8  # characters


def variables_read(trees: Iterable[ast.AST], namespace: Mapping[str, Any]) -> Iterator[str]:
    """The names of the variables, from texts in the code and from names that hold one; not keys, not the machine's."""
    for node in (each for tree in trees for each in ast.walk(tree)):
        name = _read_in(node, namespace)
        text = name.value if isinstance(name, ast.Constant) else None
        if isinstance(name, ast.Name):
            text = namespace.get(name.id)
        if isinstance(text, str) and not is_secret(text) and not MACHINE.fullmatch(text.upper()):
            yield text


def without_secrets(text: str) -> str:
    """The text without the values of variables that are secrets: a changed key is no change of code."""
    for name, value in os.environ.items():
        if len(value) >= SHORTEST_SECRET and value in text and is_secret(name):
            text = text.replace(value, "")
    return text


def _read_in(node: ast.AST, namespace: Mapping[str, Any]) -> ast.expr | None:
    """The name in `os.environ[name]`, `os.environ.get(name)`, `os.getenv(name)` and `name in os.environ`."""
    match node:
        case ast.Subscript(value=held, slice=name, ctx=ast.Load()) if _is_named(held, "environ", namespace):
            return name
        case ast.Call(func=ast.Attribute(value=held, attr=method), args=[name, *_]) if (
            method in READING_METHODS and _is_named(held, "environ", namespace)
        ):
            return name
        case ast.Call(func=called, args=[name, *_]) if _is_named(called, "getenv", namespace):
            return name
        case ast.Compare(left=name, ops=[ast.In() | ast.NotIn()], comparators=[held]) if _is_named(
            held, "environ", namespace
        ):
            return name
    return None


def _is_named(node: ast.expr, name: str, namespace: Mapping[str, Any]) -> bool:
    """Whether it is `name` of the module os, as it is imported there or under another name."""
    if isinstance(node, ast.Name):
        return node.id == name or namespace.get(node.id) is getattr(os, name)
    return isinstance(node, ast.Attribute) and node.attr == name
