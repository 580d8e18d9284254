"""Finds, in any text, the sentences that simulated answers consist of."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from fellowship.providers.sim.bank import PADDING, REFUSALS, SPECIFIC, TASKS, VAGUE, SimTask, find_task, fold

SentenceKind = Literal["answer", "wrong", "point", "slip", "specific", "vague", "padding", "refusal"]

MAX_KEY_WORDS = 4
PLACEHOLDER_TOPICS = ("the main question", "the rest")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_STOP_WORDS_TEXT = (
    "about above across several after again also another answer because been before being between both build "
    "cannot could does doing down during each explain find first five four from give have having help here "
    "into just keep like list make many more most much must name need only other over please should since some "
    "such take tell than that their them then there these they this those three through under until very want "
    "well were what when where which while whose will with without would write your yours"
)
_STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())


@dataclass(frozen=True, slots=True)
class SentencePiece:
    """One known sentence and its kind. `origin` is the same for variants of one template."""

    kind: SentenceKind
    text: str
    origin: str


def pieces_in(prompt: str, text: str) -> tuple[SentencePiece, ...]:
    """The known sentences in the text in their order of appearance, each once; capitals and whitespace are ignored."""
    folded = fold(text).casefold()
    found: dict[str, tuple[int, SentencePiece]] = {}
    for needle, piece in _known_sentences(prompt, folded):
        at = folded.find(needle)
        if at >= 0 and piece.origin not in found:
            found[piece.origin] = (at, piece)
    return tuple(piece for _, piece in sorted(found.values(), key=lambda hit: hit[0]))


def specific_sentences(prompt: str) -> tuple[SentencePiece, ...]:
    """Every specific sentence for a prompt outside the bank, one per template; key words rotate over the templates."""
    words = key_words(prompt, MAX_KEY_WORDS)
    return tuple(_specific(template, words, i) for i, template in enumerate(SPECIFIC))


def key_words(text: str, limit: int) -> tuple[str, ...]:
    """The `limit` longest different content words of 4 or more letters or digits, in order of appearance, lowered."""
    words = (word.lower() for word in _WORD.findall(text))
    candidates = dict.fromkeys(word for word in words if len(word) >= 4 and word not in _STOP_WORDS)
    longest = sorted(candidates, key=len, reverse=True)[:limit]
    return tuple(word for word in candidates if word in longest)


def as_piece(kind: SentenceKind, sentence: str) -> SentencePiece:
    """A sentence that has no variants."""
    return SentencePiece(kind, sentence, sentence)


def as_pieces(kind: SentenceKind, sentences: Iterable[str]) -> list[SentencePiece]:
    """The sentences as pieces of one kind."""
    return [as_piece(kind, sentence) for sentence in sentences]


def task_pieces(task: SimTask) -> list[SentencePiece]:
    """The sentences of a task: its answer, false answers, points and slips."""
    return [
        as_piece("answer", task.answer),
        *as_pieces("wrong", task.wrong),
        *as_pieces("point", task.points),
        *as_pieces("slip", task.slips),
    ]


def _known_sentences(prompt: str, folded_text: str) -> Iterator[tuple[str, SentencePiece]]:
    yield from _SHARED
    if task := find_task(prompt):
        yield from _OF_TASK[task.id]
        return
    words: tuple[str, ...] | None = None
    for template, fragment in _FRAGMENTS:
        if fragment not in folded_text:
            continue
        words = key_words(prompt, MAX_KEY_WORDS) if words is None else words
        yield from _needles(_specific(template, words, i) for i in range(max(1, len(words))))
    yield from _VAGUE


def _specific(template: str, words: tuple[str, ...], i: int) -> SentencePiece:
    topics = (*words, *PLACEHOLDER_TOPICS[len(words) :])
    first = i % len(words) if len(words) > 1 else 0  # placeholders do not rotate
    text = template.format(a=topics[first], b=topics[(first + 1) % len(topics)])
    return SentencePiece("specific", text, template)


def _needles(pieces: Iterable[SentencePiece]) -> tuple[tuple[str, SentencePiece], ...]:
    return tuple((piece.text.casefold(), piece) for piece in pieces)


_OF_TASK = {task.id: _needles(task_pieces(task)) for task in TASKS}
_VAGUE = _needles(as_pieces("vague", VAGUE))
_SHARED = _needles([*as_pieces("padding", PADDING), *as_pieces("refusal", REFUSALS)])
# Searching for the longest fixed part of a template first saves a search for each of its variants.
_FRAGMENTS = [(template, max(re.split(r"\{[ab]\}", template), key=len).casefold()) for template in SPECIFIC]
