"""Whose limits a model's requests count against: the same answer for a run, its estimate and `doctor`."""

import asyncio
from pathlib import Path

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.quota import Limits, Quota
from fellowship.runners.run import arun
from fellowship.scenarios.answer import answer
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.settings import Settings
from tests.cli.kit import run_in_process
from tests.runners.kit import jumping

SETTINGS = Settings(
    aliases={"big": "openai/gpt-4o", "small": "openai/mini"},
    limits={"openai": Limits(rpm=500, window=10, bursts=True), "big": Limits(rpm=100, bursts=False)},
)
OWN = ("openai/gpt-4o", Limits(rpm=100, window=10, bursts=False))


def test_a_model_with_limits_of_its_own_is_its_own_group() -> None:
    """What its entry leaves out is the provider's; an alias is the model."""
    limits = ConfiguredLimits(SETTINGS)

    assert (limits.of("openai/gpt-4o"), limits.of("big")) == (OWN, OWN)
    assert limits.of("small") == ("", Limits(rpm=500, window=10, bursts=True))
    assert limits.of("groq/x") == ("", Limits())
    assert limits.by_group() == {"openai": Limits(rpm=500, window=10, bursts=True), OWN[0]: OWN[1]}


@pytest.mark.parametrize("name", ["big", "openai/gpt-4o"])
def test_limits_given_to_a_run_go_before_those_of_the_settings(name: str) -> None:
    """Under the model's name or under its alias, whichever of the two the settings use."""
    limits = ConfiguredLimits(SETTINGS, {name: Limits(rpm=7)})

    assert limits.of("big") == ("openai/gpt-4o", Limits(rpm=7, window=10, bursts=True))


class SlowServer:
    """Answers after a second, and counts how many requests are open at once."""

    quota = Quota("lab")

    def __init__(self) -> None:
        self.n_open = self.most_open = 0

    async def complete(self, request: Request) -> Completion:
        """The same answer to all."""
        self.n_open += 1
        self.most_open = max(self.most_open, self.n_open)
        await asyncio.sleep(1)
        self.n_open -= 1
        return Completion("Because.")

    async def close(self) -> None:
        """There is nothing to close."""


def test_limits_under_an_alias_are_kept_by_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three conversations that run at once, only one may have a request open."""
    monkeypatch.chdir(tmp_path)
    Path("fellowship.toml").write_text("[aliases]\nfast = 'lab/m'\n[limits.fast]\nmax_concurrency = 1\n")
    lab, prompts = SlowServer(), ["Why?", "How?", "When?"]

    jumping(
        arun(
            answer,
            prompts=prompts,
            out=":memory:",
            quiet=True,
            generator=Generator("fast"),
            providers={"lab": lab},
        )
    )

    assert lab.most_open == 1


def test_doctor_names_the_limits_in_force(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the model behind an alias, and what it takes from its provider."""
    monkeypatch.chdir(tmp_path)
    Path("fellowship.toml").write_text(
        "[aliases]\nfast = 'lab/m'\n[limits.lab]\nrpm = 500\nwindow = 10\n[limits.fast]\nrpm = 60\n"
    )

    lines = [line.split(maxsplit=2)[1:] for line in run_in_process("doctor").out.splitlines()]

    assert ["lab", "rpm 500, window 10"] in lines
    assert ["lab/m", "rpm 60, window 10"] in lines
