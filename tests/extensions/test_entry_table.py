"""Sets of named entries: the folder lists ours, `module:name` names a user's, and every other name is refused."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fellowship.extensions import UnknownEntry
from fellowship.protocols.content import Verdict
from fellowship.protocols.errors import ConfigurationError
from fellowship.scenarios.aggregation import RULES, aggregate
from fellowship.scenarios.aggregation_rules.majority import majority_rule
from tests.builders import a_verdict

MODULE = '''
"""Rules of a user."""

from fellowship.protocols.content import Verdict


def first_vote(votes):
    """The first vote decides."""
    return votes[0]


def broken(votes):
    """Returns no verdict."""
    return "A"


number = 3
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder, whose modules are forgotten at the end."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("own_"):
            del sys.modules[name]


def test_the_folder_lists_the_entries() -> None:
    """One module each, sorted by name."""
    assert RULES.names() == ("majority", "mean")
    assert RULES.find("majority") is majority_rule


def test_an_entry_of_a_user_is_imported_from_the_current_folder(here: Path) -> None:
    """By module and name; the folder does not stay on the path."""
    (here / "own_rules.py").write_text(MODULE)
    path = list(sys.path)

    verdict = aggregate(
        [a_verdict("B"), a_verdict("A"), a_verdict("A"), a_verdict("inconsistent")], "own_rules:first_vote"
    )

    assert verdict == Verdict(decision="B", explanation="2 A, 1 B, 1 inconsistent")
    assert sys.path == path


def test_a_rule_of_a_user_is_not_asked_where_half_of_the_votes_failed(here: Path) -> None:
    """As for the mean, unless the rule says otherwise."""
    (here / "own_rules.py").write_text(MODULE)

    assert aggregate([a_verdict("A"), Verdict.failure("no text")], "own_rules:first_vote") == Verdict.failure(
        "1 of 2 votes failed: no text"
    )


def test_a_rule_that_returns_no_verdict_is_named(here: Path) -> None:
    """With what it returned."""
    (here / "own_rules.py").write_text(MODULE)

    with pytest.raises(TypeError, match=r"^the rule 'own_rules:broken' returned a str; expected a Verdict$"):
        aggregate([a_verdict("A")], "own_rules:broken")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            "majorty",
            "unknown rule 'majorty'; expected one of 'majority', 'mean', or one of your own as module:name; "
            "did you mean 'majority'?",
        ),
        (
            "own_rules:",
            "unknown rule 'own_rules:'; expected one of 'majority', 'mean', or one of your own as module:name",
        ),
        ("own_ruels:first_vote", "rule 'own_ruels:first_vote': no module 'own_ruels' in {here}"),
        (
            "own_rules:first_voet",
            "rule 'own_rules:first_voet': {here}/own_rules.py has no 'first_voet'; expected a function of votes; "
            "did you mean 'first_vote'?",
        ),
        ("own_rules:number", "rule 'own_rules:number' is of type int; expected a function of votes"),
    ],
)
def test_a_name_without_an_entry_is_refused(
    here: Path, monkeypatch: pytest.MonkeyPatch, written: str, problem: str
) -> None:
    """One line with the nearest name that there is; it is a ValueError too."""
    (here / "own_rules.py").write_text(MODULE)
    monkeypatch.syspath_prepend(here)

    with pytest.raises(UnknownEntry, match=f"^{re.escape(problem.format(here=here))}$") as caught:
        RULES.find(written)

    assert isinstance(caught.value, ConfigurationError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1 / 0\n", "rule 'own_bad:any': own_bad cannot be imported: ZeroDivisionError: division by zero"),
        (
            "import own_none\n",
            "rule 'own_bad:any': own_bad cannot be imported: ModuleNotFoundError: No module named 'own_none'",
        ),
    ],
    ids=["error", "import"],
)
def test_a_module_with_a_bug_is_told_from_one_that_is_not_there(here: Path, text: str, problem: str) -> None:
    """By its error."""
    (here / "own_bad.py").write_text(text)

    with pytest.raises(ConfigurationError, match=f"^{re.escape(problem)}$"):
        RULES.find("own_bad:any")
