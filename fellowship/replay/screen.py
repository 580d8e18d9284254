"""A deck and a size become lines: at most `height` of them, none wider than `width` cells. Pure."""

from dataclasses import dataclass
from typing import Any

from fellowship.replay import pages, table
from fellowship.replay.deck import Deck, Mode, Room
from fellowship.replay.ink import Line, Span, cut, line, spread
from fellowship.replay.plain import wrap
from fellowship.replay.shelf import Shelf
from fellowship.replay.steps import Tale
from fellowship.replay.wording import TONES, agreement, counted, gist

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
SHORTCUTS: dict[Mode, str] = {
    "message": "←→ step  ↑↓ scroll  p prompt  r reply  s saw  n next  esc list  ? help  q quit",
    "prompt": "PROMPT as sent · p or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
    "reply": "RAW REPLY · r or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
    "saw": "WHAT IT SAW · s or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What to show, and how much room there was."""

    lines: list[Line]
    room: Room


def draw(deck: Deck, shelf: Shelf, width: int, height: int) -> Frame:
    """The screen of a deck."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        frame = _too_small(width, height)
    elif deck.helping:
        frame = _help(deck, width, height)
    elif deck.opened is None:
        frame = _list(deck, shelf, width, height)
    else:
        frame = _conversation(deck, shelf, shelf.tale(deck.opened), width, height)
    return Frame([cut(each, width) for each in frame.lines[:height]], frame.room)


def _too_small(width: int, height: int) -> Frame:
    return Frame([line("too small:"), line(f"{width}x{height}, needs"), line("40x10 (q quits)")], Room())


def _help(deck: Deck, width: int, height: int) -> Frame:
    text = [line(f" {each}") for each in wrap(HELP, width - 2)]
    return _scrolled([], text, deck.scroll, "↑↓ scroll, any other key closes", height, width)


def _list(deck: Deck, shelf: Shelf, width: int, height: int) -> Frame:
    page = height - 3
    deck = deck.fitted(Room(page))
    rows = shelf.rows(deck.ids[deck.top : deck.top + page])
    columns = table.widths(rows, total=width - 2)
    lines = [_list_title(deck, shelf, width), line(Span(f"  {table.heading(columns)}", "dim"))]
    for position, row in enumerate(rows, start=deck.top):
        sign = Span("▸ ", "name") if position == deck.row else Span("  ")
        lines.append((sign, *table.styled(row, columns)))
    if not rows:
        lines.append(line("  no conversation has all of that; / changes the filter" if deck.wanted else "  none yet"))
    lines += [()] * (height - 1 - len(lines))
    return Frame([*lines, _list_footer(deck, width)], Room(page))


def _list_title(deck: Deck, shelf: Shelf, width: int) -> Line:
    n = counted(len(deck.ids), "conversation")
    filtered: tuple[Any, ...] = (" with ", Span(deck.wanted, "bold")) if deck.wanted else ()
    return spread(
        line(" ", Span(_tail(shelf.name, width // 2), "bold"), f"  {n}", *filtered), _mark(shelf.simulated), width
    )


def _list_footer(deck: Deck, width: int) -> Line:
    if deck.typing is not None:
        return line(
            Span(" filter: ", "bold"), deck.typing, Span(" ", "mark"), Span("  enter applies, esc leaves", "dim")
        )
    keys = " ↑↓ move  enter open  / filter  ? help  q quit"
    place = f"{deck.row + 1:,} of {len(deck.ids):,} " if deck.ids else ""
    return spread(line(Span(keys, "dim")), line(Span(place, "dim")), width)


def _conversation(deck: Deck, shelf: Shelf, tale: Tale, width: int, height: int) -> Frame:
    head = [_title(shelf, tale, width)]
    if not tale.steps:
        return _scrolled(
            head, [line(" nothing was said in this conversation yet")], 0, SHORTCUTS["message"], height, width
        )
    step = tale.steps[deck.step]
    strip = pages.strip(tale, deck.step, width)
    head += strip if height >= 16 else []
    head.append(line(Span("─" * width, "dim")))
    head += [pages.speaker(step, deck.step + 1, len(tale.steps)), *pages.facts(step)[: max(2, height - 12)]]
    if height >= 16:
        head.append(())
    body = pages.text(tale, step, deck.mode, width)
    return _scrolled(head, body, deck.scroll, SHORTCUTS[deck.mode], height, width)


def _title(shelf: Shelf, tale: Tale, width: int) -> Line:
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
    return spread(tuple(left), _mark(tale.simulated), width)


def _tail(path: str, width: int) -> str:
    """The end of a path: the last parts that fit, and at least one."""
    parts = path.split("/")
    while len(parts) > 1 and len("/".join(parts)) > width:
        parts = ["…", *parts[2:]] if len(parts) > 2 else parts[1:]
    return "/".join(parts)


def _label(decision: str | None, label: str | None) -> str:
    return f"  label {label} {agreement(decision, label)}" if label else ""


def _mark(simulated: bool) -> Line:
    return line(Span("[SIMULATED]", "warn"), " ") if simulated else ()


def _scrolled(head: list[Line], body: list[Line], scroll: int, keys: str, height: int, width: int) -> Frame:
    """A fixed head, as much of the body as fits from `scroll` on, and the keys at the bottom."""
    page = max(1, height - len(head) - 1)
    room = Room(page, max(0, len(body) - page))
    scroll = min(scroll, room.bottom)
    shown = body[scroll : scroll + page]
    lines = [*head, *shown, *([()] * (page - len(shown)))]
    place = f"lines {scroll + 1}-{scroll + len(shown)} of {len(body)} " if room.bottom else ""
    return Frame([*lines, spread(line(Span(f" {keys}", "dim")), line(Span(place, "bold")), width)], room)
