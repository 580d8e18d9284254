import unicodedata
from functools import reduce
from pathlib import Path

import pytest
from rich.cells import cell_len

from fellowship import Generator, Reviewer, run
from fellowship.replay.key_bindings import press
from fellowship.replay.run_index import RunIndex
from fellowship.replay.screen import draw
from fellowship.replay.styled_text import text_of
from fellowship.replay.view_state import ViewState
from fellowship.scenarios import answer, feedback_loop
from fellowship.testing.scripted_provider import ScriptedProvider

SIZES = [(80, 24), (200, 50), (40, 10)]
VIEWS = [[], ["/", "x"], ["?"], ["enter"], ["enter", "p"], ["enter", "r"], ["enter", "s"]]


def shown(state: ViewState, index: RunIndex, width: int = 80, height: int = 24) -> list[str]:
    return [text_of(line) for line in draw(state, index, width, height).lines]


def pressed(state: ViewState, index: RunIndex, *keys: str, size: tuple[int, int] = (80, 24)) -> ViewState:
    return reduce(
        lambda state, key: press(state, key).fitted(draw(press(state, key), index, *size).viewport), keys, state
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("view", VIEWS, ids=" ".join)
@pytest.mark.parametrize("name", ["debate_index", "hostile_index"])
def test_no_line_is_too_wide_and_no_screen_too_high(
    name: str, view: list[str], size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    index: RunIndex = request.getfixturevalue(name)
    state = pressed(ViewState.of(index), index, *view, size=size)

    for _ in range(max(1, state.n_steps)):
        lines = shown(state, index, *size)
        assert len(lines) == size[1]
        assert max(map(cell_len, lines)) <= size[0]
        assert all(unicodedata.category(letter) not in {"Cc", "Cf"} for line in lines for letter in line)
        state = pressed(state, index, "pagedown", "right", size=size) if state.opened else state


def test_hostile_text_is_shown_and_not_obeyed(hostile_index: RunIndex) -> None:
    screen = "\n".join(shown(ViewState.of(hostile_index, "c00000"), hostile_index, 120))

    assert "\\x1b[2J\\x1b]0;owned\\x07[bold red]markup[/] \\u202eright to left" in screen
    assert "\x1b" not in screen


def test_the_list_tells_outcome_label_and_prompt(debate_index: RunIndex) -> None:
    lines = shown(ViewState.of(debate_index), debate_index, 120)

    assert lines[0].endswith("[SIMULATED] ")
    assert "3 conversations" in lines[0]
    assert lines[1].split() == ["id", "status", "outcome", "label", "msgs", "prompt"]
    assert lines[2].startswith("▸ c00000  finished  ")
    assert "Why is the sky blue" in lines[2]


def test_a_step_tells_who_where_what_it_saw_and_what_it_cost(debate_index: RunIndex) -> None:
    lines = shown(ViewState.of(debate_index, "c00000", 4), debate_index, 100)

    assert "[SIMULATED]" in lines[0]
    assert lines[3].startswith(" ba  · · · ·[a]·")
    assert lines[5] == " 5/24  general_public  Argument  · lane ba (seats swapped)"
    assert lines[6] == " saw    3: user.0, candidate_2.0, candidate_1.0"
    assert lines[7].startswith(" model  sim/mid · ")
    assert lines[7].endswith(" s · 1 attempt")


def test_a_verdict_names_who_sat_in_the_winning_seat(debate_index: RunIndex) -> None:
    view = debate_index.conversation("c00000")
    exchanged = next(step for step in view.steps if step.id == "ba/debate.0")

    assert exchanged.seats == ("candidate_2", "candidate_1")
    screen = shown(ViewState.of(debate_index, "c00000", view.steps.index(exchanged)), debate_index)
    assert any(f"decision  {exchanged.headline}" in line for line in screen)
    assert sum("_ballot.0" in line and "Vote" in line for line in screen) == 3


def test_what_an_author_did_not_see_is_told_too(debate_index: RunIndex) -> None:
    state = pressed(ViewState.of(debate_index, "c00000", 5), debate_index, "s")

    lines = [line.strip() for line in shown(state, debate_index)]

    assert "psychologist saw 4 messages, in this order:" in lines
    assert any(line.startswith("✓ ab/general_public.0") for line in lines)
    assert "earlier messages that it did not see (1):" in lines
    assert any(line.startswith("– ba/general_public.0") for line in lines)


def test_an_unreadable_attempt_is_told_with_its_error(hostile_index: RunIndex) -> None:
    state = pressed(ViewState.of(hostile_index, "c00000", 3), hostile_index, "r")

    screen = "\n".join(shown(state, hostile_index, 120))

    assert "2 attempts" in screen
    assert "attempt 1: could not be read: judge: score A" in screen
    assert "── attempt 2 · finish reason stop" in screen


def test_a_reply_that_stayed_unreadable_keeps_its_attempts(hostile_index: RunIndex) -> None:
    steps = hostile_index.conversation("c00001").steps

    assert [(step.id, step.headline, len(step.asks)) for step in steps[3:]] == [
        ("ab/judge.note1", "failed", 2),
        ("ba/judge.note1", "failed", 2),
        ("judge.0", "failed", 0),
    ]
    assert "failed: given order" in shown(ViewState.of(hostile_index, "c00001"), hostile_index)[0]


def test_a_failed_conversation_ends_with_the_reply_that_could_not_be_read() -> None:
    scripted = ScriptedProvider({"generator": "An answer.", "reviewer": "no score at all"})
    summary = run(
        feedback_loop, prompts=["Explain tides."], out=":memory:", quiet=True, providers={"script": scripted},
        generator=Generator("script/x"), reviewer=Reviewer("script/x"),
    )  # fmt: skip
    index = RunIndex(summary.recorded)

    screen = "\n".join(shown(pressed(ViewState.of(index, "c00000"), index, "end"), index))

    assert "3/3  reviewer  Unreadable" in screen
    assert "failed  no readable reply" in screen
    assert "attempt 2: could not be read: reviewer" in screen
    assert " p d[!]" in screen


@pytest.mark.parametrize(
    ("query", "found"),
    [("is:failed", ["c00001"]), ("c00000 inconsistent", ["c00000"]), ("MARKUP", ["c00000", "c00001"]), ("nowhere", [])],
)
def test_filters(hostile_index: RunIndex, query: str, found: list[str]) -> None:
    assert list(hostile_index.ids(query)) == found


def test_a_terminal_that_is_too_small_is_told_so(debate_index: RunIndex) -> None:
    assert shown(ViewState.of(debate_index), debate_index, 39, 24)[0] == "too small:"
    assert len(shown(ViewState.of(debate_index), debate_index, 80, 2)) == 2


def test_looking_changes_nothing(debate_index: RunIndex) -> None:
    before = list(debate_index.recorded.connection.iterdump())

    pressed(
        ViewState.of(debate_index), debate_index, "/", "a", "enter", "enter", "p", "r", "s", "end", "n", "esc", "esc"
    )

    assert list(debate_index.recorded.connection.iterdump()) == before


def test_reasoning_is_marked_and_stands_before_the_answer(tmp_path: Path) -> None:
    provider = ScriptedProvider(lambda request: "<think>A city.</think>Canberra.")
    summary = run(
        answer, prompts=["Why?"], out=tmp_path, providers={"s": provider}, quiet=True, generator=Generator("s/x")
    )
    index = RunIndex(summary.recorded)

    lines = [line.strip() for line in shown(pressed(ViewState.of(index, "c00000", 1), index, "r"), index)]

    start = lines.index("reasoning")
    assert lines[start : start + 4] == ["reasoning", "A city.", "", "Canberra."]
