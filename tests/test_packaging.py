"""The distribution: sdist, then the wheel from that sdist, hold one top-level package with every module in it."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("agents", "protocols", "scenarios", "runners")
SOURCES = (*FOLDERS, "fellowship", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the sdist of a copy of the project, without the network."""
    copy = tmp_path_factory.mktemp("project")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, copy / name)
    built = copy / "dist"
    build(copy, "--sdist", built)
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(copy / "unpacked", filter="data")
    build(next((copy / "unpacked").iterdir()), "--wheel", built)
    return next(built.glob("*.whl"))


def build(source: Path, kind: str, out: Path) -> None:
    """Build with the setuptools at hand."""
    command = [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_wheel_has_one_top_level_package_with_every_module(wheel: Path) -> None:
    """Nothing called `agents` lands in site-packages, and no module is left behind."""
    names = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]
    modules = {
        str(path.relative_to(ROOT))
        for folder in (ROOT / "fellowship", *(ROOT / "fellowship" / name for name in FOLDERS))
        for path in folder.rglob("*.py")
    }

    assert {name.partition("/")[0] for name in names} == {"fellowship"}
    assert modules <= set(names)
    assert "fellowship/py.typed" in names
    assert "fellowship/settings/genai_prices.json" in names


def test_wheel_has_the_licence_of_the_prices(wheel: Path) -> None:
    """MIT asks for its notice in every copy: beside the table, and among the licences of the distribution."""
    with zipfile.ZipFile(wheel) as archive:
        notices = [name for name in archive.namelist() if name.endswith("genai-prices.LICENSE.txt")]
        texts = {archive.read(name).decode() for name in notices}

    assert "fellowship/settings/genai-prices.LICENSE.txt" in notices
    assert any(".dist-info/" in name for name in notices)
    assert all("Copyright (c) Pydantic" in text for text in texts)


def test_wheel_declares_the_command_and_the_licence(wheel: Path) -> None:
    """`fellowship` is on the path after an install, and the licence comes along."""
    with zipfile.ZipFile(wheel) as archive:
        info = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        entry_points = archive.read(info["entry_points.txt"]).decode()
        metadata = archive.read(info["METADATA"]).decode()

    assert "fellowship = fellowship.cli.main:entry" in entry_points
    assert "Name: llm-fellowship\n" in metadata
    assert "License-Expression: Apache-2.0\n" in metadata
    assert "licenses/LICENSE" in info
    assert "Requires-Dist: autogen-agentchat<0.8,>=0.7.5\n" in metadata


def test_links_are_links() -> None:
    """The four folders stand at the top; the package holds links to them."""
    assert {name: (ROOT / "fellowship" / name).is_symlink() for name in FOLDERS} == dict.fromkeys(FOLDERS, True)
    assert {str((ROOT / "fellowship" / name).readlink()) for name in FOLDERS} == {f"../{name}" for name in FOLDERS}
