"""Messages: what they take, what they refuse, and that they survive JSON and AutoGen."""

import json
from typing import Any

import orjson
import pytest
from autogen_agentchat.messages import MessageFactory, StructuredMessage
from hypothesis import given
from pydantic import BaseModel, ValidationError

from fellowship.protocols import content as contents
from fellowship.protocols.content import Content, Draft, Verdict
from fellowship.protocols.messages import BUILT_IN, DraftMessage, Message, VerdictMessage, load_message, message_type
from tests.builders import NOON, a_draft, a_message, a_prompt, a_verdict
from tests.protocols.contents import CONTENTS, any_message

BESIDES = {"ArgumentContent", "Content", "Item", "Persona", "Criterion", "Rubric"}  # contents that are never said


class Claims(BaseModel):
    unsupported: list[str]
    note: str | None = None


def a_dump(**changes: Any) -> dict[str, Any]:
    """A draft as AutoGen writes it, with changes."""
    return {**a_draft().dump(), **changes}


@given(any_message)
def test_every_message_survives_json(message: Message[Any]) -> None:
    """By its own class, and by ours that picks the class."""
    written = orjson.dumps(message.dump())

    assert type(message).load(orjson.loads(written)) == message
    assert load_message(json.loads(written)) == message


@given(any_message)
def test_every_message_survives_the_factory_of_autogen(message: Message[Any]) -> None:
    """Which is how AutoGen's teams and states read messages."""
    factory = MessageFactory()
    factory.register(type(message))

    read = factory.create(json.loads(json.dumps(message.dump())))

    assert read == message
    assert type(read) is type(message)


def test_all_message_types_live_in_one_factory() -> None:
    """AutoGen tells them apart by the names of their classes, so these must differ."""
    factory = MessageFactory()

    for kind in BUILT_IN.values():
        factory.register(kind)

    assert all(factory.is_registered(kind) for kind in BUILT_IN.values())


def test_every_content_has_a_message_and_a_strategy() -> None:
    """A content that is added gets both."""
    said = {
        each
        for name, each in vars(contents).items()
        if isinstance(each, type) and issubclass(each, Content) and name not in BESIDES
    }

    assert set(BUILT_IN) == said
    assert set(CONTENTS) == said


@pytest.mark.parametrize("content", BUILT_IN, ids=lambda content: content.__name__)
def test_the_message_is_called_after_its_content(content: type[BaseModel]) -> None:
    """Draft, DraftMessage; and it is AutoGen's structured message."""
    kind = BUILT_IN[content]

    assert kind.__name__ == f"{content.__name__}Message"
    assert issubclass(kind, StructuredMessage)
    assert message_type(content) is kind


@pytest.mark.parametrize("field", ["id", "source", "content", "inputs", "created_at", "metadata", "models_usage"])
def test_a_message_cannot_be_changed(field: str) -> None:
    """Neither its envelope ..."""
    message = a_draft()

    with pytest.raises(ValidationError, match="frozen"):
        setattr(message, field, None)


@pytest.mark.parametrize("content", BUILT_IN, ids=lambda content: content.__name__)
def test_a_content_cannot_be_changed(content: type[BaseModel]) -> None:
    """... nor what is inside."""
    some = _any(content)
    field = next(iter(content.model_fields))

    with pytest.raises(ValidationError, match="frozen"):
        setattr(some, field, None)


@pytest.mark.parametrize("content", BUILT_IN, ids=lambda content: content.__name__)
def test_a_content_refuses_an_unknown_field(content: type[BaseModel]) -> None:
    """A misspelt field is not lost in silence."""
    fields = _any(content).model_dump()

    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        content.model_validate({**fields, "surprise": 1})


@pytest.mark.parametrize("content", BUILT_IN, ids=lambda content: content.__name__)
def test_an_envelope_refuses_an_unknown_field(content: type[BaseModel]) -> None:
    """Only AutoGen's computed `type` is let in."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        BUILT_IN[content].model_validate({**a_message(_any(content)).dump(), "surprise": 1})


def test_the_type_is_taken_if_it_is_right() -> None:
    """As AutoGen writes it into every dump."""
    assert DraftMessage.load(a_dump()) == a_draft()
    assert DraftMessage.load({name: value for name, value in a_dump().items() if name != "type"}) == a_draft()


@pytest.mark.parametrize("wrong", ["PromptMessage", "Draft", None])
def test_another_type_is_refused(wrong: Any) -> None:
    """Naming what came and what was expected."""
    with pytest.raises(ValidationError, match=rf"this is a message of type {wrong!r}; expected 'DraftMessage'"):
        DraftMessage.load(a_dump(type=wrong))


@pytest.mark.parametrize("missing", ["id", "created_at", "source", "content"])
def test_nothing_of_the_envelope_is_made_up(missing: str) -> None:
    """AutoGen would fill in an id and the time; ours are given."""
    fields = {name: value for name, value in a_dump().items() if name != missing}

    with pytest.raises(ValidationError, match="Field required"):
        DraftMessage.model_validate(fields)


def test_messages_do_not_share_their_metadata() -> None:
    """The default is made anew for each."""
    assert a_draft().metadata is not a_draft().metadata


def test_messages_share_what_never_changes() -> None:
    """The set of fields that were given, unless it is another one; a copy may be changed all the same."""
    one, other = a_draft("one"), a_draft("other")
    fewer = DraftMessage(id="x", source="y", content=Draft(text="z"), created_at=NOON)

    changed = one.model_copy(update={"metadata": {"a": "b"}})

    assert one.model_fields_set is other.model_fields_set
    assert one.model_fields_set == {"id", "source", "content", "inputs", "created_at"}
    assert fewer.model_fields_set == {"id", "source", "content", "created_at"}
    assert changed.model_fields_set == {*one.model_fields_set, "metadata"}
    assert one.model_dump(exclude_unset=True).keys() == {*one.model_fields_set, "type"}


def test_the_message_type_of_a_content_is_made_once() -> None:
    """Named after the content, and living where it lives."""
    kind = message_type(Claims)

    assert kind is message_type(Claims)
    assert (kind.__name__, kind.__module__) == ("ClaimsMessage", Claims.__module__)
    assert kind.model_fields["content"].annotation is Claims


def test_a_message_of_ones_own_content_survives_the_factory() -> None:
    """As the built-in ones do."""
    message = a_message(Claims(unsupported=["since 1913"]))
    factory = MessageFactory()
    factory.register(message_type(Claims))

    assert factory.create(json.loads(json.dumps(message.dump()))) == message


def test_a_content_may_not_take_the_name_of_a_built_in_one() -> None:
    """Its messages would be written down under the name of the others, and read as those."""

    class Score(BaseModel):
        value: int

    with pytest.raises(ValueError, match=r"a content called 'Score' is built in; give .* another name"):
        message_type(Score)


def test_an_unknown_type_keeps_its_fields() -> None:
    """A run with a role of somebody's own can be read without their code."""
    message = a_message(Claims(unsupported=["since 1913"], note="one"), "checker.0", "user.0", source="checker")

    read = load_message(message.dump())

    assert type(read).__name__ == "ClaimsMessage"
    assert read.content.model_dump() == message.content.model_dump()
    assert read.dump() == message.dump()
    assert read.to_text() == message.to_text()


def test_a_known_type_is_read_with_its_class() -> None:
    """Where the code is at hand."""
    message = a_message(Claims(unsupported=[]))

    assert load_message(message.dump(), [message_type(Claims)]) == message


def test_a_message_without_a_type_is_read_too() -> None:
    """As an unknown one."""
    fields = {name: value for name, value in a_dump().items() if name != "type"}

    read = load_message(fields)

    assert type(read).__name__ == "UnknownMessage"
    assert read.content.model_dump() == {"text": "Canberra.", "truncated": False}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param(a_prompt(), "What is the capital of Australia?", id="prompt"),
        pytest.param(a_draft(), "Canberra.", id="its own text"),
        pytest.param(a_message(Claims(unsupported=["x"])), "unsupported: ['x']", id="fields that are set"),
        pytest.param(a_message(Claims(unsupported=[])), "unsupported: []", id="required field"),
        pytest.param(
            a_message(a_verdict("A", score_a=8.0, score_b=7.5, out_of=10.0)),
            "decision: A\nscore_a: 8.0\nscore_b: 7.5\nout_of: 10.0",
            id="verdict",
        ),
    ],
)
def test_a_message_reads_as_text(message: Message[Any], text: str) -> None:
    """For a person and for a foreign agent alike."""
    assert (message.to_text(), message.to_model_text()) == (text, text)
    assert message.to_model_message().content == text
    assert message.to_model_message().source == message.source


def test_a_vote_is_not_taken_for_a_verdict() -> None:
    """A verdict's message refuses nothing that a verdict is, and the type says which it was."""
    verdict = VerdictMessage(id="judge.0", source="judge", content=Verdict(decision="tie"), created_at=NOON)

    assert type(load_message(verdict.dump())) is VerdictMessage
    with pytest.raises(ValidationError, match="expected 'VoteMessage'"):
        BUILT_IN[contents.Vote].load(verdict.dump())


def _any(content: type[BaseModel]) -> Any:
    examples: dict[type[BaseModel], Any] = {
        contents.Prompt: contents.Prompt.of("Why?"),
        contents.Draft: Draft(text="Because."),
        contents.Critique: contents.Critique(text="Vague.", score=3),
        contents.Argument: contents.Argument(text="A is vague."),
        contents.Score: contents.Score(score=3, out_of=10),
        contents.Verdict: a_verdict("A"),
        contents.Vote: contents.Vote(decision="A"),
        contents.PreferencePair: contents.PreferencePair(
            prompt=contents.Prompt.of("Why?"), chosen="a", rejected="b", label_source="jury"
        ),
    }
    return examples[content]


@given(any_message)
def test_a_message_of_known_parts_equals_the_validated_one(message: Message[Any]) -> None:
    """In its fields, its dump and its copies, for every content that is built in."""
    made = type(message).of_parts(message.id, message.source, message.content, message.inputs, message.created_at)

    validated = type(message)(
        id=message.id,
        source=message.source,
        content=message.content,
        inputs=message.inputs,
        created_at=message.created_at,
    )
    assert made == validated
    assert vars(made) == vars(validated)
    assert made.dump() == validated.dump()
    assert made.model_copy(update={"id": "n"}) == validated.model_copy(update={"id": "n"})
