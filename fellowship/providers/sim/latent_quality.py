"""The latent quality of a text, computed from the known sentences in it."""

from dataclasses import dataclass

from fellowship.providers.sim.bank import find_task, fold
from fellowship.providers.sim.seeding import unit_number
from fellowship.providers.sim.sentences import SentenceKind, SentencePiece, pieces_in

REFUSED_QUALITY = 0.5


@dataclass(frozen=True, slots=True)
class Latent:
    """The composition and quality of a text. It never appears in a prompt.

    correct: the right answer occurs and no false one does; None if the task is unknown or the text is foreign.
    n_points: true supporting points, or specific sentences if the task is unknown. n_vague: only for unknown tasks.
    quality: in [0, 10], by one of four rules, clipped:
        a refusal        0.5
        a known task     1 + 5 correct + n_points - 1.25 n_slips - 0.4 n_padding
        an unknown task  2.5 + 1.5 n_points - 0.2 n_vague - 0.4 n_padding
        a foreign text   2 + 5 u + 1.5 min(1, length / 1200), u in [0, 1) from a hash of prompt and text; 0 if empty
    """

    correct: bool | None
    n_points: int
    n_slips: int
    n_padding: int
    refused: bool
    quality: float
    n_vague: int = 0


def latent(prompt: str, text: str) -> Latent:
    """The composition and quality of a text, found by its known sentences."""
    if found := pieces_in(prompt, text):
        return latent_of(found, known=find_task(prompt) is not None)
    folded = fold(text)
    quality = 2 + 5 * unit_number(fold(prompt), folded) + 1.5 * min(1.0, len(folded) / 1200)
    return Latent(None, 0, 0, 0, False, clipped(quality) if folded else 0.0)


def latent_of(pieces: tuple[SentencePiece, ...], *, known: bool) -> Latent:
    """The composition and quality of a text of these sentences. `known`: the prompt belongs to the bank."""

    def n(kind: SentenceKind) -> int:
        return sum(piece.kind == kind for piece in pieces)

    correct = (n("answer") > 0 and n("wrong") == 0) if known else None
    n_points, n_slips, n_vague, n_padding = n("point") + n("specific"), n("slip"), n("vague"), n("padding")
    refused = n("refusal") > 0
    if refused:
        quality = REFUSED_QUALITY
    elif known:
        quality = 1 + 5 * bool(correct) + n_points - 1.25 * n_slips - 0.4 * n_padding
    else:
        quality = 2.5 + 1.5 * n_points - 0.2 * n_vague - 0.4 * n_padding
    return Latent(correct, n_points, n_slips, n_padding, refused, clipped(quality), n_vague)


def clipped(score: float) -> float:
    """The score clipped to [0, 10]."""
    return min(10.0, max(0.0, float(score)))
