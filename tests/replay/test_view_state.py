from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.replay.view_state import Viewport, ViewState

KEYS = (
    *("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "esc", "backspace", "space"),
    *("h", "j", "k", "l", "n", "N", "p", "r", "s", "?", "/", "1", "delete"),
)


class FakeShelf:
    """Conversation k has k steps; a filter keeps the ids it occurs in."""

    def __init__(self, n: int) -> None:
        self.all = tuple(f"c{position:05d}" for position in range(n))

    def ids(self, wanted: str = "") -> Sequence[str]:
        return tuple(id for id in self.all if wanted in id)

    def n_steps(self, conversation_id: str) -> int:
        return int(conversation_id[1:])


def pressed(deck: ViewState, *keys: str) -> ViewState:
    return reduce(ViewState.press, keys, deck)


@given(st.integers(0, 30), st.lists(st.tuples(st.sampled_from(KEYS), st.integers(1, 9), st.integers(0, 9))))
def test_no_sequence_of_keys_leaves_the_range(n: int, presses: list[tuple[str, int, int]]) -> None:
    deck = ViewState.of(FakeShelf(n))

    for key, page, bottom in presses:
        deck = deck.press(key).fitted(Viewport(page, bottom))

        assert 0 <= deck.row < max(1, len(deck.ids))
        assert 0 <= deck.top <= deck.row or deck.opened
        assert 0 <= deck.step < max(1, deck.n_steps)
        assert 0 <= deck.scroll <= deck.room.bottom
        assert deck.opened is None or deck.opened == deck.ids[deck.row]


@given(st.integers(0, 20), st.integers(0, 19))
def test_stepping_right_and_as_often_left_returns(start: int, times: int) -> None:
    deck = ViewState.of(FakeShelf(41), "c00040", start)

    assert pressed(deck, *["right"] * times, *["left"] * times) == deck


def test_steps_stop_at_either_end() -> None:
    deck = ViewState.of(FakeShelf(5), "c00003", 1)

    assert pressed(deck, "left", "left").step == 0
    assert pressed(deck, "space", "l", "right").step == 2
    assert pressed(deck, "end").step == 2
    assert pressed(deck, "end", "home").step == 0


@pytest.mark.parametrize(("key", "mode"), [("p", "prompt"), ("r", "reply"), ("s", "saw")])
def test_a_view_stays_while_stepping_and_is_left_by_its_key_or_escape(key: str, mode: str) -> None:
    deck = ViewState.of(FakeShelf(5), "c00004").press(key)

    assert deck.press("right").mode == mode
    assert deck.press(key).mode == "message"
    assert deck.press("esc") == deck.press(key)
    assert pressed(deck, "esc", "esc").opened is None


def test_going_back_to_the_list_marks_the_conversation_one_came_from() -> None:
    deck = pressed(ViewState.of(FakeShelf(50), "c00040"), "n", "backspace").fitted(Viewport(page=10))

    assert (deck.opened, deck.row, deck.top) == (None, 41, 32)


def test_a_filter_is_typed_applied_and_taken_off() -> None:
    deck = pressed(ViewState.of(FakeShelf(50)), "end", "/", "0", "4", "x", "backspace")

    assert (deck.typing, len(deck.ids)) == ("04", 50)
    found = deck.press("enter")
    assert (found.typing, found.wanted, len(found.ids), found.ids[found.row]) == (None, "04", 11, "c00049")
    assert pressed(found, "esc").ids == ViewState.of(FakeShelf(50)).ids
    assert deck.press("esc").wanted == ""


def test_letters_of_a_filter_are_no_commands() -> None:
    deck = pressed(ViewState.of(FakeShelf(3)), "/", "q", "?", "space", "/")

    assert (deck.typing, deck.done, deck.helping) == ("q? /", False, False)


def test_q_ends_it_everywhere_else() -> None:
    deck = ViewState.of(FakeShelf(3))

    assert deck.press("q").done
    assert pressed(deck, "down", "enter", "p", "q").done
    assert pressed(deck, "?", "q").done


def test_a_long_text_scrolls_to_its_bottom_and_a_step_starts_at_the_top() -> None:
    deck = ViewState.of(FakeShelf(5), "c00004").fitted(Viewport(page=10, bottom=15))

    assert pressed(deck, "pagedown", "pagedown").scroll == 15
    assert pressed(deck, "down", "down", "up").scroll == 1
    assert pressed(deck, "down", "right").scroll == 0


def test_an_empty_run_can_be_looked_at() -> None:
    deck = pressed(ViewState.of(FakeShelf(0)), "down", "enter", "end", "pageup")

    assert (deck.opened, deck.row) == (None, 0)
