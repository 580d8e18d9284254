"""The contents of messages: one frozen model per kind. Unknown fields are refused."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    model_serializer,
    model_validator,
)
from typing_extensions import TypedDict

from fellowship.protocols.errors import InvalidArgument
from fellowship.protocols.exact import AnyNumber, exact
from fellowship.protocols.stable_text import stable_str

Seat: TypeAlias = Literal["A", "B"]
Decision: TypeAlias = Literal["A", "B", "tie", "inconsistent", "failed"]
Label: TypeAlias = Literal["A", "B", "tie"]
LabelSource: TypeAlias = Literal["human", "jury", "judge", "debate", "reviewer"]
NonEmpty = Annotated[str, StringConstraints(min_length=1)]


def winner(score_a: AnyNumber, score_b: AnyNumber) -> Label:
    """The seat of the higher score; equal scores are a tie. Floats as they were read, computed scores as fractions."""
    return "A" if score_a > score_b else "B" if score_b > score_a else "tie"


class ChatMessage(TypedDict):
    """One message of a chat as every chat-completions server takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


class Content(BaseModel):
    """Base of all built-in contents: frozen, and unknown fields are refused. In JSON an infinite score is a text."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class ArgumentContent(Content):
    """Base of what is made as an argument of an agent: InvalidArgument, in one line, for values that cannot be used."""

    if not TYPE_CHECKING:  # type checkers know the fields as parameters

        def __init__(self, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise InvalidArgument(f"{type(self).__name__}: {first_problem(error)}") from error


def first_problem(error: ValidationError) -> str:
    """The first field that cannot be used, what was expected, and what was given, in one line."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    given = "" if first["type"] == "missing" else f", got {repr(first['input'])[:80]}"
    return f"{f'{place}: ' if place else ''}{first['msg']}{given}"


class Prompt(Content):
    """A task as a user poses it: a chat that ends with the user's turn.

    `reference` is a trusted answer; judges, jurors and debaters see it, generators and reviewers do not.
    """

    chat: tuple[ChatMessage, ...]
    reference: str | None = None

    @classmethod
    def of(cls, prompt: "str | Sequence[ChatMessage] | Prompt", *, reference: str | None = None) -> Self:
        """A prompt from a plain text or a chat; ValueError if it is empty or does not end with the user."""
        if isinstance(prompt, Prompt):
            return cls(chat=prompt.chat, reference=reference or prompt.reference)
        chat: Any = ({"role": "user", "content": prompt},) if isinstance(prompt, str) else tuple(prompt)
        return cls(chat=chat, reference=reference)

    @model_validator(mode="after")
    def _ends_with_the_user(self) -> Self:
        if not self.chat or self.chat[-1]["role"] != "user":
            raise ValueError("a prompt ends with a message of role 'user'")
        if not self.chat[-1]["content"].strip():
            raise ValueError("a prompt has a text that is not blank")
        return self

    @property
    def text(self) -> str:
        """The prompt as one text: the user's words alone, or the whole chat with its speakers."""
        if len(self.chat) == 1:
            return self.chat[0]["content"]
        return "\n\n".join(f"{message['role']}: {message['content']}" for message in self.chat)


class Draft(Content):
    """A candidate answer; `truncated` when the model ran out of room, or a filter cut it off.

    `unknown_finish` when its server gave a reason for its end that is not known; it is recorded only where it is true.
    """

    text: NonEmpty
    truncated: bool = False
    unknown_finish: bool = False

    @model_serializer(mode="wrap")
    def _recorded(self, fields_of_all: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = fields_of_all(self)
        if not self.unknown_finish:
            fields.pop("unknown_finish", None)
        return fields


class Critique(Content):
    """A reviewer's advice on a draft, with the score it gives the draft in [0, out_of]; None when not asked for.

    `truncated` as of a draft; advice with a score is not.
    """

    text: NonEmpty
    score: float | None = None
    out_of: float = 10.0
    truncated: bool = False


class Argument(Content):
    """A debater's contribution to the discussion; `truncated` as of a draft."""

    text: NonEmpty
    truncated: bool = False


class Score(Content):
    """One answer's score in [0, out_of], given without seeing the other answer."""

    score: float
    out_of: float
    explanation: str = ""


class Verdict(Content):
    """An evaluator's decision between the answers in seat A and seat B.

    `inconsistent`: the two seat orders disagree. `failed`: no usable reply, with the `reason`.
    Scores are in [0, out_of] where the strategy gives scores, else None.
    """

    decision: Decision
    score_a: float | None = None
    score_b: float | None = None
    out_of: float | None = None
    explanation: str = ""
    reason: str | None = None

    @model_validator(mode="after")
    def _a_failure_has_a_reason(self) -> Self:
        if (self.decision == "failed") != (self.reason is not None):
            msg = f"a verdict has a reason exactly when it failed; got {self.decision!r} with reason {self.reason!r}"
            raise ValueError(msg)
        return self

    @classmethod
    def from_scores(cls, score_a: AnyNumber, score_b: AnyNumber, *, out_of: float, explanation: str = "") -> Self:
        """The higher score wins; equal scores are a tie. ValueError for a score that is not finite.

        Scores are compared by their decimal digits, before they are rounded to floats: give computed ones, such as
        means, as fractions (`fellowship.protocols.exact`).
        """
        decision = winner(exact(score_a), exact(score_b))
        a, b = float(score_a), float(score_b)
        return cls(decision=decision, score_a=a, score_b=b, out_of=out_of, explanation=explanation)

    @classmethod
    def failure(cls, reason: str) -> Self:
        """A verdict that could not be had; never counted as a tie, a loss or a zero."""
        return cls(decision="failed", reason=reason)

    def with_seats_swapped(self) -> Self:
        """The same verdict with the names of the seats exchanged."""
        swapped: Decision = {"A": "B", "B": "A"}.get(self.decision, self.decision)  # type: ignore[assignment]
        return self.model_copy(update={"decision": swapped, "score_a": self.score_b, "score_b": self.score_a})


class Vote(Verdict):
    """A juror's verdict, before the jury's aggregation rule."""


class PreferencePair(Content):
    """A prompt with the better and the worse answer, and who said so."""

    prompt: Prompt
    chosen: NonEmpty
    rejected: NonEmpty
    label_source: LabelSource
    score_chosen: float | None = None
    score_rejected: float | None = None


class Persona(ArgumentContent):
    """A point of view a juror or debater speaks from; `name` is an identifier."""

    name: str
    description: NonEmpty


class Criterion(ArgumentContent):
    """One named point of a rubric; weights are relative to one another."""

    name: NonEmpty
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    description: str = ""


class Rubric(ArgumentContent):
    """Named criteria with weights. `Rubric.of({"accuracy": 2, "style": 1})` makes one from names and weights."""

    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @classmethod
    def of(cls, rubric: "Mapping[str, float] | Sequence[str] | Rubric") -> "Rubric":
        """A rubric from names with weights, or from names of equal weight (a set is sorted).

        InvalidArgument for what is neither, such as a single text, and for a criterion that cannot be used.
        """
        if isinstance(rubric, Rubric):
            return rubric
        given: Any = rubric
        if isinstance(given, str) or not isinstance(given, Iterable):
            found = f"the text {given!r}" if isinstance(given, str) else repr(given)
            msg = f"a rubric is a mapping of criteria to weights, or a list of criteria; got {found}"
            raise InvalidArgument(msg)
        names = list(given)
        if (wrong := next((name for name in names if not isinstance(name, str)), None)) is not None:
            raise InvalidArgument(f"a criterion of a rubric is named by a text; got {wrong!r}")
        in_order = sorted(names) if isinstance(given, set | frozenset) else names
        weights = given if isinstance(given, Mapping) else dict.fromkeys(in_order, 1.0)
        return cls(criteria=tuple(_criterion(name, weight) for name, weight in weights.items()))


def _criterion(name: str, weight: Any) -> Criterion:
    try:
        return Criterion(name=name, weight=weight)
    except InvalidArgument as error:
        raise InvalidArgument(f"rubric: criterion {name!r}: {str(error).removeprefix('Criterion: ')}") from error


class LoadedContent(BaseModel):
    """A recorded content whose class is not available: any fields, with the values of its JSON."""

    model_config = ConfigDict(frozen=True, extra="allow")


MESSAGE_CONTENTS: Mapping[str, type[Content]] = {
    f"{kind.__name__}Message": kind
    for kind in (Prompt, Draft, Critique, Argument, Score, Verdict, Vote, PreferencePair)
}
"""The built-in contents by the name of their message class, which is the type that is recorded."""


def fields_of(content: BaseModel, **options: bool) -> dict[str, Any]:
    """The fields of a content as `model_dump` gives them; without the options where it has a set of models.

    The value of a RootModel is the field `root`.
    """
    try:
        fields: Any = content.model_dump(**options)  # type: ignore[arg-type]
    except TypeError:  # pydantic makes dictionaries of models, which no set can hold
        return dict(content)
    return fields if isinstance(fields, dict) else {"root": fields}


def readable(content: BaseModel) -> str:
    """A content as text: its own `text`, else one line per field that is set."""
    text = getattr(content, "text", None)
    if isinstance(text, str):
        return text
    fields = fields_of(content, exclude_none=True, exclude_defaults=True) or fields_of(content)
    return "\n".join(f"{name}: {stable_str(value)}" for name, value in fields.items())
