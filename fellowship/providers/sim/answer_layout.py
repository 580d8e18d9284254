"""Lays out sentences as the text of an answer: a paragraph, a list, or a numbered list."""

from random import Random

from fellowship.providers.sim.sentences import SentencePiece

ANSWER_OPENINGS = ("", "", "", "Short answer: ", "In short: ", "Answer: ")
ANSWER_ENDINGS = ("So, to sum up: ", "Putting it together: ", "Result: ")
CONNECTIVES = ("In addition, ", "Also, ", "Besides, ", "Moreover, ", "On top of that, ")
# Only these may lose their capital after a connective; a name or a formula may not.
_LOWERABLE_TEXT = (
    "A After An At Because Both By Each Every For If In It On One Since So Some That The Then There These They "
    "This Two When With You"
)
_LOWERABLE = frozenset(_LOWERABLE_TEXT.split())


def in_random_order(rng: Random, pieces: list[SentencePiece]) -> list[SentencePiece]:
    """The pieces with the answer first (rarely last) and the others shuffled."""
    answers = [piece for piece in pieces if piece.kind in ("answer", "wrong")]
    others = [piece for piece in pieces if piece not in answers]
    rng.shuffle(others)
    return others + answers if rng.random() < 0.2 else answers + others


def render(rng: Random, pieces: list[SentencePiece]) -> str:
    """The pieces, in the given order, as one paragraph, a list with dashes, or a numbered list."""
    if len(pieces) < 4 or rng.random() < 0.65:
        return " ".join(_linked(rng, pieces))
    head, items = [pieces[0]], pieces[1:]
    numbered = rng.random() < 0.3
    lines = [f"{i}. {piece.text}" if numbered else f"- {piece.text}" for i, piece in enumerate(items, start=1)]
    return "\n".join([*_linked(rng, head), *lines])


def _linked(rng: Random, pieces: list[SentencePiece]) -> list[str]:
    sentences = []
    for i, piece in enumerate(pieces):
        if piece.kind in ("answer", "wrong"):
            at_end = i > 0 and i == len(pieces) - 1
            prefixes = ANSWER_ENDINGS if at_end else ANSWER_OPENINGS
            sentences.append((rng.choice(prefixes) if i == 0 or at_end else "") + piece.text)
        elif i > 0 and piece.kind != "padding" and rng.random() < 0.3:
            connective, text = rng.choice(CONNECTIVES), piece.text
            lowerable = text.split(" ", 1)[0].rstrip(",") in _LOWERABLE
            sentences.append(connective + text[0].lower() + text[1:] if lowerable else text)
        else:
            sentences.append(piece.text)
    return sentences
