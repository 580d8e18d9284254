"""`Agent[Reply]`: a role that answers messages with a typed reply. It holds no conversation state.

A role of your own is a content model, instructions, and nothing else:

    class Claims(BaseModel):
        unsupported: list[str]

    class FactChecker(Agent[Claims]):
        instructions = "You check facts. Name every claim that a careful reader would ask a source for."

By default the model is asked for JSON of the reply's schema; override `reply_form` and `parse` for another form.
"""

import copy
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypedDict, TypeVar, Unpack, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fellowship.agents.reading import UnreadableReply, read_json
from fellowship.agents.rendering import criteria, json_form, seated, shown
from fellowship.protocols.autogen import (
    BaseChatAgent,
    BaseChatMessage,
    CancellationToken,
    ChatCompletionClient,
    Response,
)
from fellowship.protocols.completions import NOT_WHOLE, AskKey, Completion, Request, Sampling
from fellowship.protocols.content import ChatMessage, Prompt, Rubric
from fellowship.protocols.errors import (
    ConfigurationError,
    InvalidArgument,
    ReplyContradictory,
    ReplyError,
    ReplyNotParsed,
    ReplyOutOfRange,
)
from fellowship.protocols.messages import Message, message_type
from fellowship.protocols.sections import section
from fellowship.protocols.stable_text import StableJsonSchema

if TYPE_CHECKING:
    from fellowship.agents.chat_thread import AgentChat

ReplyT = TypeVar("ReplyT", bound=BaseModel)
READING_ERRORS: dict[str, type[ReplyError]] = {
    "missing": ReplyNotParsed,
    "out_of_range": ReplyOutOfRange,
    "contradictory": ReplyContradictory,
}


class AgentOptions(TypedDict, total=False):
    """What every agent takes besides its model.

    name            an identifier, unique within a conversation; the role's name if not given
    instructions    replace the role's own
    rubric          criteria with weights: a Rubric, a mapping of names to weights, or names of equal weight; they
                    replace the criteria in the role's own instructions
    reference       a trusted answer, for every prompt; without it the prompt's own is used, where there is one
    sampling        goes over the role's defaults
    repairs         how often an unreadable reply is sent back for correction, 1 by default
    """

    name: str
    instructions: str
    rubric: Rubric | Mapping[str, float] | Sequence[str]
    reference: str
    sampling: Sampling
    repairs: int


class Agent(BaseChatAgent, Generic[ReplyT]):
    """A role. One object serves every conversation of a run, because what it sees is handed to it with each ask.

    It is a genuine AutoGen chat agent too: in an AutoGen team it keeps its own thread and asks its model directly.
    """

    kind: ClassVar[str] = ""
    """What the role does, for readers of a record: the class name in snake case, unless a class or a base sets it."""
    instructions: ClassVar[str] = ""
    default_sampling: ClassVar[Sampling] = Sampling(max_tokens=1024)
    default_criteria: ClassVar[str] = ""  # the part of the instructions that a rubric replaces
    sees_reference: ClassVar[bool] = True
    reads_cut_off: bool = False  # whether `parse` is given texts that were cut off, which its reply must say
    part_read: ClassVar[str] = "reply"  # the name of what is read, for errors
    shows_seats: ClassVar[bool] = False  # whether the first draft is shown as answer A and the second as answer B
    reply: ClassVar[type[BaseModel]]
    label_source: str | None = None  # of an evaluator kind that is named otherwise than its label source
    part_of = ""  # the name of the agent that it acts for, where it is a part of one
    persona_text = ""  # in front of the instructions, also of new ones

    def __init__(self, model: str | ChatCompletionClient | None = None, **options: Unpack[AgentOptions]) -> None:
        """`model`: `provider/model`, or any AutoGen model client; without one, FELLOWSHIP_MODEL or --model decides.

        InvalidArgument, a ValueError and a TypeError, for an option that does not exist or cannot be used.
        """
        refuse_unknown(type(self).__name__, options)
        name = options.get("name") or snake_case(type(self).__name__)
        refuse_unusable(type(self).__name__, model, {**options, "name": name})
        super().__init__(name, type(self).__doc__ or type(self).__name__)
        self.model = model
        self.options = options
        self.own_instructions = options.get("instructions", self.instructions)
        self.rubric = Rubric.of(options["rubric"]) if "rubric" in options else None
        self.reference = options.get("reference")
        self.sampling = _given_sampling(options).over(self.default_sampling)
        self.repairs = options.get("repairs", 1)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind = cls.kind or snake_case(cls.__name__)
        for base in cls.__dict__.get("__orig_bases__", ()):
            origin, arguments = get_origin(base), get_args(base)
            if isinstance(origin, type) and issubclass(origin, Agent) and isinstance(arguments[0], type):
                cls.reply = arguments[0]
                message_type(cls.reply)  # refuses a name that is taken before anything is asked

    # ---- what a role may override

    def reply_form(self) -> str:
        """The form of the reply, which stands at the end of the model's instructions."""
        return json_form(_schema_of(self.reply))

    def read(self, completion: Completion) -> ReplyT:
        """The typed reply in a completion's answer.

        ReplyError without one, when the reasoning does not end, and for a text that is not whole: cut off, filtered, or
        about a part of the prompt.
        """
        try:
            if completion.parts is not None and not completion.closed:
                raise UnreadableReply("missing", "reply", "its reasoning does not end; raise max_tokens")
            if completion.finish in NOT_WHOLE:
                self._refuse_not_whole(completion)
            return self.parse(completion if completion.parts is None else completion.without_reasoning())
        except UnreadableReply as error:
            found = _only_reasoning(completion) if completion.is_only_reasoning else ""
            message, kind = f"{self.name}: {error}{found}", READING_ERRORS[error.kind]
            raise kind(message, raw=completion.text, scores=error.scores) from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the reply"
            raise ReplyNotParsed(f"{self.name}: {place}: {first['msg']}", raw=completion.text) from error
        except (
            ValueError,
            LookupError,
            AttributeError,
        ) as error:  # as int("x"), words[3] and re.search(...).group raise
            found = f"parse raises {type(error).__name__}: {error}"
            raise ReplyNotParsed(f"{self.name}: {found}", raw=completion.text) from error

    def _refuse_not_whole(self, completion: Completion) -> None:
        if completion.finish == "prompt_truncated":
            n_read = completion.usage.prompt_tokens  # 0 where the count is not believed
            part = f"{n_read:,} tokens" if n_read else "a part"
            read = f"the server read {part} of the prompt and left out the rest"
            advice = "raise its context length (Ollama: OLLAMA_CONTEXT_LENGTH), or shorten the prompt"
            raise UnreadableReply("missing", self.part_read, f"{read}; {advice}")
        if not self.reads_cut_off:
            end = "ran out of room; max_tokens may be too low" if completion.finish == "length" else "was filtered"
            raise UnreadableReply("missing", self.part_read, f"the reply {end}")

    def parse(self, completion: Completion) -> ReplyT:
        """The meaning of a completion's text without its reasoning.

        A ValueError, such as UnreadableReply, ValidationError and JSONDecodeError, a LookupError and an AttributeError
        mean that the reply cannot be read: it is sent back for correction. Any other exception ends the conversation.
        """
        return self.reply.model_validate(read_json(completion.text))  # type: ignore[return-value]

    def render(self, messages: Sequence[Message[Any]]) -> tuple[ChatMessage, ...]:
        """Instructions and reply form, then the messages in their order, a reference answer right after the first."""
        sections = seated(messages) if self.shows_seats else [shown(message) for message in messages]
        if reference := self.reference_for(messages):
            sections.insert(1, section("reference", reference))
        return ({"role": "system", "content": self.system_text}, {"role": "user", "content": "\n\n".join(sections)})

    # ---- what the runner uses

    @property
    def message_type(self) -> type[Message[ReplyT]]:
        """The class of the messages this role writes."""
        return message_type(self.reply)

    @cached_property
    def system_text(self) -> str:
        """Persona, instructions, rubric and reply form: what is the same for every conversation."""
        own, persona = self.own_instructions, self.persona_text
        if self.rubric is not None and self.default_criteria:
            own = own.replace(self.default_criteria, "")
        parts = [f"{persona}\n\n{own}" if persona else own, criteria(self.rubric), self.reply_form()]
        return "\n\n".join(part.strip() for part in parts if part)

    @property
    def model_name(self) -> str:
        """`provider/model`, or the kind of AutoGen client; ConfigurationError if the agent has no model."""
        if self.model is None:
            msg = (
                f"agent '{self.name}' has no model: give {type(self).__name__}('provider/model'), "
                f"or --model {self.name}=provider/model, or set FELLOWSHIP_MODEL"
            )
            raise ConfigurationError(msg)
        return self.model if isinstance(self.model, str) else f"client/{type(self.model).__name__}"

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """The reply's JSON schema, for servers that can hold a model to it; None for a role with a form of its own."""
        is_json = type(self).reply_form is Agent.reply_form and type(self).parse is Agent.parse
        return _schema_of(self.reply) if is_json else None

    @property
    def reply_name(self) -> str:
        """The form of the reply, as it enters the request's fingerprint."""
        return self.reply.__name__

    def request(self, messages: Sequence[Message[Any]], key: AskKey, attempt: int) -> Request:
        """What is sent to the model so that it answers these messages."""
        model, sampling, reply, schema = self._same_for_every_ask
        return Request(key, attempt, model, self.render(messages), sampling, reply, schema)

    @cached_property
    def _same_for_every_ask(self) -> tuple[str, dict[str, Any], str, dict[str, Any] | None]:
        return self.model_name, self.settings, self.reply_name, self.schema

    def repair(self, request: Request, completion: Completion, error: ReplyError) -> Request:
        """The same request, followed by the answer of the unreadable reply and what was wrong with it."""
        wrong = str(error).removeprefix(f"{self.name}: ")
        form = self.reply_form()
        again = f"Answer once more, completely, and in exactly this form.\n\n{form}" if form else "Answer once more."
        correction = f"That reply could not be used: {wrong}.\n{again}"
        chat: tuple[ChatMessage, ...] = (
            *request.messages,
            {"role": "assistant", "content": completion.answer or "(no text)"},
            {"role": "user", "content": correction},
        )
        return replace(request, attempt=request.attempt + 1, messages=chat)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The sampling settings that are set, as they are sent."""
        return self.sampling.settings()

    def reference_for(self, messages: Sequence[Message[Any]]) -> str | None:
        """The trusted answer this role may see: its own, else the prompt's."""
        if self.reference or not self.sees_reference:
            return self.reference
        prompts = (message.content for message in messages if isinstance(message.content, Prompt))
        return next((prompt.reference for prompt in prompts if prompt.reference), None)

    def renamed(self, name: str) -> Self:
        """The same role under another name."""
        return self._copied(_name=name)

    def with_model(self, model: str | ChatCompletionClient | None) -> Self:
        """The same role on another model."""
        return self._copied(model=model)

    def with_instructions(self, instructions: str) -> Self:
        """The same role with other instructions; a persona stays."""
        return self._copied(own_instructions=instructions)

    def with_sampling(self, sampling: Sampling) -> Self:
        """The same role, and its parts, with other sampling settings; those that are not set stay."""
        options: AgentOptions = {**self.options, "sampling": sampling.over(_given_sampling(self.options))}
        return self._copied(sampling=sampling.over(self.sampling), options=options)

    def with_label_source(self, label_source: str) -> Self:
        """The same role; `label_source` is recorded as that of the pairs which its evaluator decides."""
        return self._copied(label_source=label_source)

    def described(self) -> dict[str, Any]:
        """All that decides this role's requests, for the run's configuration and its comparison."""
        return {
            "role": type(self).__name__,
            "kind": self.kind,
            "model": self.model_name,
            "system": self.system_text,
            "reference": self.reference,
            "sampling": self.settings,
            "repairs": self.repairs,
            **({"label_source": self.label_source} if self.label_source else {}),
        }

    def _copied(self, **changes: Any) -> Self:
        twin = copy.copy(self)
        for name in [name for name in vars(twin) if isinstance(getattr(type(self), name, None), cached_property)]:
            delattr(twin, name)
        vars(twin).update(changes)
        return twin

    # ---- AutoGen's side

    @cached_property
    def _chat(self) -> "AgentChat":
        from fellowship.agents.chat_thread import AgentChat  # opens providers, which no role needs outside of chats
        from fellowship.agents.open_model import OpenModel, chat_model, opened

        def on_its_model() -> tuple[Agent[Any], OpenModel]:
            chosen = chat_model(self.model)
            agent: Agent[Any] = self if chosen == self.model else self.with_model(chosen)
            return agent, OpenModel(agent.model_name, partial(opened, agent.model_name, agent.model))

        return AgentChat(self.message_type, on_its_model)

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        """The one type of message this role writes."""
        return (self.message_type,)

    async def on_messages(self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken) -> Response:
        """AutoGen's turn: the new messages join the agent's own thread, and its model is asked about all of them.

        The first turn chooses the model: FELLOWSHIP_MODEL, else the agent's own, else that of the settings.
        """
        return await self._chat.respond(messages, cancellation_token)

    async def close(self) -> None:
        """Close the connections of its model; the next turn opens them again."""
        await self._chat.close()

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """Forget the thread."""
        self._chat.forget()

    async def save_state(self) -> Mapping[str, Any]:
        """The thread as JSON."""
        return self._chat.dump()

    async def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up a saved thread."""
        self._chat.load(state)


def _only_reasoning(completion: Completion) -> str:
    if completion.reasoning and not completion.text.strip():
        return "; the server sent the text as reasoning (in reasoning_content or the like) and no answer"
    return "; the model sent its reasoning and no answer"


def refuse_unknown(role: str, options: Mapping[str, Any]) -> None:
    """InvalidArgument for the first option that no agent takes, with what was probably meant."""
    known = list(AgentOptions.__annotations__)
    for name in options:
        if name in Sampling.model_fields:
            msg = f"{role} got {name}={options[name]!r}; it belongs into sampling=Sampling({name}={options[name]!r})"
            raise InvalidArgument(msg)
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"expected {', '.join(known)}"
            raise InvalidArgument(f"{role} got an unknown option '{name}'; {hint}")


def refuse_unusable(role: str, model: object, options: Mapping[str, Any]) -> None:
    """InvalidArgument for the first value that no agent can use; rubric and sampling are checked as they are read."""
    if not (model is None or isinstance(model, str) or hasattr(model, "create")):
        raise InvalidArgument(f"{role}: model is {model!r}; expected 'provider/model' or an AutoGen model client")
    name, repairs = options["name"], options.get("repairs", 1)
    if not isinstance(name, str) or not name.isidentifier():
        raise InvalidArgument(
            f"{role}: name is {name!r}; it must be a valid Python identifier: letters, digits and _, such as 'judge_1'"
        )
    for text in ("instructions", "reference"):
        given = options.get(text, "")
        if not (isinstance(given, str) or (given is None and text == "reference")):
            raise InvalidArgument(f"{role}: {text} is {given!r}; expected a text")
    if not isinstance(repairs, int) or isinstance(repairs, bool) or repairs < 0:
        wanted = "0 or more" if isinstance(repairs, int) and not isinstance(repairs, bool) else "a whole number"
        raise InvalidArgument(f"repairs is {repairs!r}; expected {wanted}")


def _given_sampling(options: AgentOptions) -> Sampling:
    """The sampling settings among the options, also as a mapping; InvalidArgument for others."""
    given: Any = options.get("sampling", Sampling())
    if isinstance(given, Sampling):
        return given
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise InvalidArgument(f"sampling is {given!r}; expected Sampling(...), or a mapping of its settings")
    return Sampling(**given)


def _schema_of(reply: type[BaseModel]) -> dict[str, Any]:
    return reply.model_json_schema(schema_generator=StableJsonSchema)


def snake_case(name: str) -> str:
    """FactChecker -> fact_checker."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
