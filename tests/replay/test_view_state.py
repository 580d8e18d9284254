from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.replay.key_bindings import press
from fellowship.replay.run_index import RunIndex
from fellowship.replay.view_state import Viewport, ViewState

KEYS = (
    *("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "esc", "backspace", "space"),
    *("h", "j", "k", "l", "n", "N", "p", "r", "s", "?", "/", "1", "delete"),
)


class FakeIndex(RunIndex):
    """Conversation k has k steps; a filter keeps the ids it occurs in."""

    def __init__(self, n: int) -> None:
        self.all = tuple(f"c{position:05d}" for position in range(n))

    def ids(self, query: str = "", *, first: int = -1) -> tuple[str, ...]:
        return tuple(id for id in self.all if query in id)[: None if first < 0 else first]

    def prompt_step(self, conversation_id: str) -> int:
        return 0

    def n_steps(self, conversation_id: str) -> int:
        return int(conversation_id[1:])


def pressed(state: ViewState, *keys: str) -> ViewState:
    return reduce(press, keys, state)


@given(st.integers(0, 30), st.lists(st.tuples(st.sampled_from(KEYS), st.integers(1, 9), st.integers(0, 9))))
def test_no_sequence_of_keys_leaves_the_range(n: int, presses: list[tuple[str, int, int]]) -> None:
    state = ViewState.of(FakeIndex(n))

    for key, page, bottom in presses:
        state = press(state, key).fitted(Viewport(page, bottom))

        assert 0 <= state.row < max(1, len(state.ids))
        assert 0 <= state.top <= state.row or state.opened
        assert 0 <= state.step < max(1, state.n_steps)
        assert 0 <= state.scroll <= state.viewport.bottom
        assert state.opened is None or state.opened == state.ids[state.row]


@given(st.integers(0, 20), st.integers(0, 19))
def test_stepping_right_and_as_often_left_returns(start: int, times: int) -> None:
    state = ViewState.of(FakeIndex(41), "c00040", start)

    assert pressed(state, *["right"] * times, *["left"] * times) == state


def test_steps_stop_at_either_end() -> None:
    state = ViewState.of(FakeIndex(5), "c00003", 1)

    assert pressed(state, "left", "left").step == 0
    assert pressed(state, "space", "l", "right").step == 2
    assert pressed(state, "end").step == 2
    assert pressed(state, "end", "home").step == 0


@pytest.mark.parametrize(("key", "mode"), [("p", "prompt"), ("r", "reply"), ("s", "saw")])
def test_a_view_stays_while_stepping_and_is_left_by_its_key_or_escape(key: str, mode: str) -> None:
    state = press(ViewState.of(FakeIndex(5), "c00004"), key)

    assert press(state, "right").mode == mode
    assert press(state, key).mode == "message"
    assert press(state, "esc") == press(state, key)
    assert pressed(state, "esc", "esc").opened is None


def test_going_back_to_the_list_marks_the_conversation_one_came_from() -> None:
    state = pressed(ViewState.of(FakeIndex(50), "c00040"), "n", "backspace").fitted(Viewport(page=10))

    assert (state.opened, state.row, state.top) == (None, 41, 32)


def test_a_filter_is_typed_applied_and_taken_off() -> None:
    state = pressed(ViewState.of(FakeIndex(50)), "end", "/", "0", "4", "x", "backspace")

    assert (state.typing, len(state.ids)) == ("04", 50)
    found = press(state, "enter")
    assert (found.typing, found.query, len(found.ids), found.ids[found.row]) == (None, "04", 11, "c00049")
    assert pressed(found, "esc").ids == ViewState.of(FakeIndex(50)).ids
    assert press(state, "esc").query == ""


def test_letters_of_a_filter_are_no_commands() -> None:
    state = pressed(ViewState.of(FakeIndex(3)), "/", "q", "?", "space", "/")

    assert (state.typing, state.done, state.help_open) == ("q? /", False, False)


def test_q_ends_it_everywhere_else() -> None:
    state = ViewState.of(FakeIndex(3))

    assert press(state, "q").done
    assert pressed(state, "down", "enter", "p", "q").done
    assert pressed(state, "?", "q").done


def test_a_long_text_scrolls_to_its_bottom_and_a_step_starts_at_the_top() -> None:
    state = ViewState.of(FakeIndex(5), "c00004").fitted(Viewport(page=10, bottom=15))

    assert pressed(state, "pagedown", "pagedown").scroll == 15
    assert pressed(state, "down", "down", "up").scroll == 1
    assert pressed(state, "down", "right").scroll == 0


def test_an_empty_run_can_be_looked_at() -> None:
    state = pressed(ViewState.of(FakeIndex(0)), "down", "enter", "end", "pageup")

    assert (state.opened, state.row) == (None, 0)
