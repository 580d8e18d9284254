"""Converts the task of an AutoGen team into an item: the prompt and the drafts to compare."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from fellowship.protocols.autogen import BaseChatMessage
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.items import Item
from fellowship.protocols.messages import Message
from fellowship.runners.scenario_function import draft_names, takes_any_number

TeamTask: TypeAlias = str | BaseChatMessage | Sequence[BaseChatMessage]
FixedInput: TypeAlias = Mapping[str, Sequence[Draft]]


def fixed_drafts(scenario: Callable[..., Any], arguments: Mapping[str, Any]) -> FixedInput:
    """The drafts among the arguments. TypeError for a value that is not a text, a draft or a message."""
    names = draft_names(scenario)
    several = names[-1] if takes_any_number(scenario) else None
    return {
        name: [_draft(name, each) for each in value] if name == several else [_draft(name, value)]
        for name, value in arguments.items()
        if name in names
    }


def item_of_task(task: TeamTask, before: Prompt | None, scenario: Callable[..., Any], fixed: FixedInput) -> Item:
    """The item of a task. `before` is the team's previous prompt: it is used when only other agents have spoken.

    A text or a single message is the prompt. In a sequence the prompt is the first of the user's last messages, or else
    the first message; the messages after it are the drafts. ValueError for a wrong number of drafts.
    """
    prompt, after_it = _split(task, before)
    return Item(prompt=prompt, candidates=_task_candidates(after_it, scenario, fixed))


def _split(task: TeamTask, before: Prompt | None) -> tuple[Prompt, Sequence[BaseChatMessage]]:
    if isinstance(task, str | BaseChatMessage):
        return _task_prompt(task), []
    if not task:
        raise ValueError("the task is an empty sequence; expected the prompt, and the drafts after it")
    asked = [message.source == "user" or _holds(message, Prompt) for message in task]
    begins = [place for place, is_asked in enumerate(asked) if is_asked and (place == 0 or not asked[place - 1])]
    if not begins and before is not None:
        return before, task
    first = begins[-1] if begins else 0
    return _task_prompt(task[first]), task[first + 1 :]


def _task_prompt(task: str | BaseChatMessage) -> Prompt:
    if isinstance(task, Message) and isinstance(task.content, Prompt):
        return task.content
    text = task if isinstance(task, str) else task.to_model_text()
    if not text.strip():
        raise ValueError("the task's prompt is blank; expected a text")
    return Prompt.of(text)


def _draft(name: str, given: Any) -> Draft:
    if isinstance(given, Message) and isinstance(given.content, Draft):
        return given.content
    if isinstance(given, Draft):
        return given
    if isinstance(given, str | BaseChatMessage):
        text = given if isinstance(given, str) else given.to_model_text()
        if not text:
            raise ValueError(f"{name} has no text; expected one")
        return Draft(text=text)
    raise TypeError(f"{name} is {type(given).__name__}; expected a text, a Draft or a message")


def _task_candidates(
    messages: Sequence[BaseChatMessage], scenario: Callable[..., Any], fixed: FixedInput
) -> tuple[Draft, ...]:
    """The fixed drafts at their positions, and those of the task at the others, in order."""
    names = draft_names(scenario)
    if not names:
        return ()
    # drafts, and the texts of foreign agents; other typed messages, such as critiques, are skipped
    given = [each for each in messages if _holds(each, Draft) or not isinstance(each, Message)]
    drafts = [_draft(f"a draft by {each.source}", each) for each in given]
    several = names.pop() if takes_any_number(scenario) else ""
    open_places = [name for name in names if name not in fixed]
    if len(drafts) < len(open_places) or (len(drafts) > len(open_places) and not several):
        places = f" ({', '.join(open_places)})" if open_places else ""
        raise ValueError(f"the task has {len(drafts)} drafts after its prompt; expected {len(open_places)}{places}")
    left = iter(drafts)
    drafts = [fixed[name][0] if name in fixed else next(left) for name in names]
    return (*drafts, *fixed.get(several, ()), *left)


def _holds(message: BaseChatMessage, content: type[Any]) -> bool:
    return isinstance(message, Message) and isinstance(message.content, content)
