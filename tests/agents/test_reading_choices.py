"""Choices and JSON in evaluators' replies: every form we read, and every one we refuse and why."""

import pytest

from fellowship.agents.reading import read_choice, read_json
from tests.agents.outcomes import outcome

MISSING, TWO = "missing", "contradictory"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("### Answer:\nA", "A", id="heading"),
        pytest.param("### Answer:\nB \n\n\nAssistant B is clearer.", "B", id="heading, comment after"),
        pytest.param("Answer: **B**", "B", id="bold"),
        pytest.param("Answer: B<|im_end|>", "B", id="special token"),
        pytest.param("**Final answer:** Assistant B", "B", id="assistant"),
        pytest.param("Winner: Assistant 1's response.", "A", id="seat by number"),
        pytest.param("Verdict: C (tie)", "tie", id="c is tie"),
        pytest.param("Answer: Tie", "tie", id="tie"),
        pytest.param("Verdict: it's a tie between the two", "tie", id="a tie"),
        pytest.param("Better response: B", "B", id="better response"),
        pytest.param("Answer: A, because it is short", "A", id="reason"),
        pytest.param("Answer: B, a better text", "B", id="article"),
        pytest.param("Answer: Assistant B is slightly better", "B", id="better"),
        pytest.param("My final verdict is: [[A]]", "A", id="double brackets"),
        pytest.param('{"answer": "A"}', "A", id="json"),
        pytest.param('So:\n```json\n{"verdict": "Tie", "why": "equal"}\n```', "tie", id="fenced json"),
        pytest.param("A is shorter.\n\n### B", "B", id="last line"),
        pytest.param("B", "B", id="whole reply"),
        pytest.param("A\n\nIt is shorter.", "A", id="first line"),
        pytest.param("Answer:\n```\nA\n```", "A", id="own fence"),
        pytest.param("### Answer:\nA\n\n### answer:\nA", "A", id="said twice"),
        pytest.param('The answer: "Apples" is wrong.\nanswer: cat\n### Answer:\nC', "tie", id="the word in prose"),
        pytest.param("> Answer: A\n\nAnswer: B", "B", id="block quote"),
        pytest.param("", MISSING, id="empty"),
        pytest.param("A good answer, and B is bad.", MISSING, id="prose"),
        pytest.param("Answer: A good one is hard to name", MISSING, id="article is no choice"),
        pytest.param("Answer: B is worse", MISSING, id="worse"),
        pytest.param("Answer: both", MISSING, id="both"),
        pytest.param("Answer: A (worse)", TWO, id="worse in brackets"),
        pytest.param("Answer: A. Actually B.", "B", id="corrected"),
        pytest.param("Answer A is better", "A", id="closing sentence"),
        pytest.param("Answer: D", MISSING, id="no such seat"),
        pytest.param("It is over.\n### Assistant B", MISSING, id="cut off in a heading"),
        pytest.param('{"answer": "42"}', MISSING, id="json of something else"),
        pytest.param("x = df[[a]]", MISSING, id="brackets in code"),
        pytest.param("He wrote\n```\nAnswer: A\n```\nwhich I pass over.", MISSING, id="quoted fence"),
        pytest.param("Answer: A or B", TWO, id="or"),
        pytest.param("Answer: A/B", TWO, id="slash"),
        pytest.param("Answer: A (tie)", TWO, id="a and tie"),
        pytest.param("Answer: a, b and c are wrong", TWO, id="list"),
        pytest.param("Answer: A\n\nAnswer: B", TWO, id="two labels"),
        pytest.param("### A\nshort\n### B\nlong\n### A", TWO, id="headings of sections"),
        pytest.param("Write [[A]] or [[B]].", TWO, id="instructions repeated"),
        pytest.param('Answer: A\n{"answer": "B"}', TWO, id="label and json"),
    ],
)
def test_choice_is_read_or_refused(text: str, expected: str) -> None:
    """Each form of a choice has one meaning, or one kind of failure; a letter in prose is none."""
    assert outcome(lambda: read_choice(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(' {"a": [1, 2.5, null]} ', {"a": [1, 2.5, None]}, id="whole reply"),
        pytest.param("[1, 2]", [1, 2], id="a list"),
        pytest.param('Here:\n```json\n{"a": 1}\n```\nDone.', {"a": 1}, id="fenced"),
        pytest.param('Here is {"a": {"b": "}"}} for you', {"a": {"b": "}"}}, id="in prose"),
        pytest.param('A draft {"a": 1}, now:\n```\n{"a": 2}\n```', {"a": 2}, id="fenced after a draft"),
        pytest.param('{"a": 1}\n\n{"a": 1}', {"a": 1}, id="said twice"),
        pytest.param('```python\nf({"a": 1})\n```\n{"a": 2}', {"a": 2}, id="not in code"),
        pytest.param('> {"a": 1}\n{"a": 2}', {"a": 2}, id="not in a block quote"),
        pytest.param('{"a": NaN}', {"a": None}, id="nan"),
        pytest.param('{"x {"a": 1}', MISSING, id="swallowed by what broke before it"),
        pytest.param("no braces", MISSING, id="none"),
        pytest.param("{'a': 1}", MISSING, id="python"),
        pytest.param('{"a": 1,}', {"a": 1}, id="comma behind the last value"),
        pytest.param("[" * 100_000, MISSING, id="brackets only"),
        pytest.param('{"a":' * 100_000, MISSING, id="too deep"),
        pytest.param('{"a": 1} or {"a": 2}', TWO, id="two objects"),
        pytest.param('{"a": 1} or {"a": true}', TWO, id="one is not true"),
        pytest.param('```\n{"a": 1}\n```\nor\n```\n{"a": 2}\n```', TWO, id="two fences"),
        pytest.param('{"a": 1, "a": 2}', TWO, id="one key twice"),
    ],
)
def test_json_is_read_or_refused(text: str, expected: object) -> None:
    """The one JSON value of a reply is found whole, fenced or in prose."""
    assert outcome(lambda: read_json(text)) == expected
