"""Critiques of simulated models: writing one about a draft, and extracting the remarks of one."""

import re
from random import Random
from typing import NamedTuple

from fellowship.providers.sim.bank import SimTask, find_task, fold
from fellowship.providers.sim.latent_quality import clipped, latent
from fellowship.providers.sim.sentences import MAX_KEY_WORDS, SentencePiece, as_piece, key_words, pieces_in

MISSING_ANSWER = "a direct answer to the question"
NOTHING_FOUND = "I found nothing that has to be changed."
N_SPECIFIC_EXPECTED = 4
MAX_HINTS = 2
_COMPLAINTS = {"wrong": "is wrong", "slip": "is wrong", "vague": "is too vague"}
_OPENINGS = ("", "", "Thank you for the draft.", "I checked the draft sentence by sentence.", "A few remarks.")
_MISSING = re.compile(r"missing: ([^.\n]*)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+")


class Review(NamedTuple):
    """A critique as text, and its writer's score of the draft, in [0, 10] with one decimal."""

    text: str
    score: float


class Remarks(NamedTuple):
    """The remarks of a critique: criticised sentences of the draft, hints at missing content, complaints of filler."""

    accused: tuple[SentencePiece, ...]
    hints: tuple[str, ...]
    cut_filler: bool
    nothing_found: bool


def write_critique(rng: Random, prompt: str, draft: str, acuity: float) -> Review:
    """A review that names each defect with probability `acuity` (0 to 1), and rarely criticises a correct sentence."""
    found = pieces_in(prompt, draft)
    named = [piece for piece in found if piece.kind in _COMPLAINTS and rng.random() < acuity]
    remarks = [f'The statement "{piece.text}" {_COMPLAINTS[piece.kind]}.' for piece in named]
    sound = [piece for piece in found if piece.kind in ("answer", "point", "specific")]
    if sound and rng.random() < 0.25 * (1 - acuity):
        remarks.append(f'The statement "{rng.choice(sound).text}" is wrong.')
    remarks += _missing_kinds(rng, prompt, found, acuity)
    if any(piece.kind == "padding" for piece in found) and rng.random() < acuity:
        remarks.append("Cut the filler.")
    rng.shuffle(remarks)
    sentences = [rng.choice(_OPENINGS), *(remarks or [NOTHING_FOUND])]
    noise = rng.gauss(0, 0.3 + 2.0 * (1 - acuity))
    score = round(clipped(latent(prompt, draft).quality + noise), 1)
    return Review(" ".join(sentence for sentence in sentences if sentence), score)


def read_critique(prompt: str, draft: str, critique: str) -> Remarks:
    """The remarks of any critique; a criticised sentence is one of the draft that the critique quotes."""
    folded = fold(critique).casefold()
    accused = tuple(piece for piece in pieces_in(prompt, draft) if f'"{piece.text.casefold()}"' in folded)
    hints = tuple(hint.strip() for hint in _MISSING.findall(critique))
    return Remarks(accused, hints, "cut the filler" in folded, NOTHING_FOUND.casefold() in folded)


def hint_at(task: SimTask, point: str) -> str:
    """Words that identify a point among the points of its task, without the whole sentence."""
    others = {token for other in task.points if other != point for token in tokens(other)}
    rare = [word for word in key_words(point, 20) if not others.intersection(tokens(word))]
    if not rare:
        rare = [token for token in dict.fromkeys(tokens(point)) if token not in others]
    return "something on " + ", ".join(rare[:3])


def hinted(hint: str, candidates: list[str]) -> str | None:
    """The candidate that shares most words with the hint, or None if none shares any."""
    hint_words = set(tokens(hint)) - {"something", "on", "a", "about", "the", "sentence", "concrete"}
    overlaps = [len(hint_words.intersection(tokens(candidate))) for candidate in candidates]
    most = max(overlaps, default=0)
    return candidates[overlaps.index(most)] if most else None


def tokens(text: str) -> list[str]:
    """Words and numbers in lower case."""
    return _TOKEN.findall(text.casefold())


def _missing_kinds(rng: Random, prompt: str, found: tuple[SentencePiece, ...], acuity: float) -> list[str]:
    task = find_task(prompt)
    kinds = {piece.kind for piece in found}
    if found and ("refusal" in kinds or (task and not kinds & {"answer", "wrong"})):
        return [f"Missing: {MISSING_ANSWER}."]
    if task:
        hints = [hint_at(task, point) for point in task.points if as_piece("point", point) not in found]
    else:
        n_absent = max(0, N_SPECIFIC_EXPECTED - sum(piece.kind == "specific" for piece in found))
        words = key_words(prompt, MAX_KEY_WORDS) or ("the main question",)
        hints = [f"a concrete sentence about {words[i % len(words)]}" for i in range(n_absent)]
    chosen = rng.sample(hints, min(MAX_HINTS, len(hints)))
    return [f"Missing: {hint}." for hint in dict.fromkeys(chosen) if rng.random() < acuity]
