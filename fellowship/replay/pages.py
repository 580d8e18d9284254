"""The parts of a conversation's screen: where one is, who speaks, what was seen, sent and answered."""

from collections.abc import Sequence

from fellowship.replay.deck import Mode
from fellowship.replay.ink import Line, Span, Style, line
from fellowship.replay.plain import one_line, wrap
from fellowship.replay.steps import Step, Tale
from fellowship.replay.wording import TONES, body, counted, gist
from fellowship.storage.recorded_run import RecordedAsk

MOST_LANES = 4
EXCHANGED = "ba"


def strip(tale: Tale, marked: int, width: int) -> list[Line]:
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
        line(Span(f" {lane:<{label - 1}}", "dim"), *_cells(window, marked, lane if split else None)) for lane in lanes
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


def speaker(step: Step, number: int, total: int) -> Line:
    """Who speaks, what kind of message it is, and where in the conversation."""
    lane = f"lane {step.lane}" if step.lane else "main lane"
    seats = " (seats exchanged)" if EXCHANGED in step.lane.split("/") else ""
    return line(
        Span(f" {number}/{total} ", "mark"), " ", Span(one_line(step.author), "name"), f"  {step.kind}  ",
        Span(f"· {lane}{seats}", "dim"),
    )  # fmt: skip


def facts(step: Step) -> list[Line]:
    """What it saw, and what it cost."""
    saw = f"{len(step.inputs)}: {', '.join(step.inputs)}" if step.inputs else "nothing"
    if step.message is None:
        saw = "see p for what was sent"
    lines = [line(Span(" saw    ", "dim"), saw), line(Span(" model  ", "dim"), _model(step))]
    return lines + [line(Span(f" {_trouble(ask)}", "warn")) for ask in step.asks if ask.error][:2]


def _model(step: Step) -> str:
    if not step.asks:
        return "none: computed from what it saw" if step.inputs else "none: it came with the prompts"
    sent, written = (
        sum(each) for each in zip(*((a.prompt_tokens, a.completion_tokens) for a in step.asks), strict=True)
    )
    latency = sum(ask.latency_s for ask in step.asks)
    attempts = counted(len(step.asks), "attempt")
    return f"{step.asks[-1].model} · {sent:,} tokens in, {written:,} out · {latency:.2f} s · {attempts}"


def _trouble(ask: RecordedAsk) -> str:
    return f"attempt {ask.attempt} could not be read: {ask.error}"


def text(tale: Tale, step: Step, mode: Mode, width: int) -> list[Line]:
    """The scrolling part."""
    if mode == "message":
        lines = [*_message(step, width - 2), *_grounds(tale, step)]
    elif mode == "saw":
        lines = _saw(tale, step)
    else:
        lines = (_prompt if mode == "prompt" else _reply)(step, width - 2)
    return [line(" ", *each) for each in lines]


def _message(step: Step, width: int) -> list[Line]:
    lines: list[Line] = []
    if step.headline is not None:
        tone: Style = "bad" if step.failed else TONES.get(step.decision or "", "bold")
        name = "decision" if step.decision else "score" if step.message else "failed"
        lines = [line(Span(f"{name}  ", "dim"), Span(step.headline, tone))]
    text = body(step.message.content) if step.message else "\n".join(map(_trouble, step.asks))
    return lines + ([()] if lines and text else []) + (_wrapped(text, width) if text else [])


def _prompt(step: Step, width: int) -> list[Line]:
    if not step.asks:
        return [line("No prompt: no model wrote this message.")]
    ask = step.asks[-1]
    which = f", attempt {ask.attempt}" if len(step.asks) > 1 else ""
    settings = ", ".join(f"{name} {value}" for name, value in ask.request.get("sampling", {}).items())
    head = f"sent to {ask.model}{which} · {settings or 'no settings'} · reply form {ask.request.get('reply', '?')}"
    lines = _wrapped(head, width, "dim")
    for message in ask.request.get("messages", ()):
        lines += [(), line(Span(f"── {message['role']} ", "name")), *_wrapped(message["content"], width)]
    return lines


def _reply(step: Step, width: int) -> list[Line]:
    if not step.asks:
        return [line("No reply: no model wrote this message.")]
    lines: list[Line] = []
    for ask in step.asks:
        cost = f"{ask.completion_tokens:,} tokens · {ask.latency_s:.2f} s"
        head = f"── attempt {ask.attempt} · ended by {ask.finish} · {cost}"
        trouble = _wrapped(f"could not be read: {ask.error}", width, "warn") if ask.error else []
        lines += [line(Span(head, "name")), *trouble, *_wrapped(ask.completion or "(no text)", width), ()]
    return lines[:-1]


def _grounds(tale: Tale, step: Step) -> list[Line]:
    """What a computed message was computed from."""
    if step.asks or not step.inputs:
        return []
    return [(), line(Span("computed from", "dim")), *(_mention(each, "·", "") for each in _inputs(tale, step))]


def _inputs(tale: Tale, step: Step) -> list[Step | str]:
    return [tale.named(each) or each for each in step.inputs]


def _saw(tale: Tale, step: Step) -> list[Line]:
    """The audit of blinding: what its author was handed, and what had been said that it was not."""
    before = tale.steps[: tale.steps.index(step)]
    inputs = _inputs(tale, step)
    unseen = [each for each in before if each.message and each.id not in step.inputs]
    if not step.inputs and not step.asks:
        return [line("It saw nothing: it was given with the prompts.")]
    if step.message is None:
        return [line("Its inputs are not recorded, because no message came of it; p shows what was sent.")]
    others = f"earlier in the record, but not handed over ({len(unseen)}):"
    return [
        line(Span(f"{step.author} was handed {counted(len(inputs), 'message')}, in this order:", "bold")),
        *(_mention(each, "✓", "") for each in inputs),
        (),
        line(Span(others if unseen else "which is all that comes earlier in the record", "bold")),
        *(_mention(each, "–", "dim") for each in unseen),
    ]


def _mention(step: Step | str, sign: str, style: Style) -> Line:
    if isinstance(step, str):
        return line(Span(f"{sign} {step} (not in the record)", "bad"))
    first = (step.headline if step.decision else gist(step.message.content)) if step.message else ""
    return line(Span(f"{sign} ", style), Span(f"{step.id:<24} ", style or "name"), Span(f"{step.kind}  {first}", style))


def _wrapped(text: str, width: int, style: Style = "") -> list[Line]:
    return [line(Span(piece, style)) for piece in wrap(text, width)]
