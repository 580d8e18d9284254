"""Agents: their options and defaults, their copies, what they read, and how they ask again."""

import asyncio
import json
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import orjson
import pytest
from autogen_core import CancellationToken
from pydantic import BaseModel

from fellowship.agents.agent import Agent, snake_case
from fellowship.agents.debater import CRITIC, PERSONAS, Debater
from fellowship.agents.evaluator import Evaluator
from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Completion, Finish, Sampling, Usage
from fellowship.protocols.content import Argument, Critique, Draft, Score, Verdict, Vote
from fellowship.protocols.errors import (
    ConfigurationError,
    ReplyContradictory,
    ReplyError,
    ReplyNotParsed,
    ReplyOutOfRange,
)
from fellowship.scenarios.debate import panel
from tests.agents.roles import Claims, FactChecker
from tests.builders import KEY, a_completion, a_draft, a_prompt

PAIR = [a_prompt(), a_draft("It is Canberra."), a_draft("Sydney!", source="other")]
SCORES = "A names it.\nScore A: 8/10\nScore B: 2/10"


# ---- options and defaults


@pytest.mark.parametrize(
    ("agent", "name", "settings"),
    [
        (Generator("x/y"), "generator", {"temperature": 0.7, "max_tokens": 2048}),
        (Reviewer("x/y"), "reviewer", {"temperature": 0.0, "max_tokens": 1024}),
        (Judge("x/y"), "judge", {"temperature": 0.0, "max_tokens": 1024}),
        (Judge("x/y").rater, "judge", {"temperature": 0.0, "max_tokens": 1024}),
        (Juror("x/y"), "juror", {"temperature": 0.0, "max_tokens": 1024}),
        (Debater("x/y"), "general_public", {"temperature": 0.0, "max_tokens": 512}),
        (Debater("x/y").ballot, "general_public_ballot", {"temperature": 0.0, "max_tokens": 1024}),
        (FactChecker("x/y"), "fact_checker", {"max_tokens": 1024}),
    ],
    ids=lambda value: value.name if isinstance(value, Agent) else "",
)
def test_every_role_has_a_name_and_settings_of_its_own(agent: Agent[Any], name: str, settings: dict[str, Any]) -> None:
    """Who judges does so at temperature 0; every reply has an end."""
    assert agent.name == name
    assert agent.settings == settings
    assert agent.repairs == 1


@pytest.mark.parametrize(
    ("agent", "content", "reply_name"),
    [
        (Generator(), Draft, "Draft"),
        (Reviewer(), Critique, "Critique/10"),
        (Reviewer(out_of=5), Critique, "Critique/5"),
        (Reviewer(scored=False), Critique, "Critique"),
        (Judge(), Verdict, "Verdict/combined-10"),
        (Judge(strategy="direct"), Verdict, "Verdict/direct"),
        (Judge(strategy="independent-5").rater, Score, "Score/independent-5"),
        (Juror(), Vote, "Vote/combined-10"),
        (Debater(), Argument, "Argument"),
        (Debater().ballot, Vote, "Vote/combined-10"),
        (FactChecker(), Claims, "Claims"),
    ],
)
def test_every_role_writes_one_kind_of_message(agent: Agent[Any], content: type[BaseModel], reply_name: str) -> None:
    """And AutoGen is told which."""
    assert agent.reply is content
    assert agent.message_type.__name__ == f"{content.__name__}Message"
    assert agent.produced_message_types == (agent.message_type,)
    assert agent.reply_name == reply_name


def test_settings_go_over_the_roles_own() -> None:
    """Setting by setting; zero is a setting."""
    agent = Generator("x/y", sampling=Sampling(temperature=0.0, seed=7))

    assert agent.settings == {"temperature": 0.0, "max_tokens": 2048, "seed": 7}


def test_the_rater_of_an_evaluator_is_asked_as_the_evaluator_is() -> None:
    """With its name, model, settings, rubric, reference and point of view."""

    class WarmJudge(Judge):
        default_sampling = Sampling(temperature=0.5, max_tokens=64)

    judge = WarmJudge(
        "x/y", name="mira", strategy="independent-5", persona=CRITIC, rubric=["style"], reference="Canberra", repairs=0
    )

    rater = judge.rater
    assert (rater.name, rater.model, rater.repairs, rater.reference) == ("mira", "x/y", 0, "Canberra")
    assert rater.settings == judge.settings == {"temperature": 0.5, "max_tokens": 64}
    assert rater.system_text == judge.system_text


def test_the_ballot_of_a_debater_is_the_same_persona_on_the_same_model() -> None:
    """With its options; what it is told is the ballot's own."""
    debater = Debater("x/y", persona=CRITIC, rubric=["style"], strategy="combined-5", instructions="Shout.", repairs=3)

    ballot = debater.ballot
    assert (ballot.name, ballot.model, ballot.repairs) == ("critic_ballot", "x/y", 3)
    assert ballot.reply_name == "Vote/combined-5"
    assert ballot.system_text.startswith("Your part: critic.")
    assert "- style (100%)" in ballot.system_text
    assert "Shout." not in ballot.system_text
    assert "Shout." in debater.system_text


def test_a_panel_is_the_three_personas_of_the_paper() -> None:
    """In its order of speaking."""
    debaters = panel("x/y", strategy="combined-5")

    assert [debater.name for debater in debaters] == ["general_public", "psychologist", "critic"]
    assert [debater.persona for debater in debaters] == list(PERSONAS)
    assert {debater.ballot.reply_name for debater in debaters} == {"Vote/combined-5"}


def test_a_ballot_needs_both_answers_at_once() -> None:
    """Independent scores have no room in a debate."""
    expected = r"^strategy 'independent-10': a ballot is about both answers at once; expected combined-N or direct$"

    with pytest.raises(ValueError, match=expected):
        Debater("x/y", strategy="independent-10")


def test_an_agent_without_a_model_says_how_to_give_it_one() -> None:
    """Before anything is asked."""
    expected = (
        r"^agent 'mira' has no model: give Judge\('provider/model'\), or --model mira=provider/model, "
        r"or set FELLOWSHIP_MODEL$"
    )

    with pytest.raises(ConfigurationError, match=expected):
        Judge(name="mira").request(PAIR, KEY, 1)


@pytest.mark.parametrize("name", ["juror 1", "1st", "a-b", "über uns"])
def test_a_name_is_an_identifier(name: str) -> None:
    """AutoGen wants it so."""
    with pytest.raises(ValueError, match="must be a valid Python identifier"):
        Judge("x/y", name=name)


def test_repairs_cannot_be_negative() -> None:
    """None is fewest."""
    with pytest.raises(ValueError, match=r"^repairs is -1; expected 0 or more$"):
        Judge("x/y", repairs=-1)


@pytest.mark.parametrize(("name", "snake"), [("FactChecker", "fact_checker"), ("Judge", "judge"), ("X", "x")])
def test_a_role_is_called_after_its_class(name: str, snake: str) -> None:
    """In the way names are written."""
    assert snake_case(name) == snake


class Abstract(BaseModel):
    """A content of a user's own role."""

    text: str


class Summariser(Agent[Abstract]):
    """A user's own role, whose reply is prose."""

    def parse(self, completion: Completion) -> Abstract:
        """The whole text."""
        return Abstract(text=completion.text)


class StrictFactChecker(FactChecker):
    """A role made from a role of one's own."""


class Comparer(Evaluator[Verdict]):
    """An evaluator of one's own."""


class Jurist(FactChecker):
    """A role that says what it does."""

    kind = "juror"


class Graded(BaseModel):
    """A content whose parser raises what parsers raise."""

    points: float


class Grader(Agent[Graded]):
    """Reads a line such as 'points: 3' without a check."""

    def parse(self, completion: Completion) -> Graded:
        """The number behind the name."""
        name, _, value = completion.text.partition(": ")
        if name == "json":
            return Graded(**json.loads(value))
        if name == "word":
            return Graded(points=float(value.split()[2]))
        if name == "pattern":
            return Graded(points=float(re.search("[0-9]+", value).group()))  # type: ignore[union-attr]
        if name == "bug":
            raise TypeError("not a matter of the reply")
        return Graded(points=float(value))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("points: many", "parse raises ValueError: could not convert string to float: 'many'"),
        ("json: {", "parse raises JSONDecodeError: Expecting property name"),
        ("word: one two", "parse raises IndexError: list index out of range"),
        ("pattern: none", "parse raises AttributeError: 'NoneType' object has no attribute 'group'"),
        ("json: {}", "points: Field required"),
    ],
)
def test_what_parsers_raise_about_a_text_is_an_unreadable_reply(text: str, found: str) -> None:
    """So that it is sent back for correction, which a bug is not."""
    with pytest.raises(ReplyNotParsed, match=re.escape(f"grader: {found}")) as caught:
        Grader().read(Completion(text))

    assert caught.value.raw == text
    assert Grader().read(Completion("points: 3")) == Graded(points=3)
    with pytest.raises(TypeError):
        Grader().read(Completion("bug: "))


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        (Generator, "generator"),
        (Reviewer, "reviewer"),
        (Judge, "judge"),
        (Juror, "juror"),
        (Debater, "debater"),
        (FactChecker, "fact_checker"),
        (StrictFactChecker, "fact_checker"),
        (Comparer, "evaluator"),
        (Jurist, "juror"),
    ],
)
def test_a_subclass_has_the_kind_of_its_base(role: type[Agent[Any]], kind: str) -> None:
    """A class without one, and without a base that has one, is of the kind that its name says."""
    assert role.kind == kind


def test_what_decides_the_requests_is_described() -> None:
    """A run is compared by it when it is started again."""
    assert FactChecker("x/y").described() == {
        "role": "FactChecker",
        "kind": "fact_checker",
        "model": "x/y",
        "system": FactChecker("x/y").system_text,
        "reference": None,
        "sampling": {"max_tokens": 1024},
        "repairs": 1,
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(Judge("x/y"), Judge("x/y", strategy="direct"), id="strategy"),
        pytest.param(Judge("x/y"), Judge("x/y", persona=CRITIC), id="persona"),
        pytest.param(Judge("x/y"), Judge("x/y", rubric=["style"]), id="rubric"),
        pytest.param(Debater("x/y"), Debater("x/y", strategy="combined-5"), id="strategy of the ballot"),
        pytest.param(Debater("x/y"), Debater("x/y", persona=CRITIC), id="persona of a debater"),
        pytest.param(Reviewer("x/y"), Reviewer("x/y", out_of=5), id="scale"),
        pytest.param(Reviewer("x/y"), Reviewer("x/y", scored=False), id="no score"),
        pytest.param(Reviewer("x/y"), Reviewer("x/y", reference="Canberra"), id="reference"),
        pytest.param(Generator("x/y"), Generator("x/z"), id="model"),
        pytest.param(Generator("x/y"), Generator("x/y", sampling=Sampling(seed=1)), id="sampling"),
        pytest.param(Generator("x/y"), Generator("x/y", repairs=0), id="repairs"),
        pytest.param(Generator("x/y"), Generator("x/y", instructions="Be brief."), id="instructions"),
    ],
)
def test_roles_that_ask_otherwise_are_described_otherwise(one: Agent[Any], other: Agent[Any]) -> None:
    """No option is forgotten."""
    assert one.described() != other.described()
    assert orjson.loads(orjson.dumps(one.described())) == one.described()


# ---- roles of one's own


def test_a_role_inherits_the_reply_of_its_role() -> None:
    """Without saying it again."""

    class StrictChecker(FactChecker):
        pass

    assert StrictChecker("x/y").reply is Claims
    assert StrictChecker("x/y").name == "strict_checker"


def test_a_role_may_change_the_reply_of_its_role() -> None:
    """By the attribute that every role has."""

    class Sources(BaseModel):
        urls: list[str]

    class SourceFinder(FactChecker):
        reply = Sources

    assert SourceFinder("x/y").message_type.__name__ == "SourcesMessage"


def test_a_reply_may_not_take_the_name_of_a_built_in_one() -> None:
    """Said where the role is written, before anything is asked."""

    class Draft(BaseModel):
        body: str

    with pytest.raises(ValueError, match="a content called 'Draft' is built in"):

        class Letter(Agent[Draft]):
            pass


# ---- copies


def touched(agent: Agent[Any]) -> Agent[Any]:
    """An agent whose cached properties are all filled."""
    _ = agent.system_text, agent.settings, agent.message_type
    if isinstance(agent, Evaluator):
        _ = agent.rater.system_text, agent.rater.settings
    if isinstance(agent, Debater):
        _ = agent.ballot.system_text, agent.ballot.settings
    return agent


ROLES = [
    Generator("x/y", instructions="Be brief."),
    Reviewer("x/y", out_of=5),
    Judge("x/y", strategy="independent-5", persona=CRITIC, rubric=["style"]),
    Juror("x/y", reference="Canberra"),
    Debater("x/y", persona=CRITIC, strategy="combined-5", repairs=2),
    FactChecker("x/y", sampling=Sampling(seed=1)),
]
every_role = pytest.mark.parametrize("agent", ROLES, ids=lambda agent: type(agent).__name__)


@every_role
def test_a_renamed_copy_differs_in_its_name_alone(agent: Agent[Any]) -> None:
    """And leaves the original as it was."""
    before = touched(agent).described()

    twin = agent.renamed("twin")

    assert (twin.name, agent.name != "twin") == ("twin", True)
    assert twin.described() == agent.described() == before
    assert type(twin) is type(agent)


@every_role
def test_a_copy_on_another_model_differs_in_its_model_alone(agent: Agent[Any]) -> None:
    """So that one model can take the part of another."""
    before = touched(agent).described()

    twin = agent.with_model("other/model")

    assert twin.described() == {**before, "model": "other/model"}
    assert (twin.name, agent.described()) == (agent.name, before)


def test_what_a_role_says_of_itself_follows_its_copies() -> None:
    """Instructions that were worked out before the copy are worked out anew."""

    class Signing(FactChecker):
        def reply_form(self) -> str:
            return f"Sign as {self.name} on {self.model}."

    agent = Signing("x/y")
    touched(agent)

    assert agent.renamed("twin").system_text.endswith("Sign as twin on x/y.")
    assert agent.with_model("other/model").system_text.endswith("Sign as signing on other/model.")


def test_a_cached_property_of_a_role_follows_its_copies() -> None:
    """A value that was computed before the copy is computed again, also one that a base class caches."""

    class Named(FactChecker):
        @cached_property
        def who(self) -> str:
            return f"You are {self.model}."

    class Signed(Named):
        pass

    agent = Signed("x/y")

    assert agent.who == "You are x/y."
    assert agent.with_model("other/model").who == "You are other/model."
    assert agent.who == "You are x/y."


@pytest.mark.parametrize(
    "agent",
    [Debater("x/y", persona=CRITIC), Judge("x/y", persona=CRITIC), Juror("x/y", persona=CRITIC)],
    ids=lambda agent: type(agent).__name__,
)
def test_new_instructions_keep_the_persona(agent: Agent[Any]) -> None:
    """The same system text as with these instructions from the start."""
    given: Any = {"persona": CRITIC, "instructions": "Be terse."}

    assert agent.with_instructions("Be terse.").system_text == type(agent)("x/y", **given).system_text


def test_new_instructions_of_a_rater_keep_the_persona() -> None:
    """A fork changes the rater, not the judge that it is made of."""
    options: Any = {"strategy": "independent-5", "persona": CRITIC}
    changed = Judge("x/y", **options, instructions="Be terse.").rater

    assert Judge("x/y", **options).rater.with_instructions("Be terse.").system_text == changed.system_text
    assert Judge("x/y", **options).with_instructions("Be terse.").rater.system_text == changed.system_text


@pytest.mark.parametrize("options", [{}, {"sampling": Sampling(temperature=0.5, seed=7)}], ids=["default", "given"])
def test_new_sampling_of_a_debater_reaches_its_ballot(options: Any) -> None:
    """Settings that are not set stay: those that were given, and the ballot's own defaults."""
    debater = Debater("x/y", **options)
    before = touched(debater).described()

    twin = debater.with_sampling(Sampling(temperature=1.0))

    assert twin.settings == {**debater.settings, "temperature": 1.0}
    assert twin.ballot.settings == {**debater.ballot.settings, "temperature": 1.0}
    assert debater.described() == before


@every_role
def test_a_copy_has_a_thread_of_its_own(agent: Agent[Any]) -> None:
    """What one hears in an AutoGen chat the other has not heard."""
    asyncio.run(agent.load_state({"messages": [], "turns": 3}))

    twin = agent.renamed("twin")

    assert asyncio.run(twin.save_state()) == {"messages": [], "turns": 0}
    assert asyncio.run(agent.save_state()) == {"messages": [], "turns": 3}
    asyncio.run(agent.on_reset(CancellationToken()))


@pytest.mark.parametrize("copies", [("renamed", "with_model"), ("with_model", "renamed")])
def test_the_rater_of_a_copy_is_the_copys_own(copies: Sequence[str]) -> None:
    """A rater that was made before the copy is not shared with it."""
    judge = Judge("x/y", strategy="independent-5")
    touched(judge)

    twin = judge
    for each in copies:
        twin = touched(getattr(twin, each)("mira" if each == "renamed" else "other/model"))  # type: ignore[assignment]

    assert (twin.rater.name, twin.rater.model) == ("mira", "other/model")
    assert (judge.rater.name, judge.rater.model) == ("judge", "x/y")


@pytest.mark.parametrize("copies", [("renamed", "with_model"), ("with_model", "renamed")])
def test_the_ballot_of_a_copy_is_the_copys_own(copies: Sequence[str]) -> None:
    """A ballot that was made before the copy is not shared with it."""
    debater = Debater("x/y", persona=CRITIC)
    touched(debater)

    twin = debater
    for each in copies:
        twin = touched(getattr(twin, each)("mira" if each == "renamed" else "other/model"))  # type: ignore[assignment]

    assert (twin.ballot.name, twin.ballot.model) == ("mira_ballot", "other/model")
    assert (debater.ballot.name, debater.ballot.model) == ("critic_ballot", "x/y")


# ---- reading


@pytest.mark.parametrize(
    ("agent", "text", "content"),
    [
        (Generator(), " Canberra.\n", Draft(text="Canberra.")),
        (
            Reviewer(),
            "- Say since when.\nOverall score: 6.5/10",
            Critique(text="- Say since when.\nOverall score: 6.5/10", score=6.5),
        ),
        (Reviewer(scored=False), "- Shorter.", Critique(text="- Shorter.")),
        (Judge(), SCORES, Verdict(decision="A", score_a=8, score_b=2, out_of=10, explanation=SCORES)),
        (
            Judge(strategy="direct"),
            "Both.\nAnswer: C",
            Verdict(decision="tie", explanation="Both.\nAnswer: C"),
        ),
        (Juror(), SCORES, Vote(decision="A", score_a=8, score_b=2, out_of=10, explanation=SCORES)),
        (
            Judge(strategy="independent-5").rater,
            "Fine.\nOverall score: 4/5",
            Score(score=4, out_of=5, explanation="Fine.\nOverall score: 4/5"),
        ),
        (Debater(), "A is right.\n", Argument(text="A is right.")),
        (Debater().ballot, SCORES, Vote(decision="A", score_a=8, score_b=2, out_of=10, explanation=SCORES)),
        (FactChecker(), 'Here:\n```json\n{"unsupported": ["since 1913"]}\n```', Claims(unsupported=["since 1913"])),
    ],
    ids=lambda value: value.name if isinstance(value, Agent) else "",
)
def test_a_role_reads_what_it_asked_for(agent: Agent[Any], text: str, content: BaseModel) -> None:
    """The whole message, and of the right kind."""
    read = agent.read(a_completion(text))

    assert read == content
    assert type(read) is type(content)


def test_a_draft_that_ran_out_of_room_is_marked() -> None:
    """It is an answer nevertheless."""
    assert Generator().read(a_completion("Canb", finish="length")) == Draft(text="Canb", truncated=True)


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_prose_that_was_cut_off_is_marked(finish: Finish) -> None:
    """An argument, and advice without a score."""
    completion = a_completion("A is", finish=finish)

    assert Debater().read(completion) == Argument(text="A is", truncated=True)
    assert Reviewer(scored=False).read(completion) == Critique(text="A is", truncated=True)


@pytest.mark.parametrize(
    ("agent", "text", "part"),
    [
        (Judge(), SCORES, "verdict"),
        (Juror(), SCORES, "verdict"),
        (Judge(strategy="independent-5").rater, "Overall score: 4/5", "score"),
        (Reviewer(), "Fine.\nOverall score: 1", "reply"),
        (FactChecker(), '{"unsupported": []}\nNo, wait: {"unsupp', "reply"),
        (Summariser(), "It is ab", "reply"),
    ],
    ids=lambda value: value.name if isinstance(value, Agent) else "",
)
@pytest.mark.parametrize(
    ("finish", "end"),
    [("length", "ran out of room; max_tokens may be too low"), ("content_filter", "was filtered")],
)
def test_a_text_that_is_not_whole_is_not_read(
    agent: Agent[Any], text: str, part: str, finish: Finish, end: str
) -> None:
    """Whatever can be read in it, and also by a role of somebody's own."""
    with pytest.raises(ReplyNotParsed) as caught:
        agent.read(a_completion(text, finish=finish))

    assert str(caught.value) == f"{agent.name}: {part}: the reply {end}"


@pytest.mark.parametrize(
    "agent", [Generator(), Judge(), Debater(), FactChecker()], ids=["generator", "judge", "debater", "own"]
)
def test_a_reply_to_a_part_of_the_prompt_is_unreadable_for_every_role(agent: Agent[Any]) -> None:
    """And it says what to do."""
    with pytest.raises(ReplyNotParsed) as caught:
        agent.read(a_completion(SCORES, finish="prompt_truncated", usage=Usage(4096, 20)))

    assert str(caught.value) == (
        f"{agent.name}: {agent.part_read}: the server read 4,096 tokens of the prompt and left out the rest; "
        "raise its context length (Ollama: OLLAMA_CONTEXT_LENGTH), or shorten the prompt"
    )


@pytest.mark.parametrize(
    ("agent", "text", "kind", "message"),
    [
        (Generator(), " \n", ReplyNotParsed, "generator: answer: expected an answer, got no text (finish: stop)"),
        (Reviewer(), "", ReplyNotParsed, "reviewer: critique: expected a critique, got no text (stop)"),
        (Debater(), "", ReplyNotParsed, "general_public: argument: expected an argument, got no text (stop)"),
        (
            Judge(),
            "Both are fine.",
            ReplyNotParsed,
            "judge: score A: expected a number from 0 to 10, such as 'Score A: 10/10', "
            "found none before its end 'Both are fine.'",
        ),
        (
            Judge(),
            "Score A: 11/10\nScore B: 2/10",
            ReplyOutOfRange,
            "judge: score A: expected a number from 0 to 10, such as 'Score A: 10/10', found 'Score A: 11/10'",
        ),
        (
            Juror(name="mira"),
            "Score A: 8/10\nScore A: 3/10\nScore B: 2/10",
            ReplyContradictory,
            "mira: score A: expected one value, found 'Score A: 8/10' and 'Score A: 3/10'",
        ),
        (
            Judge(strategy="direct"),
            "Answer: A\nAnswer: B",
            ReplyContradictory,
            "judge: choice: expected one value, found 'Answer: A' and 'Answer: B'",
        ),
        (
            Reviewer(out_of=5),
            "Overall score: 6/10",
            ReplyOutOfRange,
            "reviewer: score: expected a number from 0 to 5, such as 'Score: 5/5', found 'Overall score: 6/10'",
        ),
        (
            FactChecker(),
            '{"unsupported": "all"}',
            ReplyNotParsed,
            "fact_checker: unsupported: Input should be a valid list",
        ),
        (FactChecker(), '{"claims": []}', ReplyNotParsed, "fact_checker: unsupported: Field required"),
    ],
)
def test_an_unreadable_reply_says_what_was_expected(
    agent: Agent[Any], text: str, kind: type[ReplyError], message: str
) -> None:
    """By kind, naming the agent, with the raw text kept."""
    with pytest.raises(ReplyError) as caught:
        agent.read(a_completion(text))

    assert type(caught.value) is kind
    assert str(caught.value) == message
    assert caught.value.raw == text


# ---- asking again


def test_a_repair_is_the_next_attempt_of_the_same_ask() -> None:
    """What was sent, what came back, and what was wrong with it."""
    judge = Judge("x/y")
    request = judge.request(PAIR, KEY, 1)
    completion = a_completion("Both are fine.")
    with pytest.raises(ReplyNotParsed) as caught:
        judge.read(completion)

    repair = judge.repair(request, completion, caught.value)

    assert (repair.key, repair.attempt, repair.model) == (KEY, 2, "x/y")
    assert (repair.sampling, repair.reply) == (request.sampling, request.reply)
    assert repair.messages[:-1] == (*request.messages, {"role": "assistant", "content": "Both are fine."})
    assert repair.messages[-1]["role"] == "user"
    assert str(caught.value).removeprefix("judge: ") in repair.messages[-1]["content"]
    assert repair.messages[-1]["content"].endswith(judge.reply_form())


def test_a_repair_of_an_empty_reply_has_something_to_show() -> None:
    """Many servers refuse a turn without content."""
    generator = Generator("x/y")

    repair = generator.repair(generator.request(PAIR[:1], KEY, 1), a_completion(""), ReplyNotParsed("empty", raw=""))

    assert repair.messages[1] == {"role": "assistant", "content": "(no text)"}
