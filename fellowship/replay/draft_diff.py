"""The word-by-word difference between two drafts of an author."""

import difflib
import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from fellowship.formatting.terminal_text import sanitized
from fellowship.protocols.content import Draft
from fellowship.replay.conversation_view import ConversationView, Step

WORD = re.compile(r"(\S+)(\s*)")
AUTOJUNK_WORDS = 2_000
PLAIN_MARKS = {"deleted": ("[-", "-]"), "inserted": ("{+", "+}")}
MARKDOWN_MARKS = {"deleted": ("~~", "~~"), "inserted": ("**", "**")}


class RevisionPiece(NamedTuple):
    """Consecutive words that were kept, deleted or inserted, with the white space behind them."""

    change: Literal["kept", "deleted", "inserted"]
    text: str


def revised(view: ConversationView, step: Step) -> Step | None:
    """The draft that `step` revises: the previous one by the same author in the same lane; None without one."""
    if not _is_draft(step):
        return None
    earlier = reversed(view.steps[: view.steps.index(step)])
    same_author = (each for each in earlier if (each.author, each.lane) == (step.author, step.lane))
    return next(filter(_is_draft, same_author), None)


def revision(before: Step, after: Step) -> list[RevisionPiece]:
    """The differences between two drafts."""
    old, new = (each.message.content.text if each.message else "" for each in (before, after))
    return pieces(old, new)


def pieces(before: str, after: str) -> list[RevisionPiece]:
    """The differences between two texts. White space is not compared; the result has that of the new text.

    >>> [(piece.change, piece.text) for piece in pieces("The sky is blue.", "The sky is deep blue.")]
    [('kept', 'The sky is '), ('inserted', 'deep '), ('kept', 'blue.')]
    """
    old, new = WORD.findall(before), WORD.findall(after)
    words_old, words_new = [word for word, _ in old], [word for word, _ in new]
    matcher = difflib.SequenceMatcher(None, words_old, words_new, autojunk=len(new) > AUTOJUNK_WORDS)
    found: list[RevisionPiece] = []
    for change, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if change == "equal":
            last = new[new_to - 1][1] or old[old_to - 1][1]  # the last words may have been deleted
            found.append(RevisionPiece("kept", f"{_join_words(new[new_from:new_to]).rstrip()}{last}"))
            continue
        if old_from < old_to:
            found.append(RevisionPiece("deleted", _join_words(old[old_from:old_to])))
        if new_from < new_to:
            found.append(RevisionPiece("inserted", _join_words(new[new_from:new_to])))
    return found


def marked(changes: list[RevisionPiece]) -> str:
    """The differences as plain text: [-deleted-] and {+inserted+}."""
    return "".join(_marked_piece(piece, PLAIN_MARKS) for piece in _without_gaps(changes))


def marked_markdown(changes: list[RevisionPiece], literal: Callable[[str], str]) -> str:
    """The differences as Markdown: ~~deleted~~ and **inserted**, marked line by line; `literal` escapes the words."""
    marked_lines = []
    for piece in _without_gaps(changes):
        for line in piece.text.splitlines(keepends=True):
            of_line = RevisionPiece(piece.change, literal(line)) if line.strip() else RevisionPiece("kept", line)
            marked_lines.append(_marked_piece(of_line, MARKDOWN_MARKS))
    return "".join(marked_lines)


def _marked_piece(piece: RevisionPiece, marks: dict[str, tuple[str, str]]) -> str:
    before, behind = marks.get(piece.change, ("", ""))
    words = piece.text.rstrip()
    return f"{before}{sanitized(words)}{behind}{sanitized(piece.text[len(words) :])}"


def _without_gaps(changes: list[RevisionPiece]) -> Iterator[RevisionPiece]:
    """Remove the space between deleted words and the words inserted instead."""
    for piece, following in zip(changes, [*changes[1:], None], strict=True):
        replaced = piece.change == "deleted" and following is not None and following.change == "inserted"
        yield RevisionPiece(piece.change, piece.text.rstrip()) if replaced else piece


def _join_words(words: list[tuple[str, str]]) -> str:
    return "".join(word + blank for word, blank in words)


def _is_draft(step: Step) -> bool:
    return step.message is not None and isinstance(step.message.content, Draft)
