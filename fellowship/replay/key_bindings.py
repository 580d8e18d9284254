"""What each key does in an interactive replay: one table for the list of conversations, one for a conversation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from fellowship.replay.view_state import ViewState

SAME_AS = {"h": "left", "j": "down", "k": "up", "l": "right"}


def press(state: ViewState, key: str) -> ViewState:
    """The state after a key."""
    if state.typing is not None:
        return _type(state, key, state.typing)
    if key == "q":
        return replace(state, done=True)
    key = SAME_AS.get(key, key)
    if state.help_open:
        return SCROLLS[key](state) if key in SCROLLS else replace(state, help_open=False, scroll=0)
    if key == "?":
        return replace(state, help_open=True, scroll=0)
    action = (IN_LIST if state.opened is None else IN_CONVERSATION).get(key)
    return action(state) if action else state


def _type(state: ViewState, key: str, typing: str) -> ViewState:
    if key == "enter":
        return replace(state, typing=None).filtered(typing.strip())
    if key == "esc":
        return replace(state, typing=None)
    if key == "backspace":
        return replace(state, typing=typing[:-1] if typing else None)
    letter = " " if key == "space" else key
    return replace(state, typing=typing + letter) if len(letter) == 1 else state


Actions: TypeAlias = dict[str, Callable[[Any], ViewState]]

SCROLLS: Actions = {
    "up": lambda state: state.to_line(state.scroll - 1),
    "down": lambda state: state.to_line(state.scroll + 1),
    "pageup": lambda state: state.to_line(state.scroll - state.viewport.page),
    "pagedown": lambda state: state.to_line(state.scroll + state.viewport.page),
}
IN_LIST: Actions = {
    "up": lambda state: state.at_row(state.row - 1),
    "down": lambda state: state.at_row(state.row + 1),
    "pageup": lambda state: state.at_row(state.row - state.viewport.page),
    "pagedown": lambda state: state.at_row(state.row + state.viewport.page),
    "space": lambda state: state.at_row(state.row + state.viewport.page),
    "home": lambda state: state.at_row(0),
    "end": lambda state: state.at_row(len(state.ids) - 1),
    "enter": ViewState.open,
    "right": ViewState.open,
    "/": lambda state: replace(state, typing=state.query),
    "esc": lambda state: state.filtered("") if state.query else state,
}
IN_CONVERSATION: Actions = {
    "right": lambda state: state.to_step(state.step + 1),
    "space": lambda state: state.to_step(state.step + 1),
    "left": lambda state: state.to_step(state.step - 1),
    "home": lambda state: state.to_step(0),
    "end": lambda state: state.to_step(state.n_steps - 1),
    "n": lambda state: state.neighbour(1),
    "N": lambda state: state.neighbour(-1),
    "esc": ViewState.back,
    "backspace": ViewState.back,
    "p": lambda state: state.in_mode("prompt"),
    "r": lambda state: state.in_mode("reply"),
    "s": lambda state: state.in_mode("saw"),
    **SCROLLS,
}
