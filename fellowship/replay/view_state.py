"""Where a person is in a replay: a value, and what each key makes of it. No terminal, no clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeAlias

ViewMode: TypeAlias = Literal["message", "prompt", "reply", "saw"]
MODES: dict[str, ViewMode] = {"p": "prompt", "r": "reply", "s": "saw"}


class Catalogue(Protocol):
    """What can be looked at."""

    def ids(self, wanted: str = "") -> Sequence[str]:
        """The conversations that have all the wanted words."""

    def n_steps(self, conversation_id: str) -> int:
        """How many steps a conversation has."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """What fitted when the deck was last drawn: `page` lines at once, and `bottom`, the furthest scroll."""

    page: int = 1
    bottom: int = 0


@dataclass(frozen=True, slots=True)
class ViewState:
    """A place in the list of conversations and, where one is `opened`, in its steps.

    `wanted` is the filter that applies, `typing` one that is being typed; `done` when the person has seen enough.
    """

    shelf: Catalogue = field(compare=False)
    ids: Sequence[str]
    row: int = 0
    top: int = 0
    opened: str | None = None
    n_steps: int = 0
    step: int = 0
    mode: ViewMode = "message"
    scroll: int = 0
    wanted: str = ""
    typing: str | None = None
    helping: bool = False
    done: bool = False
    room: Viewport = Viewport()

    @classmethod
    def of(cls, shelf: Catalogue, conversation: str | None = None, step: int = 0) -> "ViewState":
        """The list of all conversations, or one of them opened at a step."""
        deck = cls(shelf, shelf.ids())
        if conversation is None:
            return deck
        return deck._at_row(deck.ids.index(conversation))._open()._to_step(step)

    def press(self, key: str) -> "ViewState":
        """The deck after a key."""
        if self.typing is not None:
            return self._typed(key, self.typing)
        if key == "q":
            return replace(self, done=True)
        if self.helping:
            return SCROLLS[key](self) if key in SCROLLS else replace(self, helping=False, scroll=0)
        if key == "?":
            return replace(self, helping=True, scroll=0)
        action = (IN_LIST if self.opened is None else IN_CONVERSATION).get(key)
        return action(self) if action else self

    def fitted(self, room: Viewport) -> "ViewState":
        """The deck on a screen with this much room: the marked row is in view, and nothing scrolls past its end."""
        if self.opened is not None or self.helping:
            return replace(self, room=room, scroll=min(self.scroll, room.bottom))
        return replace(self, room=room, top=self._top(room.page))

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
        return replace(self, opened=opened, n_steps=self.shelf.n_steps(opened), step=0, scroll=0, mode="message")

    def _typed(self, key: str, typing: str) -> "ViewState":
        if key == "enter":
            return replace(self, typing=None)._filtered(typing.strip())
        if key == "esc":
            return replace(self, typing=None)
        if key == "backspace":
            return replace(self, typing=typing[:-1] if typing else None)
        letter = " " if key == "space" else key
        return replace(self, typing=typing + letter) if len(letter) == 1 else self

    def _filtered(self, wanted: str) -> "ViewState":
        marked = self.ids[self.row] if self.ids else None
        ids = self.shelf.ids(wanted)
        row = ids.index(marked) if marked in ids else 0
        return replace(self, ids=ids, wanted=wanted, row=row, top=0)

    # ---- in a conversation

    def _to_step(self, step: int) -> "ViewState":
        return replace(self, step=max(0, min(step, self.n_steps - 1)), scroll=0)

    def _to_line(self, scroll: int) -> "ViewState":
        return replace(self, scroll=max(0, min(scroll, self.room.bottom)))

    def _in_mode(self, mode: ViewMode) -> "ViewState":
        return replace(self, mode="message" if self.mode == mode else mode, scroll=0)

    def _neighbour(self, by: int) -> "ViewState":
        """The next conversation of the list, opened at its start; at either end of the list, nothing happens."""
        moved = self._at_row(self.row + by)
        return self if moved.row == self.row else replace(moved._open(), mode=self.mode)

    def _back(self) -> "ViewState":
        if self.mode != "message":
            return self._in_mode("message")
        return replace(self, opened=None, n_steps=0, step=0, scroll=0)


def _mode(mode: ViewMode) -> Callable[[ViewState], ViewState]:
    return lambda deck: deck._in_mode(mode)


Actions: TypeAlias = dict[str, Callable[[Any], ViewState]]

SCROLLS: Actions = {
    "up": lambda deck: deck._to_line(deck.scroll - 1),
    "k": lambda deck: deck._to_line(deck.scroll - 1),
    "down": lambda deck: deck._to_line(deck.scroll + 1),
    "j": lambda deck: deck._to_line(deck.scroll + 1),
    "pageup": lambda deck: deck._to_line(deck.scroll - deck.room.page),
    "pagedown": lambda deck: deck._to_line(deck.scroll + deck.room.page),
}
IN_LIST: Actions = {
    "up": lambda deck: deck._at_row(deck.row - 1),
    "k": lambda deck: deck._at_row(deck.row - 1),
    "down": lambda deck: deck._at_row(deck.row + 1),
    "j": lambda deck: deck._at_row(deck.row + 1),
    "pageup": lambda deck: deck._at_row(deck.row - deck.room.page),
    "pagedown": lambda deck: deck._at_row(deck.row + deck.room.page),
    "space": lambda deck: deck._at_row(deck.row + deck.room.page),
    "home": lambda deck: deck._at_row(0),
    "end": lambda deck: deck._at_row(len(deck.ids) - 1),
    "enter": ViewState._open,
    "right": ViewState._open,
    "l": ViewState._open,
    "/": lambda deck: replace(deck, typing=deck.wanted),
    "esc": lambda deck: deck._filtered("") if deck.wanted else deck,
}
IN_CONVERSATION: Actions = {
    "right": lambda deck: deck._to_step(deck.step + 1),
    "l": lambda deck: deck._to_step(deck.step + 1),
    "space": lambda deck: deck._to_step(deck.step + 1),
    "left": lambda deck: deck._to_step(deck.step - 1),
    "h": lambda deck: deck._to_step(deck.step - 1),
    "home": lambda deck: deck._to_step(0),
    "end": lambda deck: deck._to_step(deck.n_steps - 1),
    "n": lambda deck: deck._neighbour(1),
    "N": lambda deck: deck._neighbour(-1),
    "esc": ViewState._back,
    "backspace": ViewState._back,
    **SCROLLS,
    **{key: _mode(mode) for key, mode in MODES.items()},
}
