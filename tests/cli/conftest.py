"""Fixtures of the tests of commands."""

from pathlib import Path

import pytest


@pytest.fixture
def folder_without_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working directory, and an environment without keys."""
    for name in ("OPENAI_API_KEY", "TOGETHER_API_KEY", "GROQ_API_KEY", "OPENAI_BASE_URL", "FELLOWSHIP_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
