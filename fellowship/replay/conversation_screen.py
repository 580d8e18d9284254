"""The parts of a conversation's screen: where one is, who speaks, what was seen, sent and answered."""

from collections.abc import Sequence

from fellowship.agents.reading import parts_of
from fellowship.formatting.terminal_text import first_line, wrap
from fellowship.formatting.units import count_noun
from fellowship.replay.conversation_view import ConversationView, Step
from fellowship.replay.message_summary import TONES, body, gist
from fellowship.replay.styled_text import Span, Style, StyledLine, styled_line
from fellowship.replay.view_state import ViewMode
from fellowship.storage.recorded_run import RecordedAsk

MOST_LANES = 4
EXCHANGED = "ba"


def lane_strip(tale: ConversationView, marked: int, width: int) -> list[StyledLine]:
    """One cell per step, the marked one in brackets, and a row per lane while there are few lanes."""
    lanes = list(dict.fromkeys(step.lane for step in tale.steps))
    if len(lanes) > MOST_LANES:
        lanes = [""]
    label = max((len(lane) for lane in lanes), default=0) + 2
    n_cells = max(1, (width - label - 2) // 2)
    start = max(0, min(marked - n_cells // 2, len(tale.steps) - n_cells))
    window = list(enumerate(tale.steps))[start : start + n_cells]
    split = len(lanes) > 1
    return [
        styled_line(Span(f" {lane:<{label - 1}}", "dim"), *_cells(window, marked, lane if split else None))
        for lane in lanes
    ]


def _cells(window: Sequence[tuple[int, Step]], marked: int, lane: str | None) -> list[Span]:
    spans, gap = [], " "
    for position, step in window:
        here = lane is None or step.lane == lane
        before, gap = ("[", "]") if position == marked and here else (gap, " ")
        glyph, style = (_glyph(step), _tone(step)) if here else ("·", "dim")
        spans += [Span(before), Span(glyph, "mark" if position == marked and here else style)]
    return [*spans, Span(gap)]


def _glyph(step: Step) -> str:
    """A verdict or vote is its decision, anything else the first letter of its kind."""
    if step.failed:
        return "!"
    return {"A": "A", "B": "B", "tie": "=", "inconsistent": "≠"}.get(step.decision or "", step.kind[0].lower())


def _tone(step: Step) -> Style:
    if any(ask.error for ask in step.asks):
        return "bad" if step.failed else "warn"
    return TONES.get(step.decision or "", "")


def speaker(step: Step, number: int, total: int) -> StyledLine:
    """Who speaks, what kind of message it is, and where in the conversation."""
    lane = f"lane {step.lane}" if step.lane else "main lane"
    seats = " (seats exchanged)" if EXCHANGED in step.lane.split("/") else ""
    return styled_line(
        Span(f" {number}/{total} ", "mark"), " ", Span(first_line(step.author), "name"), f"  {step.kind}  ",
        Span(f"· {lane}{seats}", "dim"),
    )  # fmt: skip


def fact_lines(step: Step) -> list[StyledLine]:
    """What it saw, and what it cost."""
    saw = f"{len(step.inputs)}: {', '.join(step.inputs)}" if step.inputs else "nothing"
    if step.message is None:
        saw = "see p for what was sent"
    lines = [styled_line(Span(" saw    ", "dim"), saw), styled_line(Span(" model  ", "dim"), _model(step))]
    return lines + [styled_line(Span(f" {_error_text(ask)}", "warn")) for ask in step.asks if ask.error][:2]


def _model(step: Step) -> str:
    if not step.asks:
        return "none: computed from what it saw" if step.inputs else "none: it came with the prompts"
    sent, written = (
        sum(each) for each in zip(*((a.prompt_tokens, a.completion_tokens) for a in step.asks), strict=True)
    )
    latency = sum(ask.latency_s for ask in step.asks)
    attempts = count_noun(len(step.asks), "attempt")
    return f"{step.asks[-1].model} · {sent:,} tokens in, {written:,} out · {latency:.2f} s · {attempts}"


def _error_text(ask: RecordedAsk) -> str:
    return f"attempt {ask.attempt} could not be read: {ask.error}"


def message_lines(tale: ConversationView, step: Step, mode: ViewMode, width: int) -> list[StyledLine]:
    """The scrolling part."""
    if mode == "message":
        lines = [*_message(step, width - 2), *_grounds(tale, step)]
    elif mode == "saw":
        lines = _saw(tale, step)
    else:
        lines = (_prompt if mode == "prompt" else _reply)(step, width - 2)
    return [styled_line(" ", *each) for each in lines]


def _message(step: Step, width: int) -> list[StyledLine]:
    lines: list[StyledLine] = []
    if step.headline is not None:
        tone: Style = "bad" if step.failed else TONES.get(step.decision or "", "bold")
        name = "decision" if step.decision else "score" if step.message else "failed"
        lines = [styled_line(Span(f"{name}  ", "dim"), Span(step.headline, tone))]
    text = body(step.message.content) if step.message else "\n".join(map(_error_text, step.asks))
    return lines + ([()] if lines and text else []) + (_wrapped(text, width) if text else [])


def _prompt(step: Step, width: int) -> list[StyledLine]:
    if not step.asks:
        return [styled_line("No prompt: no model wrote this message.")]
    ask = step.asks[-1]
    which = f", attempt {ask.attempt}" if len(step.asks) > 1 else ""
    settings = ", ".join(f"{name} {value}" for name, value in ask.request.get("sampling", {}).items())
    head = f"sent to {ask.model}{which} · {settings or 'no settings'} · reply form {ask.request.get('reply', '?')}"
    lines = _wrapped(head, width, "dim")
    for message in ask.request.get("messages", ()):
        lines += [(), styled_line(Span(f"── {message['role']} ", "name")), *_wrapped(message["content"], width)]
    return lines


def _reply(step: Step, width: int) -> list[StyledLine]:
    if not step.asks:
        return [styled_line("No reply: no model wrote this message.")]
    lines: list[StyledLine] = []
    for ask in step.asks:
        cost = f"{ask.completion_tokens:,} tokens · {ask.latency_s:.2f} s"
        head = f"── attempt {ask.attempt} · ended by {ask.finish} · {cost}"
        record_error = _wrapped(f"could not be read: {ask.error}", width, "warn") if ask.error else []
        parts = parts_of(ask.completion, ask.reasoning, whole=ask.whole)
        lines += [styled_line(Span(head, "name")), *record_error]
        if parts.reasoning:
            ending = "" if parts.closed else ", which does not end"
            lines += [styled_line(Span(f"reasoning{ending}", "dim")), *_wrapped(parts.reasoning, width, "dim"), ()]
        lines += [*_wrapped(parts.answer or "(no text)", width), ()]
    return lines[:-1]


def _grounds(tale: ConversationView, step: Step) -> list[StyledLine]:
    """What a computed message was computed from."""
    if step.asks or not step.inputs:
        return []
    return [(), styled_line(Span("computed from", "dim")), *(_mention(each, "·", "") for each in _inputs(tale, step))]


def _inputs(tale: ConversationView, step: Step) -> list[Step | str]:
    return [tale.named(each) or each for each in step.inputs]


def _saw(tale: ConversationView, step: Step) -> list[StyledLine]:
    """The audit of blinding: what its author was handed, and what had been said that it was not."""
    before = tale.steps[: tale.steps.index(step)]
    inputs = _inputs(tale, step)
    unseen = [each for each in before if each.message and each.id not in step.inputs]
    if not step.inputs and not step.asks:
        return [styled_line("It saw nothing: it was given with the prompts.")]
    if step.message is None:
        return [styled_line("Its inputs are not recorded, because no message came of it; p shows what was sent.")]
    others = f"earlier in the record, but not handed over ({len(unseen)}):"
    return [
        styled_line(Span(f"{step.author} was handed {count_noun(len(inputs), 'message')}, in this order:", "bold")),
        *(_mention(each, "✓", "") for each in inputs),
        (),
        styled_line(Span(others if unseen else "which is all that comes earlier in the record", "bold")),
        *(_mention(each, "–", "dim") for each in unseen),
    ]


def _mention(step: Step | str, sign: str, style: Style) -> StyledLine:
    if isinstance(step, str):
        return styled_line(Span(f"{sign} {step} (not in the record)", "bad"))
    first = (step.headline if step.decision else gist(step.message.content)) if step.message else ""
    return styled_line(
        Span(f"{sign} ", style), Span(f"{step.id:<24} ", style or "name"), Span(f"{step.kind}  {first}", style)
    )


def _wrapped(text: str, width: int, style: Style = "") -> list[StyledLine]:
    return [styled_line(Span(piece, style)) for piece in wrap(text, width)]
