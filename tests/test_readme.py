"""The README cannot rot: its Python stands in examples/, which run in other tests, and its demo is the demo's."""

import re
import tomllib

from tests.cli.kit import EXAMPLES, ROOT
from tests.demo import FinishedDemo

README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
INTERVAL = re.compile(r"\[\d.*?\]")


def test_python_of_the_readme_stands_in_the_examples() -> None:
    """Every Python block is part of a script that runs in CI."""
    scripts = [path.read_text() for path in EXAMPLES.glob("*.py")]
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

    assert len(blocks) == 2
    assert all(any(block in script for script in scripts) for block in blocks)


def test_demo_output_of_the_readme_is_what_the_demo_prints(demo: FinishedDemo) -> None:
    """Line by line; the ends of bootstrap intervals may differ with the version of numpy."""
    shown = re.search(r"<!-- demo.*?```\n(.*?)```", README, re.DOTALL)

    report = (demo.folder / "report.txt").read_text().strip("\n").splitlines()

    assert shown is not None
    assert [INTERVAL.sub("[]", line) for line in shown.group(1).splitlines()] == [
        INTERVAL.sub("[]", line.rstrip()) for line in report
    ]


def test_links_of_the_documents_lead_somewhere() -> None:
    """No link to a file that does not exist."""
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.name}: {target}"
        for document in documents
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text())
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_files_that_the_architecture_names_exist() -> None:
    """Paths with a folder, from the top of the repository or from fellowship/."""
    named = set(re.findall(r"`([\w/]+/(?:\w+\.py)?)`", ARCHITECTURE))
    missing = [path for path in named if not (ROOT / path).exists() and not (ROOT / "fellowship" / path).exists()]

    assert len(named) > 50
    assert missing == []


def test_layers_of_the_architecture_are_those_that_import_linter_checks() -> None:
    """The picture has them in the same order; rooms of one layer may have a line each."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [set(layer.replace("fellowship.", "").split(" | ")) for layer in contracts[0]["layers"]]
    picture = ARCHITECTURE.split("```")[1].strip().splitlines()
    rooms = [room for line in picture for room in re.split(r" {2,}", line)[0].split(" | ")]

    for layer in layers:
        drawn, rooms = set(rooms[: len(layer)]), rooms[len(layer) :]
        assert drawn == layer
    assert rooms == []
