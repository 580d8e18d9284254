"""Requests: their keys, their fingerprints, and the settings they are sampled with."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from fellowship.protocols.completions import AskKey, Request, Sampling

KEY = AskKey("c00417", "ab", "judge", 0)
REQUEST = Request(
    key=KEY,
    attempt=1,
    model="together/gemma",
    messages=({"role": "system", "content": "Judge."}, {"role": "user", "content": "Well?"}),
    sampling={"temperature": 0.0, "max_tokens": 1024},
    reply="Verdict/combined-10",
)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (KEY, "c00417/ab/judge.0"),
        (AskKey("c1", "", "generator", 2), "c1/generator.2"),
        (AskKey("c1", "stage_1/ba", "juror_2", 1), "c1/stage_1/ba/juror_2.1"),
    ],
)
def test_a_key_reads_as_a_path(key: AskKey, text: str) -> None:
    """Without a lane, one part fewer."""
    assert str(key) == text


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"model": "together/llama"}, id="model"),
        pytest.param({"messages": REQUEST.messages[1:]}, id="a message fewer"),
        pytest.param({"messages": REQUEST.messages[::-1]}, id="order of messages"),
        pytest.param({"messages": (REQUEST.messages[0], {"role": "user", "content": "Well."})}, id="a letter"),
        pytest.param({"messages": (REQUEST.messages[0], {"role": "assistant", "content": "Well?"})}, id="a role"),
        pytest.param({"sampling": {"temperature": 0.1, "max_tokens": 1024}}, id="temperature"),
        pytest.param({"sampling": {**REQUEST.sampling, "seed": 1}}, id="a setting more"),
        pytest.param({"sampling": {}}, id="no settings"),
        pytest.param({"reply": "Verdict/combined-5"}, id="reply form"),
        pytest.param({"key": KEY._replace(occurrence=1)}, id="occurrence"),
    ],
)
def test_a_changed_request_has_another_fingerprint(changes: dict[str, Any]) -> None:
    """So that a recorded reply is never taken for the answer to something else."""
    assert replace(REQUEST, **changes).fingerprint != REQUEST.fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"key": KEY._replace(conversation="c00001")}, id="conversation"),
        pytest.param({"key": KEY._replace(lane="ba")}, id="lane"),
        pytest.param({"attempt": 2}, id="attempt"),
        pytest.param({"sampling": {"max_tokens": 1024, "temperature": 0.0}}, id="order of settings"),
    ],
)
def test_where_and_when_it_is_asked_is_not_in_the_fingerprint(changes: dict[str, Any]) -> None:
    """The same request is the same request everywhere."""
    assert replace(REQUEST, **changes).fingerprint == REQUEST.fingerprint


def test_a_fingerprint_is_sixteen_hex_digits_and_stays_what_it_is() -> None:
    """Runs of earlier versions are compared by it."""
    assert REQUEST.fingerprint == "d347ead1b14e3803"


def test_settings_fill_their_gaps_from_the_defaults() -> None:
    """What is set stays; zero is a setting."""
    defaults = Sampling(temperature=0.7, max_tokens=1024)

    assert Sampling(temperature=0.0, seed=3).over(defaults) == Sampling(temperature=0.0, max_tokens=1024, seed=3)
    assert Sampling().over(defaults) == defaults


def test_only_settings_that_are_set_are_sent() -> None:
    """The others are the server's."""
    assert Sampling(temperature=0.0, stop=("END",)).settings() == {"temperature": 0.0, "stop": ("END",)}
    assert Sampling().settings() == {}


@pytest.mark.parametrize(
    "setting", [{"temperature": -0.1}, {"temperature": 2.1}, {"top_p": 0}, {"top_p": 1.1}, {"max_tokens": 0}]
)
def test_a_setting_off_its_range_is_refused(setting: dict[str, float]) -> None:
    """Before any server sees it."""
    with pytest.raises(ValidationError, match="Input should be"):
        Sampling.model_validate(setting)


def test_an_unknown_setting_is_refused() -> None:
    """A misspelt one would be lost in silence."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Sampling.model_validate({"temprature": 0})
