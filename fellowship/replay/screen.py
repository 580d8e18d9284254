"""Draws the view state as lines: at most `height`, none wider than `width` cells. Pure."""

from dataclasses import dataclass

from fellowship.formatting.terminal_text import pad, wrap
from fellowship.formatting.units import count_noun
from fellowship.replay.conversation_screen import fact_lines, lane_strip, message_lines, speaker
from fellowship.replay.conversation_table import TABLE_HEADINGS, column_widths, styled_row
from fellowship.replay.conversation_view import ConversationView
from fellowship.replay.message_summary import TONES, gist, label_agreement
from fellowship.replay.run_index import RunIndex
from fellowship.replay.styled_text import Span, StyledLine, cut_line, spread_line, styled_line
from fellowship.replay.view_state import ViewMode, Viewport, ViewState

SMALLEST = (40, 10)
HELP = """\
In the list
  ↑ ↓ PageUp PageDown Home End   move           Enter   open the conversation
  /   filter: all words must occur in the id, status, decision, error or prompt;
      is:failed is:tie is:inconsistent is:disagreement (with the label) match exactly
  Esc removes the filter

In a conversation
  ← →  h l  space   previous and next message    Home End   first and last
  ↑ ↓ PageUp PageDown   scroll a long text       n N   next, previous conversation
  p   the request as sent                        r   the raw reply, all attempts
  s   messages its author saw or did not see     Esc   back

The strip: a letter per message, a row per lane; [x] is the current one. p prompt, d draft,
c critique, a argument, s score; A B = ≠ decisions (≠ inconsistent), ! failed or unreadable.
Lane ba is the same task with the seats swapped: there, seat A holds the second answer.

Replay makes no call and does not change the record."""
SHORTCUTS: dict[ViewMode, str] = {
    "message": "←→ step  ↑↓ scroll  p prompt  r reply  s saw  n next  esc list  ? help  q quit",
    "prompt": "REQUEST as sent · p or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
    "reply": "RAW REPLY · r or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
    "saw": "INPUTS · s or esc: message  ←→ step  ↑↓ scroll  ? help  q quit",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The lines to show, and the viewport they were drawn for."""

    lines: list[StyledLine]
    viewport: Viewport


def draw(state: ViewState, index: RunIndex, width: int, height: int) -> Frame:
    """The screen for a view state."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        lines = ("too small:", f"{width}x{height}, needs", "40x10 (q quits)")
        frame = Frame([styled_line(each) for each in lines], Viewport())
    elif state.help_open:
        text = [styled_line(f" {each}") for each in wrap(HELP, width - 2)]
        frame = _scrolled([], text, state.scroll, "↑↓ scroll, any other key closes", height, width)
    elif state.opened is None:
        frame = _list(state, index, width, height)
    else:
        frame = _conversation_frame(state, index, index.conversation(state.opened), width, height)
    return Frame([cut_line(each, width) for each in frame.lines[:height]], frame.viewport)


def _list(state: ViewState, index: RunIndex, width: int, height: int) -> Frame:
    page = height - 3
    state = state.fitted(Viewport(page))
    rows = index.rows(state.ids[state.top : state.top + page])
    columns = column_widths(rows, total=width - 2)
    n = count_noun(len(state.ids), "conversation")
    title = styled_line(" ", Span(_end_of_path(index.name, width // 2), "bold"), f"  {n}")
    title += styled_line(f", {behind:,} no longer in the input" if (behind := index.n_left_out) else "")
    filtered = styled_line(" with ", Span(state.query, "bold")) if state.query else ()
    heading = "".join(f"  {pad(name, cells)}" for name, cells in zip(TABLE_HEADINGS, columns, strict=True))
    lines = [spread_line(title + filtered, _mark(index.simulated), width), styled_line(Span(heading.rstrip(), "dim"))]
    for position, row in enumerate(rows, start=state.top):
        sign = Span("▸ ", "name") if position == state.row else Span("  ")
        lines.append((sign, *styled_row(row, columns)))
    if not rows:
        lines.append(styled_line("  no conversation matches; / changes the filter" if state.query else "  none yet"))
    lines += [()] * (height - 1 - len(lines))
    return Frame([*lines, _list_footer(state, width)], Viewport(page))


def _list_footer(state: ViewState, width: int) -> StyledLine:
    if state.typing is not None:
        hint = Span("  enter applies, esc cancels", "dim")
        return styled_line(Span(" filter: ", "bold"), state.typing, Span(" ", "mark"), hint)
    keys = " ↑↓ move  enter open  / filter  ? help  q quit"
    place = f"{state.row + 1:,} of {len(state.ids):,} " if state.ids else ""
    return spread_line(styled_line(Span(keys, "dim")), styled_line(Span(place, "dim")), width)


def _conversation_frame(state: ViewState, index: RunIndex, view: ConversationView, width: int, height: int) -> Frame:
    head = [_conversation_title(index, view, width)]
    if not view.steps:
        body = [styled_line(" this conversation has no messages yet")]
        return _scrolled(head, body, 0, SHORTCUTS["message"], height, width)
    step = view.steps[state.step]
    tall = height >= 16
    head += lane_strip(view, state.step, width) if tall else []
    head += [styled_line(Span("─" * width, "dim")), speaker(step, state.step + 1, len(view.steps))]
    head += [*fact_lines(step)[: max(2, height - 12)], *([()] if tall else [])]
    body = message_lines(view, step, state.mode, width)
    return _scrolled(head, body, state.scroll, SHORTCUTS[state.mode], height, width)


def _conversation_title(index: RunIndex, view: ConversationView, width: int) -> StyledLine:
    conversation = view.conversation
    status = Span(f"  {conversation.status}", "bad" if conversation.status == "failed" else "dim")
    left = [Span(f" {_end_of_path(index.name, width // 3)}/{conversation.id}", "bold"), status]
    outcome = conversation.outcome
    if conversation.status == "failed":
        left.append(Span(f": {conversation.error}", "bad"))
    elif outcome is not None:
        decision = getattr(outcome.content, "decision", None)
        left += [Span("  "), Span(gist(outcome.content), TONES.get(decision or "", ""))]
        label = conversation.item.label
        left.append(Span(f"  label {label} {label_agreement(decision, label)}" if label else "", "dim"))
    return spread_line(tuple(left), _mark(view.simulated), width)


def _end_of_path(path: str, width: int) -> str:
    """The last parts of a path that fit, at least one."""
    parts = path.split("/")
    while len(parts) > 1 and len("/".join(parts)) > width:
        parts = ["…", *parts[2:]] if len(parts) > 2 else parts[1:]
    return "/".join(parts)


def _mark(simulated: bool) -> StyledLine:
    return styled_line(Span("[SIMULATED]", "warn"), " ") if simulated else ()


def _scrolled(head: list[StyledLine], body: list[StyledLine], scroll: int, keys: str, height: int, width: int) -> Frame:
    """A fixed head, the part of the body from line `scroll` on, and the keys at the bottom."""
    page = max(1, height - len(head) - 1)
    viewport = Viewport(page, max(0, len(body) - page))
    scroll = min(scroll, viewport.bottom)
    shown = body[scroll : scroll + page]
    lines = [*head, *shown, *([()] * (page - len(shown)))]
    place = f"lines {scroll + 1}-{scroll + len(shown)} of {len(body)} " if viewport.bottom else ""
    footer = spread_line(styled_line(Span(f" {keys}", "dim")), styled_line(Span(place, "bold")), width)
    return Frame([*lines, footer], viewport)
