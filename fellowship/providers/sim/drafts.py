"""Drafts of simulated models: writing and revising them. Pure: randomness comes from the generator passed in."""

from dataclasses import dataclass
from random import Random

from fellowship.providers.sim.answer_layout import in_random_order, render
from fellowship.providers.sim.bank import PADDING, REFUSALS, VAGUE, SimTask, find_task
from fellowship.providers.sim.critiques import MISSING_ANSWER, Remarks, hinted, read_critique
from fellowship.providers.sim.latent_quality import Latent, latent_of
from fellowship.providers.sim.sentences import SentencePiece, as_piece, as_pieces, pieces_in, specific_sentences

N_SPECIFIC = 5
N_VAGUE = 4
N_PADDING = 5


def write_draft(
    rng: Random,
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
    writer = _Writer(rng, prompt, find_task(prompt), skill_level, verbosity)
    for _ in range(4):
        pieces = writer.composition(refusal_rate)
        if avoid is None or latent_of(tuple(pieces), known=writer.task is not None) != avoid:
            break
    return render(rng, in_random_order(rng, pieces))


def revise_draft(rng: Random, prompt: str, draft: str, critique: str, skill_level: float, verbosity: float) -> str:
    """The draft with the defects that the critique names repaired, each with a probability that grows with skill.

    A refusal, or a draft without known sentences, is replaced by a new draft. With little skill, false criticism is
    sometimes followed, and occasionally a revision adds a defect.
    """
    pieces = list(pieces_in(prompt, draft))
    if not pieces or any(piece.kind == "refusal" for piece in pieces):
        return write_draft(rng, prompt, min(1.0, skill_level + 0.1), verbosity, refusal_rate=0.0)
    writer = _Writer(rng, prompt, find_task(prompt), skill_level, verbosity)
    remarks = read_critique(prompt, draft, critique)
    if remarks.accused or remarks.hints or remarks.cut_filler:
        pieces = writer.after(remarks, pieces)
    elif not remarks.nothing_found and rng.random() < writer.p_repair / 2:
        pieces = writer.with_one_repair(pieces)
    return render(rng, pieces + writer.new_defects(pieces))


@dataclass(frozen=True, slots=True)
class _Writer:
    """A writer at work on one prompt; `task` is None for a prompt outside the bank."""

    rng: Random
    prompt: str
    task: SimTask | None
    skill: float
    verbosity: float

    @property
    def p_repair(self) -> float:
        return 0.05 + 0.85 * self.skill

    def composition(self, refusal_rate: float) -> list[SentencePiece]:
        """The sentences of a new draft."""
        rng, task, skill = self.rng, self.task, self.skill
        if rng.random() < refusal_rate:
            return [as_piece("refusal", rng.choice(REFUSALS))]
        padding = as_pieces("padding", rng.sample(PADDING, self._n_of(N_PADDING, 0.6 * self.verbosity)))
        p_true = 0.15 + 0.75 * skill
        if task is None:
            specific = rng.sample(specific_sentences(self.prompt), self._n_of(N_SPECIFIC, p_true))
            vague = rng.sample(VAGUE, self._n_of(N_VAGUE, 0.7 * (1 - skill)))
            return specific + as_pieces("vague", vague or ([] if specific else [rng.choice(VAGUE)])) + padding
        points = [point for point in task.points if rng.random() < p_true]
        slips = [slip for slip in task.slips if rng.random() < 0.35 * (1 - skill)]
        return [self._answer(task, skill), *as_pieces("point", points), *as_pieces("slip", slips), *padding]

    def after(self, remarks: Remarks, pieces: list[SentencePiece]) -> list[SentencePiece]:
        """The draft after a critique; unchanged if nothing would be left of it."""
        revised: list[SentencePiece] = []
        for piece in pieces:
            kept: SentencePiece | None = piece
            if piece in remarks.accused:
                kept = self._reconsidered(piece, pieces + revised)
            elif piece.kind == "padding" and remarks.cut_filler and self.rng.random() < self.p_repair:
                kept = None
            if kept is not None and kept not in revised:
                revised.append(kept)
        for hint in remarks.hints:
            if self.rng.random() < self.p_repair and (added := self._for_hint(hint, revised)):
                revised.append(added)
        return revised or pieces

    def with_one_repair(self, pieces: list[SentencePiece]) -> list[SentencePiece]:
        """The draft with one defect repaired, for a critique without a remark that can be located."""
        defects = [piece for piece in pieces if piece.kind in ("wrong", "slip", "vague", "padding")]
        if not defects:
            return pieces
        defect = self.rng.choice(defects)
        better = self._better(defect, pieces)
        return [new for new in (better if piece is defect else piece for piece in pieces) if new is not None]

    def new_defects(self, pieces: list[SentencePiece]) -> list[SentencePiece]:
        """Rarely a slip (a vague sentence outside the bank), and a filler sentence."""
        slips = as_pieces("slip", self.task.slips) if self.task else as_pieces("vague", VAGUE)
        chances = ((slips, 0.08 * (1 - self.skill)), (as_pieces("padding", PADDING), 0.12 * self.verbosity))
        added = []
        for pool, p in chances:
            fresh = [piece for piece in pool if piece not in pieces]
            if fresh and self.rng.random() < p:
                added.append(self.rng.choice(fresh))
        return added

    def _reconsidered(self, piece: SentencePiece, taken: list[SentencePiece]) -> SentencePiece | None:
        """The replacement of a criticised sentence: itself, another sentence, or None."""
        if piece.kind in ("wrong", "slip", "vague"):
            return self._better(piece, taken) if self.rng.random() < self.p_repair else piece
        if self.rng.random() >= 0.5 * (1 - self.p_repair):
            return piece
        if piece.kind == "answer" and self.task:
            return as_piece("wrong", self.rng.choice(self.task.wrong))
        return None

    def _better(self, piece: SentencePiece, taken: list[SentencePiece]) -> SentencePiece | None:
        if piece.kind == "wrong" and self.task:
            return as_piece("answer", self.task.answer)
        return self._new_specific("", taken) if piece.kind == "vague" else None

    def _for_hint(self, hint: str, revised: list[SentencePiece]) -> SentencePiece | None:
        if self.task is None:
            return self._new_specific(hint, revised)
        if MISSING_ANSWER in hint:
            answered = any(piece.kind in ("answer", "wrong") for piece in revised)
            return None if answered else self._answer(self.task, self.p_repair)
        point = hinted(hint, [point for point in self.task.points if as_piece("point", point) not in revised])
        return as_piece("point", point) if point else None

    def _new_specific(self, hint: str, taken: list[SentencePiece]) -> SentencePiece | None:
        """A specific sentence from an unused template, with the hint's key word if possible."""
        used = {piece.origin for piece in taken}
        free = [piece for piece in specific_sentences(self.prompt) if piece.origin not in used]
        self.rng.shuffle(free)
        match = hinted(hint, [piece.text for piece in free])
        return next((piece for piece in free if match is None or piece.text == match), None)

    def _answer(self, task: SimTask, skill: float) -> SentencePiece:
        if self.rng.random() < 0.25 + 0.7 * skill:
            return as_piece("answer", task.answer)
        return as_piece("wrong", self.rng.choice(task.wrong))

    def _n_of(self, n: int, p: float) -> int:
        return sum(self.rng.random() < p for _ in range(n))
