"""The state of an interactive replay and its transitions. Pure: no terminal, no clock; keys are in key_bindings.py."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from fellowship.replay.run_index import RunIndex

ViewMode: TypeAlias = Literal["message", "prompt", "reply", "saw"]


@dataclass(frozen=True, slots=True)
class Viewport:
    """The space of the last drawing: `page` lines at once, and `bottom`, the largest scroll position."""

    page: int = 1
    bottom: int = 0


@dataclass(frozen=True, slots=True)
class ViewState:
    """A position in the list and in the steps of the `opened` one; `query`: filter in force; `typing`: being typed."""

    index: RunIndex = field(compare=False)
    ids: Sequence[str]
    row: int = 0
    top: int = 0
    opened: str | None = None
    n_steps: int = 0
    step: int = 0
    mode: ViewMode = "message"
    scroll: int = 0
    query: str = ""
    typing: str | None = None
    help_open: bool = False
    done: bool = False
    viewport: Viewport = Viewport()

    @classmethod
    def of(cls, index: RunIndex, conversation: str | None = None, step: int | None = None) -> "ViewState":
        """The list of all conversations, or one of them opened at a step (from 0), at its prompt by default."""
        state = cls(index, index.ids())
        if conversation is None:
            return state
        opened = state.at_row(state.ids.index(conversation)).open()
        return opened if step is None else opened.to_step(step)

    def fitted(self, viewport: Viewport) -> "ViewState":
        """The state on a screen of this size: the selected row is visible, and scrolling stops at the end."""
        if self.opened is not None or self.help_open:
            return replace(self, viewport=viewport, scroll=min(self.scroll, viewport.bottom))
        lowest = max(0, len(self.ids) - viewport.page)
        top = min(max(self.top, self.row - viewport.page + 1, 0), self.row, lowest)
        return replace(self, viewport=viewport, top=top)

    # ---- in the list

    def at_row(self, row: int) -> "ViewState":
        """The state with a row selected, limited to the list."""
        return replace(self, row=max(0, min(row, len(self.ids) - 1)))

    def open(self) -> "ViewState":
        """The selected conversation, opened at its prompt; unchanged in an empty list."""
        if not self.ids:
            return self
        opened = self.ids[self.row]
        n_steps, step = self.index.n_steps(opened), self.index.prompt_step(opened)
        return replace(self, opened=opened, n_steps=n_steps, step=step, scroll=0, mode="message")

    def filtered(self, query: str) -> "ViewState":
        """The list with a filter in force; the selected row stays selected if it matches."""
        selected = self.ids[self.row] if self.ids else None
        ids = self.index.ids(query)
        row = ids.index(selected) if selected in ids else 0
        return replace(self, ids=ids, query=query, row=row, top=0)

    # ---- in a conversation

    def to_step(self, step: int) -> "ViewState":
        """The state at a step of the conversation, limited to its steps."""
        return replace(self, step=max(0, min(step, self.n_steps - 1)), scroll=0)

    def to_line(self, scroll: int) -> "ViewState":
        """The state scrolled to a line, limited to the text."""
        return replace(self, scroll=max(0, min(scroll, self.viewport.bottom)))

    def in_mode(self, mode: ViewMode) -> "ViewState":
        """The state in a view mode; the same mode again returns to the message."""
        return replace(self, mode="message" if self.mode == mode else mode, scroll=0)

    def neighbour(self, by: int) -> "ViewState":
        """The conversation `by` rows further in the list, opened at its prompt; unchanged at either end of the list."""
        moved = self.at_row(self.row + by)
        return self if moved.row == self.row else replace(moved.open(), mode=self.mode)

    def back(self) -> "ViewState":
        """From another mode back to the message, and from there to the list."""
        if self.mode != "message":
            return self.in_mode("message")
        return replace(self, opened=None, n_steps=0, step=0, scroll=0)
