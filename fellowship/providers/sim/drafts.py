"""Drafts of simulated models: writing and revising them.

All functions are pure; randomness comes from the generator passed in.
"""

import random

from fellowship.providers.sim.answer_layout import in_random_order, render
from fellowship.providers.sim.bank import PADDING, REFUSALS, VAGUE, SimTask, find_task
from fellowship.providers.sim.critiques import (
    MISSING_ANSWER,
    Remarks,
    Review,
    hinted,
    read_critique,
    write_critique,
)
from fellowship.providers.sim.latent_quality import Latent, latent, latent_of
from fellowship.providers.sim.sentences import SentenceKind, SentencePiece, as_pieces, pieces_in, specific_sentences

__all__ = ["Latent", "Review", "latent", "revise_draft", "write_critique", "write_draft"]

N_SPECIFIC = 5
N_VAGUE = 4
N_PADDING = 5


def write_draft(
    rng: random.Random,
    prompt: str,
    skill_level: float,
    verbosity: float,
    *,
    avoid: Latent | None = None,
    refusal_rate: float = 0.01,
) -> str:
    """An answer with more true sentences for more skill (0 to 1) and more filler for more verbosity (0 to 1).

    `avoid`: a composition with this latent quality is redrawn, up to 3 times, so that two drafts can differ in it.
    """
    task = find_task(prompt)
    pieces = _draw(rng, prompt, task, skill_level, verbosity, refusal_rate)
    for _ in range(3):
        if avoid is None or latent_of(tuple(pieces), known=task is not None) != avoid:
            break
        pieces = _draw(rng, prompt, task, skill_level, verbosity, refusal_rate)
    return render(rng, in_random_order(rng, pieces))


def revise_draft(
    rng: random.Random, prompt: str, draft: str, critique: str, skill_level: float, verbosity: float
) -> str:
    """The draft with the defects that the critique names repaired, each with a probability that grows with skill.

    A refusal, or a draft without known sentences, is replaced by a new draft. With little skill, false criticism is
    sometimes followed, and occasionally a revision adds a defect.
    """
    pieces = list(pieces_in(prompt, draft))
    task = find_task(prompt)
    if not pieces or any(piece.kind == "refusal" for piece in pieces):
        return write_draft(rng, prompt, min(1.0, skill_level + 0.1), verbosity, refusal_rate=0.0)
    remarks = read_critique(prompt, draft, critique)
    p_repair = 0.05 + 0.85 * skill_level
    if remarks.concrete:
        revised = _follow(rng, prompt, task, pieces, remarks, p_repair)
    elif not remarks.nothing_found and rng.random() < p_repair / 2:
        revised = _repair_one(rng, prompt, task, pieces)
    else:
        revised = pieces
    _spoil(rng, task, revised, skill_level, verbosity)
    return render(rng, revised)


def _draw(
    rng: random.Random, prompt: str, task: SimTask | None, skill: float, verbosity: float, refusal_rate: float
) -> list[SentencePiece]:
    if rng.random() < refusal_rate:
        return as_pieces("refusal", [rng.choice(REFUSALS)])
    padding = as_pieces("padding", rng.sample(PADDING, _n_of(rng, N_PADDING, 0.6 * verbosity)))
    p_true = 0.15 + 0.75 * skill
    if task is None:
        specific = rng.sample(specific_sentences(prompt), _n_of(rng, N_SPECIFIC, p_true))
        vague = rng.sample(VAGUE, _n_of(rng, N_VAGUE, 0.7 * (1 - skill)))
        return specific + as_pieces("vague", vague or ([] if specific else [rng.choice(VAGUE)])) + padding
    points = [point for point in task.points if rng.random() < p_true]
    slips = [slip for slip in task.slips if rng.random() < 0.35 * (1 - skill)]
    return [_answer(rng, task, skill), *as_pieces("point", points), *as_pieces("slip", slips), *padding]


def _answer(rng: random.Random, task: SimTask, skill: float) -> SentencePiece:
    if rng.random() < 0.25 + 0.7 * skill:
        return SentencePiece("answer", task.answer, task.answer)
    wrong = rng.choice(task.wrong)
    return SentencePiece("wrong", wrong, wrong)


def _n_of(rng: random.Random, n: int, p: float) -> int:
    return sum(rng.random() < p for _ in range(n))


def _follow(
    rng: random.Random,
    prompt: str,
    task: SimTask | None,
    pieces: list[SentencePiece],
    remarks: Remarks,
    p_repair: float,
) -> list[SentencePiece]:
    revised: list[SentencePiece] = []
    for piece in pieces:
        kept: SentencePiece | None = piece
        if piece in remarks.accused:
            kept = _reconsider(rng, prompt, task, piece, pieces + revised, p_repair)
        elif piece.kind == "padding" and remarks.cut_filler and rng.random() < p_repair:
            kept = None
        if kept is not None and kept not in revised:
            revised.append(kept)
    for hint in remarks.hints:
        if rng.random() < p_repair:
            revised.extend(_for_hint(rng, prompt, task, revised, hint, p_repair))
    return revised or pieces


def _reconsider(
    rng: random.Random,
    prompt: str,
    task: SimTask | None,
    piece: SentencePiece,
    taken: list[SentencePiece],
    p_repair: float,
) -> SentencePiece | None:
    """The replacement of a criticised sentence: itself, another sentence, or None."""
    if piece.kind in ("wrong", "slip", "vague"):
        if rng.random() < p_repair:
            return _better(rng, prompt, task, piece, taken)
        return piece
    if rng.random() >= 0.5 * (1 - p_repair):
        return piece
    if piece.kind == "answer" and task:
        return as_pieces("wrong", [rng.choice(task.wrong)])[0]
    return None


def _better(
    rng: random.Random, prompt: str, task: SimTask | None, piece: SentencePiece, taken: list[SentencePiece]
) -> SentencePiece | None:
    if piece.kind == "wrong" and task:
        return SentencePiece("answer", task.answer, task.answer)
    if piece.kind == "vague":
        return _new_specific(rng, prompt, taken, "")
    return None


def _for_hint(
    rng: random.Random, prompt: str, task: SimTask | None, revised: list[SentencePiece], hint: str, p_repair: float
) -> list[SentencePiece]:
    kinds = {piece.kind for piece in revised}
    if task and MISSING_ANSWER in hint:
        return [] if kinds & {"answer", "wrong"} else [_answer(rng, task, p_repair)]
    if task:
        point = hinted(hint, [piece.text for piece in as_pieces("point", task.points) if piece not in revised])
        return as_pieces("point", [point]) if point else []
    added = _new_specific(rng, prompt, revised, hint)
    return [added] if added else []


def _new_specific(rng: random.Random, prompt: str, taken: list[SentencePiece], hint: str) -> SentencePiece | None:
    """A specific sentence from an unused template, with the hint's key word if possible."""
    used = {piece.origin for piece in taken}
    free = [piece for piece in specific_sentences(prompt) if piece.origin not in used]
    rng.shuffle(free)
    match = hinted(hint, [piece.text for piece in free])
    return next((piece for piece in free if match is None or piece.text == match), None)


def _repair_one(
    rng: random.Random, prompt: str, task: SimTask | None, pieces: list[SentencePiece]
) -> list[SentencePiece]:
    """The draft with one defect repaired, for a critique without a remark that can be located."""
    faulty: tuple[SentenceKind, ...] = ("wrong", "slip", "vague", "padding")
    defects = [piece for piece in pieces if piece.kind in faulty]
    if not defects:
        return pieces
    defect = rng.choice(defects)
    better = _better(rng, prompt, task, defect, pieces)
    return [new for new in (better if piece is defect else piece for piece in pieces) if new is not None]


def _spoil(
    rng: random.Random, task: SimTask | None, pieces: list[SentencePiece], skill: float, verbosity: float
) -> None:
    """Rarely add a slip or a filler sentence, in place."""
    slips: list[SentencePiece] = as_pieces("slip", task.slips) if task else as_pieces("vague", VAGUE)
    fresh_slips = [slip for slip in slips if slip not in pieces]
    if fresh_slips and rng.random() < 0.08 * (1 - skill):
        pieces.append(rng.choice(fresh_slips))
    fresh_padding = [padding for padding in as_pieces("padding", PADDING) if padding not in pieces]
    if fresh_padding and rng.random() < 0.12 * verbosity:
        pieces.append(rng.choice(fresh_padding))
