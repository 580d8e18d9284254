"""One checkable question with the sentences of right and wrong answers to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimTask:
    """A prompt, its correct answer, 4 true supporting points, 2 false answers and 2 false supporting sentences.

    All sentences of a task are distinct and none contains another, so that they can be found in a text.
    """

    id: str
    skill: str
    prompt: str
    answer: str
    points: tuple[str, ...]
    wrong: tuple[str, ...]
    slips: tuple[str, ...]
