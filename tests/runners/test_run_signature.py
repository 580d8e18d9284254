"""The type of `run` for type checkers, held against the function that is called."""

import inspect
from types import SimpleNamespace
from typing import Any, cast, get_overloads

from fellowship.runners.run import arun
from fellowship.runners.run_signature import RunFunction


def test_every_overload_has_the_options_of_arun() -> None:
    """Name by name, with the same types and defaults; only the scenario's number of drafts differs."""
    keyword_only = inspect.Parameter.KEYWORD_ONLY
    options = [each for each in inspect.signature(arun).parameters.values() if each.kind is keyword_only]

    named = SimpleNamespace(__module__=RunFunction.__module__, __qualname__=f"{RunFunction.__qualname__}.__call__")
    overloads = get_overloads(cast("Any", named))

    assert len(overloads) == 3
    for overload in overloads:
        typed = list(inspect.signature(overload).parameters.values())[2:-2]
        assert [each.replace(kind=keyword_only) for each in typed] == options


def test_options_are_keyword_only_when_called() -> None:
    """Although their overloads cannot say so."""
    signature = inspect.signature(arun)

    assert [each.name for each in signature.parameters.values() if each.kind is each.POSITIONAL_OR_KEYWORD] == [
        "scenario"
    ]
