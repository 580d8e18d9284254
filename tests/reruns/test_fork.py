"""A conversation once more from one of its messages on: what is kept, reused, asked anew; the original stays."""

import asyncio
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.juror import Juror
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Completion, Request, Sampling, Usage
from fellowship.protocols.errors import ConfigurationError, ConversationNotFound
from fellowship.reports.run_list import run_lines
from fellowship.reruns.api import fork, verify
from fellowship.reruns.fork import ForkChanges, forked_run
from fellowship.reruns.fork_estimate import ForkEstimate, estimate_fork
from fellowship.reruns.script_interceptor import ScriptInterceptor, StopScript
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.run import arun
from fellowship.scenarios import feedback_loop, jury
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing import ScriptedProvider
from tests.runners.kit import COMPARISONS, MODEL, content_of, improved, queried, scripted_run, told

SCORES = "Score A: {}/10\nScore B: {}/10"
CAST: dict[str, Any] = {"jurors": [Juror(MODEL), Juror(MODEL), Juror(MODEL)]}


def votes_for_a(request: Request) -> str:
    """In whichever seat the good answer sits."""
    good_first = request.messages[-1]["content"].find("good") < request.messages[-1]["content"].find("bad")
    return SCORES.format(*((8, 2) if good_first else (2, 8)))


def votes_for_b(request: Request) -> str:
    good_first = request.messages[-1]["content"].find("good") < request.messages[-1]["content"].find("bad")
    return SCORES.format(*((2, 8) if good_first else (8, 2)))


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """A run of a jury of three, of one mind."""
    providers = {"fake": ScriptedProvider(votes_for_a)}
    asyncio.run(arun(jury, prompts=COMPARISONS[:3], out=tmp_path / "jury", providers=providers, quiet=True, **CAST))
    return tmp_path / "jury"


def fork_of(folder: Path, provider: ScriptedProvider, at: int = 1, **changes: Any) -> Any:
    """A fork of the second conversation."""
    return fork(
        jury, of=folder, conversation="c00001", at=at, providers={"fake": provider}, quiet=True, **CAST, **changes
    )


def test_account_of_a_run_has_its_origin_only_if_it_is_a_fork(judged: Path) -> None:
    """A run that is no fork has no such line."""
    summary = fork_of(judged, ScriptedProvider(votes_for_b), models={"juror_2": "fake/other"})

    lines = {}
    for folder in (judged, summary.folder):
        with RecordedRun.open(folder) as recorded:
            lines[folder] = [each for each in run_lines(recorded, width=500) if each.startswith("fork of")]

    assert lines[judged] == []
    assert [each.split()[-1].endswith("c00001@1") for each in lines[summary.folder]] == [True]


def test_another_model_for_one_juror_asks_that_juror_alone(judged: Path) -> None:
    """Twice, in both seat orders; the others' votes are the recorded ones, and the original is untouched."""
    before, file = content_of(judged), (judged / "journal.sqlite").read_bytes()
    provider = ScriptedProvider(votes_for_b)

    summary = fork_of(judged, provider, models={"juror_2": "fake/other"})

    asked = [(request.key.lane, request.key.agent, request.model) for request in provider.requests]
    assert sorted(asked) == [("ab", "juror_2", "fake/other"), ("ba", "juror_2", "fake/other")]
    assert Counter(queried(summary.folder, "SELECT reused FROM asks")) == {1: 4, 0: 2}
    assert queried(summary.folder, "SELECT source, decision FROM votes ORDER BY lane, source")[:3] == [
        ("juror_1", "A"),
        ("juror_2", "B"),
        ("juror_3", "A"),
    ]
    assert [row["decision"] for row in summary.rows()] == ["A"]
    assert (content_of(judged), (judged / "journal.sqlite").read_bytes()) == (before, file)
    assert summary.folder.parent == judged.with_name("jury.forks")


def test_the_same_fork_again_asks_nothing(judged: Path) -> None:
    """It is a run like others: continued by the same command, and with more times, by so many."""
    first = fork_of(judged, ScriptedProvider(votes_for_b), models={"juror_2": "fake/other"})

    again = fork_of(judged, ScriptedProvider([]), models={"juror_2": "fake/other"})
    thrice = fork_of(judged, ScriptedProvider(votes_for_b), models={"juror_2": "fake/other"}, times=3)

    assert first.folder == again.folder == thrice.folder
    assert (again.n_asked, thrice.n_asked, thrice.n_finished) == (0, 4, 3)


def test_what_comes_before_the_message_is_kept(tmp_path: Path) -> None:
    """The second draft is asked of the other model, the first one stays though its agent is the same."""
    scripted_run(improved, tmp_path / "run", ScriptedProvider(told), prompts=["one"], rounds=3)
    provider = ScriptedProvider(lambda request: f"new {told(request)}")

    summary = fork(
        improved,
        of=tmp_path / "run",
        conversation="c00000",
        at=3,
        instructions={"generator": "Be brief."},
        providers={"fake": provider},
        generator=Generator(MODEL),
        rounds=3,
        quiet=True,
    )

    assert [request.key.occurrence for request in provider.requests] == [1, 2]
    assert [request.messages[0] for request in provider.requests] == [{"role": "system", "content": "Be brief."}] * 2
    assert summary.folder is not None
    kept = queried(summary.folder, "SELECT completion, request LIKE '%brief%' FROM asks WHERE reused")
    assert kept == [("reply to c00000/generator.0, attempt 1", 0)]


LOOP: dict[str, Any] = {"generator": Generator(MODEL), "reviewer": Reviewer(MODEL), "rounds": 2}
REVIEW = "Shorter.\nOverall score: 5/10"


def in_the_loop(request: Request) -> str:
    return REVIEW if request.key.agent == "reviewer" else told(request)


@pytest.fixture
def looped(tmp_path: Path) -> Path:
    """A run of a feedback loop: prompt, draft, review, draft, review."""
    scripted_run(feedback_loop, tmp_path / "loop", ScriptedProvider(in_the_loop), prompts=["one"], **LOOP)
    return tmp_path / "loop"


def loop_fork(folder: Path, provider: ScriptedProvider, at: int, **changes: Any) -> Any:
    return fork(
        feedback_loop,
        of=folder,
        conversation="c00000",
        at=at,
        providers={"fake": provider},
        quiet=True,
        **LOOP,
        **changes,
    )


EDITS: dict[str, tuple[int, str, list[str]]] = {
    "the prompt": (1, "Another question?", ["generator.0", "reviewer.0", "generator.1", "reviewer.1"]),
    "the first draft": (2, "My own draft.", ["reviewer.0", "generator.1", "reviewer.1"]),
    "a review": (3, "Longer!\nOverall score: 1/10", ["generator.1", "reviewer.1"]),
    "the last review": (5, "Fine.\nOverall score: 9/10", []),
    "the same text": (3, REVIEW, []),
}


@pytest.mark.parametrize(("at", "text", "asked"), EDITS.values(), ids=list(EDITS))
def test_an_edited_message_changes_what_builds_on_it(looped: Path, at: int, text: str, asked: list[str]) -> None:
    """And nothing else; the text stands in its place."""
    provider = ScriptedProvider(lambda request: REVIEW if request.key.agent == "reviewer" else f"new {told(request)}")

    summary = loop_fork(looped, provider, at, text=text)

    assert [f"{request.key.agent}.{request.key.occurrence}" for request in provider.requests] == asked
    (conversation,) = summary
    content = conversation.messages[at - 1].content
    assert text in (content.chat[-1]["content"] if at == 1 else content.text)
    assert conversation.status == "finished"


def test_nothing_changed_is_asked_once_more(looped: Path) -> None:
    """From the message on, so many times, for the spread of what comes of it."""
    provider = ScriptedProvider(in_the_loop)

    summary = loop_fork(looped, provider, 4, times=5)

    asked = Counter(f"{request.key.agent}.{request.key.occurrence}" for request in provider.requests)
    assert asked == {"generator.1": 5, "reviewer.1": 5}
    assert summary.n_finished == 5


def test_parameters_may_be_others_too(looped: Path) -> None:
    """For all agents at once: what is not set stays."""
    provider = ScriptedProvider(in_the_loop)

    loop_fork(looped, provider, 4, sampling={"": Sampling(temperature=0.1)})

    sampling = {request.key.agent: request.sampling for request in provider.requests}
    assert sampling == {
        "generator": {"temperature": 0.1, "max_tokens": 2048},
        "reviewer": {"temperature": 0.1, "max_tokens": 1024},
    }


def test_a_fork_of_a_fork_keeps_what_the_fork_changed(looped: Path) -> None:
    """The second draft is the one that was edited first; both forks verify, as they were played."""
    first = loop_fork(looped, ScriptedProvider(in_the_loop), 3, instructions={"generator": "Be brief."})
    assert first.folder is not None
    provider = ScriptedProvider(in_the_loop)

    second = fork(
        feedback_loop,
        of=first.folder,
        conversation="c00000",
        at=5,
        instructions={"reviewer": "Be kind."},
        providers={"fake": provider},
        quiet=True,
        **LOOP,
    )

    assert second.folder is not None
    assert [(each.key.agent, each.key.occurrence) for each in provider.requests] == [("reviewer", 1)]
    systems = queried(
        second.folder,
        "SELECT agent, occurrence, json_extract(request, '$.messages[0].content') FROM asks ORDER BY agent, occurrence",
    )
    assert [(agent, number, "brief" in text, "kind" in text) for agent, number, text in systems] == [
        ("generator", 0, False, False),
        ("generator", 1, True, False),
        ("reviewer", 0, False, False),
        ("reviewer", 1, False, True),
    ]
    for run in (looped, first.folder, second.folder):
        assert verify(feedback_loop, of=run, **LOOP).differences == ()


def test_an_edited_fork_is_verified_with_its_edit(looped: Path) -> None:
    """The text stands in the record as a reply does."""
    summary = loop_fork(looped, ScriptedProvider(in_the_loop), 2, text="My own draft.")
    prompt = loop_fork(looped, ScriptedProvider(in_the_loop), 1, text="Another question?")

    for run in (summary.folder, prompt.folder):
        assert run is not None
        assert verify(feedback_loop, of=run, **LOOP).differences == ()


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no such agent": (
        {"models": {"juror_9": "fake/x"}},
        ConfigurationError,
        "there is no agent 'juror_9'; the agents of this run are juror_1, juror_2, juror_3",
    ),
    "no such message": (
        {"at": 99, "models": {"juror_1": "fake/x"}},
        ConversationNotFound,
        "the conversation c00001 has no message 99; it has c00001@1 to c00001@13",
    ),
    "not written by a model": (
        {"at": 13, "text": "B"},
        ConfigurationError,
        "message jury.0 was computed by the scenario, not written by a model; edit one of its inputs: "
        "juror_1.0, juror_2.0, juror_3.0",
    ),
    "a blank text": (
        {"at": 4, "text": " "},
        ConfigurationError,
        "the text for message ab/juror_1.0 is blank; expected the text that replaces it",
    ),
    "no Unicode": (
        {"at": 3, "text": "\udcff"},
        ConfigurationError,
        "the settings of the run cannot be written down: str is not valid UTF-8: surrogates not allowed",
    ),
    "no forks": ({"times": 0}, ConfigurationError, "times is 0; expected at least 1"),
    "a model for nobody": (
        {"models": "fake/x"},
        ConfigurationError,
        "models is 'fake/x'; expected a mapping by agent, with \"\" for all agents",
    ),
}


@pytest.mark.parametrize(("options", "error", "said"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_forked_is_told(
    judged: Path, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    """And nothing is written."""
    with pytest.raises(error) as caught:
        fork_of(judged, ScriptedProvider([]), **options)

    assert str(caught.value) == said
    assert [path.name for path in judged.parent.iterdir()] == ["jury"]


def foreseen(folder: Path, at: int, changes: ForkChanges, **prices: str) -> ForkEstimate:
    """What a fork of the loop would ask."""

    async def work(call: Any) -> ForkEstimate:
        with RecordedRun.open(folder) as recorded:
            return await estimate_fork(forked_run(call, recorded, "c00000", at, changes, times=1))

    config = folder.parent / "fellowship.toml"
    config.write_text(
        "".join(
            f'[prices."{name}"]\ninput = 1\noutput = {price}\nas_of = 2026-11-01\n' for name, price in prices.items()
        )
    )
    one = ScriptInterceptor(folder, work)
    with overriding(Overrides(intercept=one, config=config)), pytest.raises(StopScript):
        scripted_run(feedback_loop, folder, ScriptedProvider([]), prompts=["one"], **LOOP)
    return one.done()


def billed(request: Request) -> Completion:
    return Completion(in_the_loop(request), usage=Usage(100, 10))


def test_an_estimate_asks_nothing_and_names_what_a_fork_would_ask(looped: Path) -> None:
    """The edited review is not asked; the next draft is sure to be, and the review of it follows."""
    found = foreseen(looped, 3, ForkChanges(text="Longer!\nOverall score: 1/10"))

    assert found == ForkEstimate(new=("generator.1",), following=("reviewer.1",), n_reused=2, cost=None)


def test_an_estimate_prices_what_was_recorded(tmp_path: Path) -> None:
    """Two asks of 100 and 10 tokens, by the models that would answer them."""
    scripted_run(feedback_loop, tmp_path / "loop", ScriptedProvider(billed), prompts=["one"], **LOOP)

    found = foreseen(
        tmp_path / "loop", 4, ForkChanges(models={"generator": "fake/dear"}), **{"fake/dear": "100", MODEL: "1"}
    )

    assert (found.new, found.following, found.n_reused) == (("generator.1",), ("reviewer.1",), 2)
    assert found.cost == Decimal("0.0011") + Decimal("0.00011")
