"""A deck and a size become lines: at most `height` of them, none wider than `width` cells. Pure."""

from dataclasses import dataclass
from typing import Any

from fellowship.formatting.terminal_text import wrap
from fellowship.formatting.units import count_noun
from fellowship.replay.conversation_screen import fact_lines, lane_strip, message_lines, speaker
from fellowship.replay.conversation_table import column_widths, styled_row, table_heading
from fellowship.replay.conversation_view import ConversationView
from fellowship.replay.message_summary import TONES, gist, label_agreement
from fellowship.replay.run_index import RunIndex
from fellowship.replay.styled_text import Span, StyledLine, cut_line, spread_line, styled_line
from fellowship.replay.view_state import ViewMode, Viewport, ViewState

SMALLEST = (40, 10)
HELP = """\
In the list
  ↑ ↓ PageUp PageDown Home End   move           Enter   open the conversation
  /   filter: words that must all occur in the id, status, decision, error or prompt;
      is:failed is:tie is:inconsistent is:disagreement (with the label) match exactly
  Esc takes the filter off

In a conversation
  ← →  h l  space   previous and next message    Home End   first and last
  ↑ ↓ PageUp PageDown   scroll a long text       n N   next, previous conversation
  p   the prompt, as it was sent                 r   the raw reply, all attempts
  s   what its author saw, and what it did not   Esc   back

The strip: a letter per message, a row per lane; [x] is where you are. p prompt, d draft,
c critique, a argument, s score; A B = ≠ decisions (≠ inconsistent), ! failed or unreadable.
Lane ba is the same task with the seats exchanged: there, seat A holds the second answer.

Nothing here asks a model or changes the record."""
SHORTCUTS: dict[ViewMode, str] = {
    "message": "←→ step  ↑↓ scroll  p prompt  r reply  s saw  n next  esc list  ? help  q quit",
    "prompt": "PROMPT as sent · p or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
    "reply": "RAW REPLY · r or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
    "saw": "WHAT IT SAW · s or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What to show, and how much room there was."""

    lines: list[StyledLine]
    room: Viewport


def draw(deck: ViewState, shelf: RunIndex, width: int, height: int) -> Frame:
    """The screen of a deck."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        frame = _too_small(width, height)
    elif deck.helping:
        frame = _help(deck, width, height)
    elif deck.opened is None:
        frame = _list(deck, shelf, width, height)
    else:
        frame = _conversation(deck, shelf, shelf.tale(deck.opened), width, height)
    return Frame([cut_line(each, width) for each in frame.lines[:height]], frame.room)


def _too_small(width: int, height: int) -> Frame:
    return Frame(
        [styled_line("too small:"), styled_line(f"{width}x{height}, needs"), styled_line("40x10 (q quits)")], Viewport()
    )


def _help(deck: ViewState, width: int, height: int) -> Frame:
    text = [styled_line(f" {each}") for each in wrap(HELP, width - 2)]
    return _scrolled([], text, deck.scroll, "↑↓ scroll, any other key closes", height, width)


def _list(deck: ViewState, shelf: RunIndex, width: int, height: int) -> Frame:
    page = height - 3
    deck = deck.fitted(Viewport(page))
    rows = shelf.rows(deck.ids[deck.top : deck.top + page])
    columns = column_widths(rows, total=width - 2)
    lines = [
        _list_title(deck, shelf, width),
        styled_line(Span(f"  {table_heading(columns)}", "dim")),
    ]
    for position, row in enumerate(rows, start=deck.top):
        sign = Span("▸ ", "name") if position == deck.row else Span("  ")
        lines.append((sign, *styled_row(row, columns)))
    if not rows:
        lines.append(
            styled_line("  no conversation has all of that; / changes the filter" if deck.wanted else "  none yet")
        )
    lines += [()] * (height - 1 - len(lines))
    return Frame([*lines, _list_footer(deck, width)], Viewport(page))


def _list_title(deck: ViewState, shelf: RunIndex, width: int) -> StyledLine:
    n = count_noun(len(deck.ids), "conversation")
    filtered: tuple[Any, ...] = (" with ", Span(deck.wanted, "bold")) if deck.wanted else ()
    return spread_line(
        styled_line(" ", Span(_tail(shelf.name, width // 2), "bold"), f"  {n}", *filtered),
        _mark(shelf.simulated),
        width,
    )


def _list_footer(deck: ViewState, width: int) -> StyledLine:
    if deck.typing is not None:
        return styled_line(
            Span(" filter: ", "bold"), deck.typing, Span(" ", "mark"), Span("  enter applies, esc leaves", "dim")
        )
    keys = " ↑↓ move  enter open  / filter  ? help  q quit"
    place = f"{deck.row + 1:,} of {len(deck.ids):,} " if deck.ids else ""
    return spread_line(styled_line(Span(keys, "dim")), styled_line(Span(place, "dim")), width)


def _conversation(deck: ViewState, shelf: RunIndex, tale: ConversationView, width: int, height: int) -> Frame:
    head = [_title(shelf, tale, width)]
    if not tale.steps:
        return _scrolled(
            head, [styled_line(" nothing was said in this conversation yet")], 0, SHORTCUTS["message"], height, width
        )
    step = tale.steps[deck.step]
    strip = lane_strip(tale, deck.step, width)
    head += strip if height >= 16 else []
    head.append(styled_line(Span("─" * width, "dim")))
    head += [
        speaker(step, deck.step + 1, len(tale.steps)),
        *fact_lines(step)[: max(2, height - 12)],
    ]
    if height >= 16:
        head.append(())
    body = message_lines(tale, step, deck.mode, width)
    return _scrolled(head, body, deck.scroll, SHORTCUTS[deck.mode], height, width)


def _title(shelf: RunIndex, tale: ConversationView, width: int) -> StyledLine:
    conversation = tale.conversation
    status = Span(f"  {conversation.status}", "bad" if conversation.status == "failed" else "dim")
    left = [Span(f" {_tail(shelf.name, width // 3)}/{conversation.id}", "bold"), status]
    outcome = conversation.outcome
    if conversation.status == "failed":
        left.append(Span(f": {conversation.error}", "bad"))
    elif outcome is not None:
        decision = getattr(outcome.content, "decision", None)
        left += [Span("  "), Span(gist(outcome.content), TONES.get(decision or "", ""))]
        left.append(Span(_label(decision, conversation.item.label), "dim"))
    return spread_line(tuple(left), _mark(tale.simulated), width)


def _tail(path: str, width: int) -> str:
    """The end of a path: the last parts that fit, and at least one."""
    parts = path.split("/")
    while len(parts) > 1 and len("/".join(parts)) > width:
        parts = ["…", *parts[2:]] if len(parts) > 2 else parts[1:]
    return "/".join(parts)


def _label(decision: str | None, label: str | None) -> str:
    return f"  label {label} {label_agreement(decision, label)}" if label else ""


def _mark(simulated: bool) -> StyledLine:
    return styled_line(Span("[SIMULATED]", "warn"), " ") if simulated else ()


def _scrolled(head: list[StyledLine], body: list[StyledLine], scroll: int, keys: str, height: int, width: int) -> Frame:
    """A fixed head, as much of the body as fits from `scroll` on, and the keys at the bottom."""
    page = max(1, height - len(head) - 1)
    room = Viewport(page, max(0, len(body) - page))
    scroll = min(scroll, room.bottom)
    shown = body[scroll : scroll + page]
    lines = [*head, *shown, *([()] * (page - len(shown)))]
    place = f"lines {scroll + 1}-{scroll + len(shown)} of {len(body)} " if room.bottom else ""
    return Frame(
        [*lines, spread_line(styled_line(Span(f" {keys}", "dim")), styled_line(Span(place, "bold")), width)], room
    )
