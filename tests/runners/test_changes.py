"""A run started with different settings: changes are reported, and asked again, or the run starts over."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.script_estimate import estimate_script
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Critique, Draft, Prompt
from fellowship.protocols.errors import ConfigurationError, ProviderTimeout, RunNotFound, RunStopped, StoreError
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.runners.admission_control import MAX_AWAITING_FIRST_SEND
from fellowship.runners.overrides import Overrides
from fellowship.runners.run_config import changed_settings
from fellowship.runners.run_folder import locked_folder
from fellowship.runners.source_code import source_hash
from fellowship.storage.journal import SqliteJournal
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, content_of, improved, one_answer, queried, scripted_run, told


async def two_voices(
    talk: Conversation, prompt: Message[Prompt], *, first: Generator, second: Generator
) -> Message[Draft]:
    """The second answers the first."""
    return await talk.ask(second, prompt, await talk.ask(first, prompt))


def voices(out: Path, provider: ScriptedProvider, *, second: str = "", **options: Any) -> Any:
    """A run of two voices, the second with these instructions."""
    cast = {"first": Generator(MODEL, name="first"), "second": Generator(MODEL, name="second", instructions=second)}
    return scripted_run(two_voices, out, provider, **cast, **options)


def test_only_what_has_changed_is_asked_again(tmp_path: Path) -> None:
    """Finished conversations are gone through as well: the first voice's replies stand, the second is asked."""
    voices(tmp_path, ScriptedProvider(told))
    provider = ScriptedProvider(lambda request: f"new {told(request)}")

    summary = voices(tmp_path, provider, second="Be brief.", accept_changes=True)

    assert (summary.n_finished, summary.n_asked) == (3, 3)
    assert {request.key.agent for request in provider.requests} == {"second"}
    assert [row["text"] for row in summary.rows()] == [f"new reply to c0000{i}/second.0, attempt 2" for i in range(3)]
    events = queried(tmp_path, "SELECT facts FROM events WHERE event = 'changes_accepted'")
    assert len(events) == 1
    assert "Be brief." in events[0]


async def reviewed(
    talk: Conversation, prompt: Message[Prompt], *, generator: Generator, reviewer: Reviewer
) -> Message[Critique]:
    """The review of a draft."""
    return await talk.ask(reviewer, prompt, await talk.ask(generator, prompt))


def test_unreadable_replies_to_unchanged_requests_are_not_asked_again(tmp_path: Path) -> None:
    """Accepted changes read them again without a call; a further try is made with `retry_failed` only."""
    starts: list[dict[str, bool]] = [
        {},
        {},
        {"accept_changes": True},
        {"accept_changes": True},
        {"accept_changes": True, "retry_failed": True},
    ]
    n_calls = []
    for options in starts:
        provider = ScriptedProvider(told)  # no review has a score
        cast = {"generator": Generator(MODEL), "reviewer": Reviewer(MODEL)}
        summary = scripted_run(reviewed, tmp_path, provider, prompts=["one"], **cast, **options)
        assert (summary.n_failed, summary.rows()[0]["fault"]) == (1, "content")
        n_calls.append(provider.n_calls)

    assert n_calls == [3, 0, 0, 0, 2]


def test_a_kind_that_was_not_recorded_is_not_compared() -> None:
    """Runs begun before agents had a kind can be continued; a recorded kind is compared."""
    recorded = {"scenario": "judge", "agents": {"judge": {"role": "Judge"}}}
    kind = {"scenario": "judge", "agents": {"judge": {"role": "Judge", "kind": "judge"}}}
    other = {"scenario": "judge", "agents": {"judge": {"role": "Judge", "kind": "juror"}}}

    assert changed_settings(orjson.dumps(recorded).decode(), kind) == []
    assert changed_settings(orjson.dumps(kind).decode(), other) == ["agents.judge.kind was 'judge', is 'juror'"]


def test_changes_that_were_accepted_stay_so_when_the_run_is_interrupted(tmp_path: Path) -> None:
    """The next start needs no option, and asks what is left."""
    voices(tmp_path, ScriptedProvider(told))
    stopped = ScriptedProvider(
        lambda request: told(request) if request.key.conversation == "c00000" else StoreError("x")
    )
    with pytest.raises(RunStopped):
        voices(tmp_path, stopped, second="Be brief.", accept_changes=True, concurrency=1)
    provider = ScriptedProvider(told)

    summary = voices(tmp_path, provider, second="Be brief.")

    assert (summary.n_finished, len(provider.requests)) == (3, 2)


def test_another_item_in_the_same_place_is_accepted_too(tmp_path: Path) -> None:
    """And told where changes are not."""
    scripted_run(improved, tmp_path, ScriptedProvider(told))
    with pytest.raises(ConfigurationError, match="c00001 of the run in"):
        scripted_run(improved, tmp_path, ScriptedProvider([]), prompts=["one", "another", "three"])
    provider = ScriptedProvider(told)

    scripted_run(improved, tmp_path, provider, prompts=["one", "another", "three"], accept_changes=True)

    assert {request.key.conversation for request in provider.requests} == {"c00001"}
    assert "another" in queried(tmp_path, "SELECT item FROM conversations WHERE position = 1")[0]


def test_accepted_changes_do_not_make_later_items_welcome(tmp_path: Path) -> None:
    """A finished conversation would stand for an item that it is not about."""
    scripted_run(improved, tmp_path, ScriptedProvider(told))
    scripted_run(improved, tmp_path, ScriptedProvider(told), accept_changes=True)

    with pytest.raises(ConfigurationError, match="c00001 of the run in"):
        scripted_run(improved, tmp_path, ScriptedProvider([]), prompts=["one", "another", "three"])


def test_another_item_is_accepted_by_the_start_that_says_so_only(tmp_path: Path) -> None:
    """A later start refuses it for a pending conversation too, and so does its plan; with the option both take it."""

    def start(last: str, **options: Any) -> ScriptedProvider:
        provider = ScriptedProvider(
            lambda request: ProviderTimeout("gone") if request.key.conversation == "c00001" else told(request)
        )
        scripted_run(one_answer, tmp_path, provider, prompts=["a", last], **options)
        return provider

    brief = Generator(MODEL, instructions="Be brief.")
    start("b")
    start("b2", generator=brief, accept_changes=True)
    with pytest.raises(ConfigurationError, match="c00001 of the run in"):
        start("b3", generator=brief)
    with estimate_script(Overrides()) as plans:
        with pytest.raises(ConfigurationError, match="c00001 of the run in"):
            start("b3", generator=brief)
        start("b3", generator=brief, accept_changes=True)

    assert [plan.estimate_run().n_done for plan in plans] == [1]
    assert start("b3", generator=brief, accept_changes=True).n_calls == 1
    assert "b3" in queried(tmp_path, "SELECT item FROM conversations WHERE position = 1")[0]


def test_a_fresh_start_leaves_the_old_run_beside_it(tmp_path: Path) -> None:
    """Under the next free name; the new run has the folder."""
    run = tmp_path / "loop"
    scripted_run(improved, run, ScriptedProvider(told))
    old = content_of(run)

    for _ in range(2):
        assert scripted_run(improved, run, ScriptedProvider(told), fresh=True).n_asked == 6

    assert sorted(path.name for path in tmp_path.iterdir()) == ["loop", "loop~1", "loop~2"]
    assert content_of(tmp_path / "loop~1") == old


def test_a_fresh_start_may_reuse_the_run_it_sets_aside(tmp_path: Path) -> None:
    """Under its new name."""
    scripted_run(improved, tmp_path / "run", ScriptedProvider(told))

    again = scripted_run(improved, tmp_path / "run", ScriptedProvider([]), fresh=True, reuse=tmp_path / "run")

    assert (again.n_finished, again.n_asked) == (3, 0)
    assert (tmp_path / "run~1" / "journal.sqlite").is_file()


def test_a_fresh_start_that_cannot_reuse_sets_nothing_aside(tmp_path: Path) -> None:
    """The run to reuse is looked for first."""
    scripted_run(improved, tmp_path / "run", ScriptedProvider(told))

    with pytest.raises(RunNotFound, match=r"no run in .*typo"):
        scripted_run(improved, tmp_path / "run", ScriptedProvider([]), fresh=True, reuse=tmp_path / "typo")

    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_in_use_is_not_set_aside(tmp_path: Path) -> None:
    """Its process is named."""
    scripted_run(improved, tmp_path / "loop", ScriptedProvider(told))

    with locked_folder(tmp_path / "loop"), pytest.raises(StoreError, match="is in use by process"):
        scripted_run(improved, tmp_path / "loop", ScriptedProvider(told), fresh=True)

    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def scenario_of(lines: str, tmp_path: Path) -> Any:
    """A scenario from a file, as a user's is."""
    name = f"scenario_{len(list(tmp_path.iterdir()))}"
    (tmp_path / f"{name}.py").write_text(lines)
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile(lines, str(tmp_path / f"{name}.py"), "exec"), namespace)
    return namespace["scenario"]


CODE = """
async def scenario(talk, prompt, *, generator):
    return await talk.ask(generator, prompt)
"""
SAME = '''
async def scenario(talk, prompt, *, generator):
    """With a docstring."""
    # and a comment
    return await talk.ask(
        generator,
        prompt,
    )
'''
OTHER = """
async def scenario(talk, prompt, *, generator):
    draft = await talk.ask(generator, prompt)
    return await talk.ask(generator, prompt, draft)
"""


def test_the_code_of_a_scenario_is_compared_and_not_its_layout(tmp_path: Path) -> None:
    """Comments, docstrings and line breaks do not count."""
    code, same, other = (source_hash(scenario_of(lines, tmp_path)) for lines in (CODE, SAME, OTHER))

    assert code == same
    assert code != other


def test_a_scenario_without_source_and_our_own_have_no_hash() -> None:
    """Ours may change with a version; what it asks is compared anyway."""
    namespace: dict[str, Any] = {}
    exec(CODE, namespace)

    assert source_hash(namespace["scenario"]) is None
    assert source_hash(ScriptedProvider) is None
    assert source_hash(partial(improved, rounds=1)) == source_hash(improved)


def test_a_run_of_other_code_is_refused(tmp_path: Path) -> None:
    """Nothing is asked; with changes accepted, only what the new code asks beside the old."""
    run = tmp_path / "run"
    scripted_run(scenario_of(CODE, tmp_path), run, ScriptedProvider(told))

    with pytest.raises(
        ConfigurationError, match="was started with different settings: the code of the scenario was changed; restore"
    ):
        scripted_run(scenario_of(OTHER, tmp_path), run, ScriptedProvider([]))
    summary = scripted_run(scenario_of(OTHER, tmp_path), run, ScriptedProvider(told), accept_changes=True)

    assert (summary.n_finished, summary.n_asked) == (3, 3)


class Summarizer(Generator):
    """A role of the user's own."""


class ShortSummarizer(Generator):
    """The same after it was renamed."""


RENAMED: list[tuple[dict[str, Generator], dict[str, Generator], str]] = [
    (
        {"generator": Summarizer(MODEL)},
        {"generator": ShortSummarizer(MODEL)},
        "'summarizer' is missing now and 'short_summarizer' is new, so the replies of 'summarizer' are not used, and "
        "all requests of 'short_summarizer' are asked and paid; to keep them, give the agent its former name with "
        'name="summarizer"',
    ),
    (
        {"first": Generator(MODEL, name="tri1"), "second": Generator(MODEL, name="editor")},
        {"first": Generator(MODEL, name="tri2"), "second": Generator(MODEL, name="critic")},
        "'tri1', 'editor' are missing now and 'tri2', 'critic' are new, so the replies of 'tri1', 'editor' are not "
        "used, and all requests of 'tri2', 'critic' are asked and paid; to keep them, give the agents their former "
        'names with name="tri1", name="editor"',
    ),
]


@pytest.mark.parametrize(("cast", "renamed", "says"), RENAMED, ids=["role class", "two names"])
def test_replies_of_a_renamed_agent_are_said_to_be_asked_again(
    tmp_path: Path, cast: dict[str, Generator], renamed: dict[str, Generator], says: str
) -> None:
    """They are kept under its name; with the former name nothing is asked."""
    scenario = one_answer if len(cast) == 1 else two_voices
    scripted_run(scenario, tmp_path, ScriptedProvider(told), **cast)

    with pytest.raises(ConfigurationError) as caught:
        scripted_run(scenario, tmp_path, ScriptedProvider([]), **renamed)
    accepted = scripted_run(scenario, tmp_path, ScriptedProvider(told), **renamed, accept_changes=True)

    assert says in str(caught.value)
    assert accepted.n_asked == 3 * len(cast)


def test_a_removed_agent_is_no_renamed_one(tmp_path: Path) -> None:
    voices(tmp_path, ScriptedProvider(told))

    with pytest.raises(ConfigurationError) as caught:
        scripted_run(one_answer, tmp_path, ScriptedProvider([]), generator=Generator(MODEL, name="first"))

    assert "only requests that differ are asked), start over" in str(caught.value)


def test_replies_of_another_run_need_not_be_asked_for(tmp_path: Path) -> None:
    """Where the request is the same: the first voice of a run with another second one. The new run stands alone."""
    voices(tmp_path / "old", ScriptedProvider(told))
    before = content_of(tmp_path / "old")
    provider = ScriptedProvider(told)

    prompts = ["three", "two", "four"]
    summary = voices(tmp_path / "new", provider, second="Be brief.", prompts=prompts, reuse=tmp_path / "old")
    again = voices(tmp_path / "new", ScriptedProvider([]), second="Be brief.", prompts=prompts)

    assert (summary.n_finished, summary.n_asked, again.n_asked) == (3, 4, 0)
    asked = sorted((request.key.conversation, request.key.agent) for request in provider.requests)
    assert asked == [("c00000", "second"), ("c00001", "second"), ("c00002", "first"), ("c00002", "second")]
    reused = queried(tmp_path / "new", "SELECT conversation, agent, completion, cost FROM asks WHERE reused ORDER BY 1")
    assert reused == [
        ("c00000", "first", "reply to c00002/first.0, attempt 1", "0"),
        ("c00001", "first", "reply to c00001/first.0, attempt 1", "0"),
    ]
    assert content_of(tmp_path / "old") == before


def test_of_two_conversations_about_one_item_each_has_the_replies_of_its_own(tmp_path: Path) -> None:
    """Also when only the second is left to be carried out, after a stop."""
    same = ["one", "one"]
    scripted_run(one_answer, tmp_path / "old", ScriptedProvider(told), prompts=same)
    scripted_run(one_answer, tmp_path / "new", ScriptedProvider([]), prompts=same, n=1, reuse=tmp_path / "old")

    summary = scripted_run(one_answer, tmp_path / "new", ScriptedProvider([]), prompts=same, reuse=tmp_path / "old")

    assert [row["text"] for row in summary.rows()] == [f"reply to c0000{n}/generator.0, attempt 1" for n in range(2)]


async def twice(talk: Conversation, prompt: Message[Prompt], *, first: Generator, second: Generator) -> Message[Draft]:
    """The first answers before and after the second."""
    await talk.ask(first, prompt)
    await talk.ask(second, prompt)
    return await talk.ask(first, prompt)


def test_a_conversation_has_the_replies_of_one_conversation_in_every_start(tmp_path: Path) -> None:
    """Also where another one about the same item has finished before, and is not executed again."""

    def start(out: str, reply: Any, *, second: str = "", **options: Any) -> None:
        cast = {"first": Generator(MODEL, name="first"), "second": Generator(MODEL, name="second", instructions=second)}
        scripted_run(twice, tmp_path / out, ScriptedProvider(reply), **cast, **options)

    def timeout_in_the_last(request: Request) -> str | Exception:
        return ProviderTimeout("gone") if request.key.conversation == "c00003" else told(request)

    new: dict[str, Any] = {"second": "Be brief.", "prompts": ["a", "b", "same", "same"], "reuse": tmp_path / "old"}
    start("old", told, prompts=["same", "same"])
    start("new", timeout_in_the_last, **new)
    start("new", told, **new)

    reused = queried(tmp_path / "new", "SELECT conversation, completion FROM asks WHERE reused ORDER BY 1, occurrence")
    assert reused == [
        (conversation, f"reply to {source}/first.{n}, attempt 1")
        for conversation, source in (("c00002", "c00000"), ("c00003", "c00001"))
        for n in range(2)
    ]


def test_nothing_is_reused_for_a_request_that_is_another(tmp_path: Path) -> None:
    """Another model is another request."""
    scripted_run(improved, tmp_path / "old", ScriptedProvider(told))

    summary = scripted_run(
        improved, tmp_path / "new", ScriptedProvider(told), generator=Generator("fake/other"), reuse=tmp_path / "old"
    )

    assert summary.n_asked == 6


def test_an_event_is_kept_for_the_begin_and_end_of_every_start(tmp_path: Path) -> None:
    """With what was to be done."""
    for _ in range(2):
        scripted_run(improved, tmp_path, ScriptedProvider(told))

    events = queried(tmp_path, "SELECT event, json_extract(facts, '$.total') FROM events ORDER BY at, rowid")
    assert events == [("begun", 3), ("ended", None), ("begun", 3), ("ended", None)]


def test_a_journal_that_cannot_be_read_again_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when so many conversations fail at it that no slot would be left for the next."""
    prompts = [str(number) for number in range(2 * MAX_AWAITING_FIRST_SEND)]
    voices(tmp_path, ScriptedProvider(told), prompts=prompts)

    async def unreadable(*_: object) -> None:
        await asyncio.sleep(0.01)
        raise StoreError("cannot be read")

    monkeypatch.setattr(SqliteJournal, "recorded", unreadable)
    with pytest.raises(RunStopped, match="cannot be read"):
        voices(tmp_path, ScriptedProvider([]), second="Be brief.", prompts=prompts, accept_changes=True)
