"""One unit of work of a run: a prompt, with the answers to compare and the label, where there are any."""

from fellowship.protocols.content import Content, Draft, Label, Prompt

CANDIDATE = "candidate_"  # followed by the number of the answer, from 1: the author of a given answer


def candidate_position(author: str) -> int | None:
    """The position, from 0, of the given answer whose author this is; None for every other author."""
    number = author.removeprefix(CANDIDATE)
    return int(number) - 1 if author.startswith(CANDIDATE) and number.isdecimal() else None


class Item(Content):
    """What one conversation is about. `id` is the user's own name for it; `models` names who wrote each candidate.

    Neither the label nor the models are ever shown to an agent.
    """

    prompt: Prompt
    id: str | None = None
    candidates: tuple[Draft, ...] = ()
    models: tuple[str, ...] = ()
    label: Label | None = None
    votes: tuple[Label, ...] = ()

    def writers(self) -> dict[str, str]:
        """The models of the given answers, by the name of their author."""
        return {f"{CANDIDATE}{number}": model for number, model in enumerate(self.models, start=1)}
