"""Errors: the tree in the docstring is the tree in the code, and every error says what it knows."""

import copy
import pickle
import re
from pathlib import Path

import pytest

from fellowship.protocols import errors
from fellowship.protocols.errors import FellowshipError, InputError, RateLimited, ReplyError, RunStopped

NODE = re.compile(r"(?:([│ ]*)[├└]── )?(\w+)(?: .*)?")
CLASSES = {
    name: each for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, FellowshipError)
}
TERMINAL = {"RequestRejected", "NotRecorded", "ProviderRefused", "ProviderBug"}


def drawn() -> dict[str, str]:
    """Each error of the docstring's tree with the one it hangs under."""
    assert errors.__doc__ is not None
    lines = errors.__doc__.split("\n\n", 1)[1].splitlines()
    above: list[str] = []
    parents: dict[str, str] = {}
    for line in lines:
        match = NODE.fullmatch(line)
        assert match is not None, line
        depth = 0 if match[1] is None else 1 + len(match[1]) // 4
        above = [*above[:depth], match[2]]
        parents[match[2]] = above[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    """None is missing and none hangs elsewhere."""
    assert drawn() == {name: each.__base__.__name__ for name, each in CLASSES.items() if each.__base__}


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_says_what_it_is(name: str) -> None:
    """In its docstring."""
    assert CLASSES[name].__doc__


def test_a_provider_error_says_whether_to_try_again() -> None:
    """Four will never succeed."""
    kinds = {name: each for name, each in CLASSES.items() if issubclass(each, errors.ProviderError)}

    assert {name for name, each in kinds.items() if not each.retryable} == TERMINAL


def test_an_input_error_names_file_line_and_column() -> None:
    """As editors do."""
    error = InputError("prompts.jsonl", "is not text", line=7, column="prompt")

    assert str(error) == "prompts.jsonl:7: column 'prompt': is not text"
    assert (error.path, error.line, error.column, error.problem) == (
        Path("prompts.jsonl"),
        7,
        "prompt",
        "is not text",
    )
    assert str(InputError("prompts.jsonl", "is empty")) == "prompts.jsonl: is empty"


@pytest.mark.parametrize(
    "error",
    [
        InputError("prompts.jsonl", "is not text", line=7),
        RateLimited("slow down", retry_after_s=2.5),
        errors.ReplyOutOfRange("judge: 11/10", raw="Score A: 11/10"),
        errors.Interrupted("stopped", n_committed=3),
        errors.ProviderTimeout("no answer in 60 s"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_can_be_copied_and_sent_to_another_process(error: FellowshipError) -> None:
    """With all it knows."""
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


def test_errors_keep_what_is_needed_afterwards() -> None:
    """The raw text, the wait, the number of replies that are safe."""
    assert ReplyError("no score", raw="whole text").raw == "whole text"
    assert RateLimited("slow down").retry_after_s is None
    assert RunStopped("budget", n_committed=4).n_committed == 4
