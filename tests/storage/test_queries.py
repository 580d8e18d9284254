"""All SQL that touches a journal is in two modules."""

import ast
import re
from pathlib import Path

import pytest

from fellowship.storage import queries

ROOT = Path(__file__).resolve().parents[2]
SQL = re.compile(r"\b(SELECT .+ FROM|INSERT .*INTO|DELETE FROM|UPDATE \w+ SET|CREATE (TABLE|VIEW))\b", re.DOTALL)
WITH_SQL = {"storage/queries.py", "storage/schema.py"}


def sources() -> list[Path]:
    """Every module of the package, once."""
    folders = (ROOT / name for name in ("fellowship", "agents", "protocols", "runners", "scenarios"))
    return [
        path for folder in folders for path in folder.rglob("*.py") if not any(p.is_symlink() for p in path.parents)
    ]


def texts(path: Path) -> list[str]:
    """The text constants of a module, without docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return [node.value for node in constants if isinstance(node.value, str)]


def test_sql_is_nowhere_else() -> None:
    """Who changes a table finds every query in one place."""
    found = {
        str(path.relative_to(ROOT / "fellowship")) if path.is_relative_to(ROOT / "fellowship") else str(path)
        for path in sources()
        if any(SQL.search(text) for text in texts(path))
    }

    assert found == WITH_SQL


@pytest.mark.parametrize("name", [name for name in vars(queries) if name.isupper() and not name.startswith("_")])
def test_every_query_is_used(name: str) -> None:
    """By name, outside of its module."""
    uses = [path for path in sources() if re.search(rf"\bqueries\.{name}\b", path.read_text())]
    own = len(re.findall(rf"\b{name}\b", Path(queries.__file__).read_text()))

    assert uses or own > 1
