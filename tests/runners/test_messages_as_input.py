"""Messages of a run as the answers that a further run compares: what is known of them is kept."""

import re
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.export.records import PairRecord
from fellowship.protocols.content import Draft
from fellowship.runners.run import run
from fellowship.runners.summary import RunSummary
from fellowship.scenarios import answer, judge
from fellowship.storage.items import item_of
from fellowship.studies.preferences import preferences
from tests.cli.kit import ROOT

REFERENCE = (ROOT / "docs/reference.md").read_text()
PROMPTS = ["Why is the sky blue?", "How do bees fly?", "What is salt?"]


def answers(model: str, out: Path | str, **given: Any) -> RunSummary:
    return run(answer, prompts=PROMPTS, out=out, generator=Generator(model), quiet=True, **given)


def test_exported_pairs_name_the_models_that_wrote_the_answers_of_other_runs(tmp_path: Path) -> None:
    """In memory and in a folder; as the reference shows."""
    first, second = answers("sim/strong", ":memory:"), answers("sim/weak", tmp_path / "second")
    shown = re.search(r"```python\n(rows = .*?)run\(", REFERENCE, re.DOTALL)
    assert shown is not None
    namespace: dict[str, Any] = {"first": first, "second": second}
    exec(shown.group(1), namespace)

    judged = run(judge, prompts=namespace["rows"], out=":memory:", judge=Judge("sim/strong"), quiet=True)

    pairs = [each for each in preferences([judged.recorded]) if isinstance(each, PairRecord)]
    assert {conversation.item.models for conversation in judged} == {("sim/strong", "sim/weak")}
    assert pairs
    assert all({pair.generator_model, pair.rejected_model} == {"sim/strong", "sim/weak"} for pair in pairs)


@pytest.mark.parametrize(
    ("given", "models"),
    [
        ({}, ("sim/mid", "unknown")),
        ({"model_b": "by hand"}, ("sim/mid", "by hand")),
        ({"model_a": "mine"}, ("mine", "unknown")),
    ],
)
def test_a_column_names_another_model_and_a_text_names_none(given: dict[str, str], models: tuple[str, ...]) -> None:
    outcome = next(iter(answers("sim/mid", ":memory:", n=1))).outcome
    assert outcome is not None

    item = item_of({"prompt": PROMPTS[0], "response_a": outcome, "response_b": "text", **given})

    assert item.models == models
    assert item_of({"prompt": "x", "response_a": outcome.content, "response_b": "text"}).models == ()


def test_a_given_answer_of_another_run_has_the_model_of_its_item() -> None:
    """Of a run that compared it, which has no agent of that model."""
    rows = [{"prompt": PROMPTS[0], "response_a": "one", "response_b": "two", "model_b": "person"}]
    (compared,) = run(judge, prompts=rows, out=":memory:", judge=Judge("sim/mid"), quiet=True)
    one, two = (each for each in compared.messages if isinstance(each.content, Draft))

    item = item_of({"prompt": PROMPTS[0], "response_a": two, "response_b": one})

    assert (one.model, two.model) == ("unknown", "person")
    assert item.models == ("person", "unknown")


def test_what_the_reference_names_of_a_conversation_is_there() -> None:
    """Of the conversation in the first column; of its item and of its outcome in the second."""
    table = REFERENCE.partition("| of a conversation |")[2].partition("\n\n")[0]
    cells = [[re.findall(r"`\.(\w+)`", cell) for cell in row.split(" | ", 1)] for row in table.splitlines()[2:]]
    (conversation,) = answers("sim/mid", ":memory:", n=1)
    second = {names[0]: described for names, described in cells}
    item, outcome = conversation.item, conversation.outcome
    assert outcome is not None

    assert [hasattr(conversation, name) for names, _ in cells for name in names] == [True] * 8
    assert all(hasattr(item, name) or hasattr(item.prompt, name) for name in second["item"])
    assert {"prompt", "candidates", "models", "label", "votes", "id"} <= {*second["item"]}
    found = [name for name in second["outcome"] if name not in ("text", "decision")]
    assert {"content", "source", "model", "inputs"} <= {*found}
    assert all(hasattr(outcome, name) for name in found)
    assert (outcome.content.text, outcome.model) == (conversation.messages[-1].content.text, "sim/mid")
