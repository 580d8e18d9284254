"""Items whose label is not that of most of their annotators: the label counts, and they are counted."""

import pytest

from fellowship.protocols.content import Draft, Label, Prompt
from fellowship.protocols.items import Item
from fellowship.storage.input_survey import InputSurvey


@pytest.mark.parametrize(
    ("label", "votes", "n"),
    [
        ("A", ("B", "B", "A"), 1),
        ("tie", ("A", "A"), 1),
        ("B", ("tie",), 1),
        ("tie", ("A", "B", "tie"), 0),
        ("A", ("B", "A"), 0),
        ("A", ("A", "A", "B"), 0),
        ("B", (), 0),
        (None, ("A", "B"), 0),
    ],
)
def test_a_label_against_more_than_half_of_the_votes_is_counted(
    label: Label | None, votes: tuple[Label, ...], n: int
) -> None:
    """A half is no majority: somebody had to decide then."""
    survey = InputSurvey()
    answers = (Draft(text="x"), Draft(text="y"))
    item = Item(prompt=Prompt.of("q"), candidates=answers, label=label, votes=votes)
    survey.add(1, {"prompt": "q", "response_a": "x", "response_b": "y", "label": label, "votes": list(votes)}, item)

    said = "1 item has another label than more than half of the annotators; the label counts"

    assert survey.as_json()["labels_against_votes"] == n
    assert (said in survey.lines()) == bool(n)
