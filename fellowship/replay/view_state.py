"""The state of an interactive replay, and its transition for each key. Pure: no terminal, no clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeAlias

ViewMode: TypeAlias = Literal["message", "prompt", "reply", "saw"]
MODES: dict[str, ViewMode] = {"p": "prompt", "r": "reply", "s": "saw"}


class Catalogue(Protocol):
    """The conversations of a run, as the state needs them."""

    def ids(self, query: str = "") -> Sequence[str]:
        """The ids of the conversations that match all words of the filter."""

    def n_steps(self, conversation_id: str) -> int:
        """The number of steps of a conversation."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """The space of the last drawing: `page` lines at once, and `bottom`, the largest scroll position."""

    page: int = 1
    bottom: int = 0


@dataclass(frozen=True, slots=True)
class ViewState:
    """A position in the list of conversations and, if one is `opened`, in its steps.

    `query` is the filter in force, `typing` the one being typed; `done` after q.
    """

    index: Catalogue = field(compare=False)
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
    def of(cls, index: Catalogue, conversation: str | None = None, step: int = 0) -> "ViewState":
        """The list of all conversations, or one of them opened at a step (from 0)."""
        state = cls(index, index.ids())
        if conversation is None:
            return state
        return state._at_row(state.ids.index(conversation))._open()._to_step(step)

    def press(self, key: str) -> "ViewState":
        """The state after a key."""
        if self.typing is not None:
            return self._typed(key, self.typing)
        if key == "q":
            return replace(self, done=True)
        if self.help_open:
            return SCROLLS[key](self) if key in SCROLLS else replace(self, help_open=False, scroll=0)
        if key == "?":
            return replace(self, help_open=True, scroll=0)
        action = (IN_LIST if self.opened is None else IN_CONVERSATION).get(key)
        return action(self) if action else self

    def fitted(self, viewport: Viewport) -> "ViewState":
        """The state on a screen of this size: the selected row is visible, and scrolling stops at the end."""
        if self.opened is not None or self.help_open:
            return replace(self, viewport=viewport, scroll=min(self.scroll, viewport.bottom))
        return replace(self, viewport=viewport, top=self._top(viewport.page))

    def _top(self, page: int) -> int:
        lowest = max(0, len(self.ids) - page)
        return min(max(self.top, self.row - page + 1, 0), self.row, lowest)

    # ---- in the list

    def _at_row(self, row: int) -> "ViewState":
        return replace(self, row=max(0, min(row, len(self.ids) - 1)))

    def _open(self) -> "ViewState":
        if not self.ids:
            return self
        opened = self.ids[self.row]
        return replace(self, opened=opened, n_steps=self.index.n_steps(opened), step=0, scroll=0, mode="message")

    def _typed(self, key: str, typing: str) -> "ViewState":
        if key == "enter":
            return replace(self, typing=None)._filtered(typing.strip())
        if key == "esc":
            return replace(self, typing=None)
        if key == "backspace":
            return replace(self, typing=typing[:-1] if typing else None)
        letter = " " if key == "space" else key
        return replace(self, typing=typing + letter) if len(letter) == 1 else self

    def _filtered(self, query: str) -> "ViewState":
        selected = self.ids[self.row] if self.ids else None
        ids = self.index.ids(query)
        row = ids.index(selected) if selected in ids else 0
        return replace(self, ids=ids, query=query, row=row, top=0)

    # ---- in a conversation

    def _to_step(self, step: int) -> "ViewState":
        return replace(self, step=max(0, min(step, self.n_steps - 1)), scroll=0)

    def _to_line(self, scroll: int) -> "ViewState":
        return replace(self, scroll=max(0, min(scroll, self.viewport.bottom)))

    def _in_mode(self, mode: ViewMode) -> "ViewState":
        return replace(self, mode="message" if self.mode == mode else mode, scroll=0)

    def _neighbour(self, by: int) -> "ViewState":
        """The conversation `by` rows further in the list, opened at its start; unchanged at either end of the list."""
        moved = self._at_row(self.row + by)
        return self if moved.row == self.row else replace(moved._open(), mode=self.mode)

    def _back(self) -> "ViewState":
        if self.mode != "message":
            return self._in_mode("message")
        return replace(self, opened=None, n_steps=0, step=0, scroll=0)


def _mode(mode: ViewMode) -> Callable[[ViewState], ViewState]:
    return lambda state: state._in_mode(mode)


Actions: TypeAlias = dict[str, Callable[[Any], ViewState]]

SCROLLS: Actions = {
    "up": lambda state: state._to_line(state.scroll - 1),
    "k": lambda state: state._to_line(state.scroll - 1),
    "down": lambda state: state._to_line(state.scroll + 1),
    "j": lambda state: state._to_line(state.scroll + 1),
    "pageup": lambda state: state._to_line(state.scroll - state.viewport.page),
    "pagedown": lambda state: state._to_line(state.scroll + state.viewport.page),
}
IN_LIST: Actions = {
    "up": lambda state: state._at_row(state.row - 1),
    "k": lambda state: state._at_row(state.row - 1),
    "down": lambda state: state._at_row(state.row + 1),
    "j": lambda state: state._at_row(state.row + 1),
    "pageup": lambda state: state._at_row(state.row - state.viewport.page),
    "pagedown": lambda state: state._at_row(state.row + state.viewport.page),
    "space": lambda state: state._at_row(state.row + state.viewport.page),
    "home": lambda state: state._at_row(0),
    "end": lambda state: state._at_row(len(state.ids) - 1),
    "enter": ViewState._open,
    "right": ViewState._open,
    "l": ViewState._open,
    "/": lambda state: replace(state, typing=state.query),
    "esc": lambda state: state._filtered("") if state.query else state,
}
IN_CONVERSATION: Actions = {
    "right": lambda state: state._to_step(state.step + 1),
    "l": lambda state: state._to_step(state.step + 1),
    "space": lambda state: state._to_step(state.step + 1),
    "left": lambda state: state._to_step(state.step - 1),
    "h": lambda state: state._to_step(state.step - 1),
    "home": lambda state: state._to_step(0),
    "end": lambda state: state._to_step(state.n_steps - 1),
    "n": lambda state: state._neighbour(1),
    "N": lambda state: state._neighbour(-1),
    "esc": ViewState._back,
    "backspace": ViewState._back,
    **SCROLLS,
    **{key: _mode(mode) for key, mode in MODES.items()},
}
