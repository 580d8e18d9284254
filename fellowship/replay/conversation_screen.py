"""The parts of a conversation's screen: lanes, author, message, inputs, request and raw reply."""

from collections.abc import Iterator, Sequence

from fellowship.agents.reading import parts_of
from fellowship.formatting.terminal_text import first_line, wrap
from fellowship.formatting.units import count_noun, format_tokens
from fellowship.replay.conversation_view import ConversationView, Step
from fellowship.replay.message_summary import TONES, body, gist
from fellowship.replay.styled_text import Span, Style, StyledLine, styled_line
from fellowship.replay.view_state import ViewMode

MAX_LANES = 4
SWAPPED_LANE = "ba"


def lane_strip(view: ConversationView, current: int, width: int) -> list[StyledLine]:
    """One cell per step, the current one in brackets; one row per lane, or a single row for more than four lanes."""
    lanes = list(dict.fromkeys(step.lane for step in view.steps))
    if len(lanes) > MAX_LANES:
        lanes = [""]
    label = max((len(lane) for lane in lanes), default=0) + 2
    n_cells = max(1, (width - label - 2) // 2)
    start = max(0, min(current - n_cells // 2, len(view.steps) - n_cells))
    window = list(enumerate(view.steps))[start : start + n_cells]
    split = len(lanes) > 1
    return [(Span(f" {lane:<{label - 1}}", "dim"), *_cells(window, current, lane if split else None)) for lane in lanes]


def _cells(window: Sequence[tuple[int, Step]], current: int, lane: str | None) -> list[Span]:
    spans, gap = [], " "
    for position, step in window:
        here = lane is None or step.lane == lane
        before, gap = ("[", "]") if position == current and here else (gap, " ")
        glyph, style = (_glyph(step), _tone(step)) if here else ("·", "dim")
        spans += [Span(before), Span(glyph, "mark" if position == current and here else style)]
    return [*spans, Span(gap)]


def _glyph(step: Step) -> str:
    """One character: the decision of a verdict or vote, for other messages the first letter of their kind."""
    if step.failed:
        return "!"
    return {"A": "A", "B": "B", "tie": "=", "inconsistent": "≠"}.get(step.decision or "", step.kind[0].lower())


def _tone(step: Step) -> Style:
    if any(ask.error for ask in step.asks):
        return "bad" if step.failed else "warn"
    return TONES.get(step.decision or "", "")


def speaker(step: Step, number: int, total: int) -> StyledLine:
    """The author, the kind of message, and its position and lane."""
    lane = f"lane {step.lane}" if step.lane else "main lane"
    seats = " (seats swapped)" if SWAPPED_LANE in step.lane.split("/") else ""
    who = Span(" "), Span(first_line(step.author), "name"), Span(f"  {step.kind}  ")
    return (Span(f" {number}/{total} ", "mark"), *who, Span(f"· {lane}{seats}", "dim"))


def fact_lines(step: Step) -> list[StyledLine]:
    """Inputs, model, tokens and latency of a message, and its unreadable attempts."""
    saw = f"{len(step.inputs)}: {', '.join(step.inputs)}" if step.inputs else "nothing"
    if step.message is None:
        saw = "not recorded; p shows the request"
    lines = [styled_line(Span(" saw    ", "dim"), saw), styled_line(Span(" model  ", "dim"), _model(step))]
    return lines + [styled_line(Span(f" {each}", "warn")) for each in _readings(step)][:2]


def _model(step: Step) -> str:
    used = step.attempt_in_use
    if used is None:
        return "none: computed from its inputs" if step.inputs else "none: it is part of the input"
    usages = [ask.completion.usage for ask in step.asks]
    sums = sum(each.prompt_tokens for each in usages), sum(each.completion_tokens for each in usages)
    tokens = format_tokens(*sums, n_unknown=sum(not each.is_known for each in usages))
    latency = sum(ask.completion.latency_s for ask in step.asks)
    attempts = count_noun(len(step.asks), "attempt")
    return f"{used.model} · {tokens} · {latency:.2f} s · {attempts}"


def _readings(step: Step) -> Iterator[str]:
    """The attempts whose reply could not be read, or is not in use."""
    for ask in step.asks:
        if reading := step.reading_of(ask):
            yield f"attempt {ask.attempt.number}: {reading}"


def message_lines(view: ConversationView, step: Step, mode: ViewMode, width: int) -> list[StyledLine]:
    """The scrollable part of the screen in a view mode."""
    if mode == "message":
        lines = _message(view, step, width - 2)
    elif mode == "saw":
        lines = _inputs_audit(view, step)
    else:
        lines = (_prompt if mode == "prompt" else _reply)(step, width - 2)
    return [styled_line(" ", *each) for each in lines]


def _message(view: ConversationView, step: Step, width: int) -> list[StyledLine]:
    lines: list[StyledLine] = []
    if step.headline is not None:
        style: Style = "bad" if step.failed else TONES.get(step.decision or "", "bold")
        name = "decision" if step.decision else "score" if step.message else "failed"
        lines = [styled_line(Span(f"{name}  ", "dim"), Span(step.headline, style))]
    text = body(step.message.content) if step.message else "\n".join(_readings(step))
    lines += [*([()] if lines and text else []), *(_wrapped(text, width) if text else [])]
    if not step.asks and step.inputs:
        lines += [(), styled_line(Span("computed from", "dim"))]
        lines += [_reference(each, "·", "") for each in _inputs(view, step)]
    return lines


def _prompt(step: Step, width: int) -> list[StyledLine]:
    ask = step.attempt_in_use
    if ask is None:
        return [styled_line("No request: no model wrote this message.")]
    which = f", attempt {ask.attempt.number}" if len(step.asks) > 1 else ""
    settings = ", ".join(f"{name} {value}" for name, value in ask.request.get("sampling", {}).items())
    head = f"sent to {ask.model}{which} · {settings or 'no settings'} · reply {ask.request.get('reply', '?')}"
    lines = _wrapped(head, width, "dim")
    for message in ask.request.get("messages", ()):
        lines += [(), styled_line(Span(f"── {message['role']} ", "name")), *_wrapped(message["content"], width)]
    return lines


def _reply(step: Step, width: int) -> list[StyledLine]:
    if not step.asks:
        return [styled_line("No reply: no model wrote this message.")]
    lines: list[StyledLine] = []
    for ask in step.asks:
        usage = ask.completion.usage
        tokens = f"{usage.completion_tokens:,} tokens" if usage.is_known else "tokens unknown"
        cost = f"{tokens} · {ask.completion.latency_s:.2f} s"
        head = f"── attempt {ask.attempt.number} · finish reason {ask.completion.finish} · {cost}"
        error = _wrapped(reading, width, "warn") if (reading := step.reading_of(ask)) else []
        parts = parts_of(ask.completion.text, ask.completion.reasoning, whole=ask.completion.whole)
        lines += [styled_line(Span(head, "name")), *error]
        if parts.reasoning:
            unclosed = "" if parts.closed else ", not closed"
            lines += [styled_line(Span(f"reasoning{unclosed}", "dim")), *_wrapped(parts.reasoning, width, "dim"), ()]
        lines += [*_wrapped(parts.answer or "(no text)", width), ()]
    return lines[:-1]


def _inputs(view: ConversationView, step: Step) -> list[Step | str]:
    steps = {each.id: each for each in view.steps}
    return [steps.get(id, id) for id in step.inputs]


def _inputs_audit(view: ConversationView, step: Step) -> list[StyledLine]:
    """The audit of blinding: the messages that the author saw, and the earlier ones that it did not see."""
    before = view.steps[: view.steps.index(step)]
    inputs = _inputs(view, step)
    unseen = [each for each in before if each.message and each.id not in step.inputs]
    if not step.inputs and not step.asks:
        return [styled_line("It has no inputs: it is part of the run's input.")]
    if step.message is None:
        return [styled_line("Its inputs are not recorded, because its reply was unreadable; p shows the request.")]
    others = f"earlier messages that it did not see ({len(unseen)}):"
    return [
        styled_line(Span(f"{step.author} saw {count_noun(len(inputs), 'message')}, in this order:", "bold")),
        *(_reference(each, "✓", "") for each in inputs),
        (),
        styled_line(Span(others if unseen else "these are all earlier messages", "bold")),
        *(_reference(each, "–", "dim") for each in unseen),
    ]


def _reference(step: Step | str, sign: str, style: Style) -> StyledLine:
    if isinstance(step, str):
        return styled_line(Span(f"{sign} {step} (not in the record)", "bad"))
    first = (step.headline if step.decision else gist(step.message.content)) if step.message else ""
    return Span(f"{sign} ", style), Span(f"{step.id:<24} ", style or "name"), Span(f"{step.kind}  {first}", style)


def _wrapped(text: str, width: int, style: Style = "") -> list[StyledLine]:
    return [styled_line(Span(piece, style)) for piece in wrap(text, width)]
