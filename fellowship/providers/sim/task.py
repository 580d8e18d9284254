"""One checkable question with everything that right and wrong answers to it are made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimTask:
    """A prompt, its correct answer, 4 true supporting points, 2 false answers and 2 false supporting sentences.

    All sentences of a task are distinct and none contains another, so that a text made of them can be inspected.
    """

    id: str
    skill: str
    prompt: str
    answer: str
    points: tuple[str, ...]
    wrong: tuple[str, ...]
    slips: tuple[str, ...]
