"""The examples in docstrings."""

import doctest
import importlib
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def modules_with_examples() -> list[str]:
    """The names of the product's modules that have doctests, also in the folders that are links."""
    folders = os.walk(ROOT / "fellowship", followlinks=True)
    files = [Path(folder, name) for folder, _, names in folders for name in names if name.endswith(".py")]
    return sorted(
        ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files if ">>> " in file.read_text("utf-8")
    )


@pytest.mark.parametrize("module", modules_with_examples())
def test_the_examples_of_a_module_give_what_they_show(module: str) -> None:
    """An example that is not found by doctest counts as wrong too."""
    failed, attempted = doctest.testmod(importlib.import_module(module))

    assert failed == 0
    assert attempted > 0
