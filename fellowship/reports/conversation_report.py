"""What is recorded as plain text or Markdown, for reading outside of a terminal. No styles, no escapes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fellowship.formatting.terminal_text import first_line, fit, pad, sanitized
from fellowship.formatting.units import count_noun, format_tokens
from fellowship.replay import conversation_table
from fellowship.replay.address import Address
from fellowship.replay.conversation_view import ConversationView, Step
from fellowship.replay.draft_diff import RevisionPiece, marked, marked_markdown, revised, revision
from fellowship.replay.message_summary import body, gist, label_agreement
from fellowship.replay.run_index import IndexRow, RunIndex
from fellowship.reports.json_objects import run_object
from fellowship.reports.tables import mark_simulated, text_row
from fellowship.storage.fork_record import fork_origin_of, left_out_of
from fellowship.storage.records import RecordedAsk

FIRST_FIELDS = 20
REPORT_WIDTH = 120
UNSAFE = re.compile(r"([\\`*_{}\[\]<>#|~])")


def conversation_lines(
    index: RunIndex, address: Address, *, n: int | None, raw: bool, markdown: bool, diff: bool = False
) -> Iterator[str]:
    """The lines that say what an address names; ConversationNotFound if it names nothing."""
    page = ReportPage(markdown, diff)
    if address.conversation is None:
        return _run(page, index, n or FIRST_FIELDS, raw=raw)
    view = index.conversation(address.conversation)
    if address.number is None:
        return _conversation(page, index, view, raw=raw)
    return _message(page, view, view.numbered(address.number), address.number, raw=raw, full=True)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """How headings, facts, texts and tables look, in plain text or in Markdown."""

    markdown: bool
    diff: bool = False

    def heading(self, text: str, level: int) -> Iterator[str]:
        """A heading and a line of air."""
        text = first_line(text)
        if self.markdown:
            yield f"{'#' * level} {_literal(text)}"
        else:
            yield text if level == 1 else f"{'== ' if level == 2 else '-- '}{text}"
        yield ""

    def facts(self, facts: Mapping[str, str | None]) -> Iterator[str]:
        """Names and values; those without a value are left out."""
        shown = {name: sanitized(value).replace("\n", " ") for name, value in facts.items() if value}
        width = max(map(len, shown), default=0)
        for name, value in shown.items():
            yield f"- {_literal(name)}: {_literal(value)}" if self.markdown else f"{pad(name, width)}  {value}"
        if shown:
            yield ""

    def text(self, text: str) -> Iterator[str]:
        """A text as it was written, harmless; in Markdown inside a fence that it cannot close."""
        fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", text))])
        yield from (fence, sanitized(text), fence, "") if self.markdown else (sanitized(text), "")

    def changes(self, changes: list[RevisionPiece]) -> Iterator[str]:
        """What was changed, word by word."""
        yield from (marked_markdown(changes, _literal) if self.markdown else marked(changes), "")

    def rows(self, rows: Sequence[IndexRow]) -> Iterator[str]:
        """Conversations as a table."""
        columns = conversation_table.column_widths(rows, total=REPORT_WIDTH)
        lines = [conversation_table.TABLE_HEADINGS, *map(conversation_table.row_cells, rows)]
        for number, each in enumerate(lines):
            if not self.markdown:
                yield text_row(each, columns, n_left=len(each))
                continue
            yield f"| {' | '.join(_literal(pad(text, width)) for text, width in zip(each, columns, strict=True))} |"
            if number == 0:
                yield f"|{'---|' * len(each)}"
        yield ""


def _run(page: ReportPage, index: RunIndex, n: int, *, raw: bool) -> Iterator[str]:
    run, ids = run_object(index), index.ids(first=n)
    total = sum(run["conversations"].values())
    yield from page.heading(mark_simulated(f"run {index.name}", run["simulated"]), 1)
    by_status = ", ".join(f"{count:,} {status}" for status, count in run["conversations"].items())
    tokens = format_tokens(run["prompt_tokens"], run["completion_tokens"], n_unknown=run["n_unknown_usage"])
    counts: dict[str, str | None] = {"conversations": f"{total:,}: {by_status}" if total else "none yet"}
    counts["left out"] = index.recorded.left_out_text() or None
    yield from page.facts(settings_lines(run) | counts | {"requests": f"{run['n_requests']:,}, {tokens}"})
    if raw:
        for id in ids:
            yield from _conversation(page, index, index.conversation(id), raw=True)
    else:
        yield from page.rows(index.rows(ids))
    if total > len(ids):
        more = f"-n {total} shows all of them, fellowship replay {index.name} steps through them"
        yield f"... {total - len(ids):,} more: {more}"


def settings_lines(run: Mapping[str, Any]) -> dict[str, str | None]:
    """A run object's scenario, settings and cast, in words."""
    config: dict[str, Any] = run["config"]
    settings = {"seed": config.get("seed"), **config.get("arguments", {})}
    return {
        "scenario": run.get("scenario"),
        "fork of": fork_origin_of(config),
        "left out": left_out_of(config),
        "settings": ", ".join(f"{name} {_setting(value)}" for name, value in settings.items()),
        **{f"agent {name}": _agent(agent) for name, agent in config.get("agents", {}).items()},
    }


def _conversation(page: ReportPage, index: RunIndex, view: ConversationView, *, raw: bool) -> Iterator[str]:
    conversation, outcome, item = view.conversation, view.conversation.outcome, view.conversation.item
    yield from page.heading(mark_simulated(f"conversation {index.name}/{conversation.id}", view.simulated), 1)
    decision = getattr(outcome.content, "decision", None) if outcome else None
    yield from page.facts(
        {
            "status": conversation.status,
            "error": f"{conversation.fault}: {conversation.error}" if conversation.error else None,
            "outcome": fit(f"{outcome.id}: {gist(outcome.content)}", REPORT_WIDTH) if outcome else None,
            "label": f"{item.label} {label_agreement(decision, item.label)}" if item.label else None,
            "left out": left_out_of(index.recorded.config()),
            "item": item.id,
            "messages": count_noun(len(view.steps), "message"),
        }
    )
    for number, step in enumerate(view.steps, start=1):
        yield from _message(page, view, step, number, raw=raw, full=False)


def _message(
    page: ReportPage, view: ConversationView, step: Step, number: int, *, raw: bool, full: bool
) -> Iterator[str]:
    lane = f"lane {step.lane}" if step.lane else "main lane"
    before = revised(view, step) if page.diff else None
    head = f"{number}/{len(view.steps)}  {step.author}  {step.kind}  {lane}"
    yield from page.heading(mark_simulated(f"{view.conversation.id}  {head}", view.simulated) if full else head, 2)
    yield from page.facts(
        {
            "id": step.id if full else None,
            "at": step.message.created_at.isoformat(timespec="seconds") if full and step.message else None,
            "saw": ", ".join(step.inputs),
            "revises": before.id if before else None,
            "decision" if step.decision else "score": step.headline,
            **{f"attempt {ask.attempt.number}": _attempt(step, ask) for ask in step.asks},
        }
    )
    text = body(step.message.content) if step.message else ""
    if before is not None:
        yield from page.changes(revision(before, step))
    elif text:
        yield from page.text(text)
    for ask in step.asks if raw else ():
        yield from _exchange(page, ask)


def _exchange(page: ReportPage, ask: RecordedAsk) -> Iterator[str]:
    from fellowship.agents.reading import parts_of  # a tenth of the imports of `show`, for --raw alone

    settings = {name: str(value) for name, value in ask.request.get("sampling", {}).items()}
    yield from page.heading(f"attempt {ask.attempt.number}, sent to {ask.model}", 3)
    yield from page.facts({**settings, "reply form": ask.request.get("reply")})
    parts = parts_of(ask.completion.text, ask.completion.reasoning, whole=ask.completion.whole)
    texts = [(f"sent: {message['role']}", message["content"]) for message in ask.request.get("messages", ())]
    if parts.reasoning:
        texts.append((f"reasoning received{'' if parts.closed else ', which does not end'}", parts.reasoning))
    for title, text in (*texts, ("received", parts.answer)):
        yield from page.heading(f"attempt {ask.attempt.number}, {title}", 3)
        yield from page.text(text)


def _attempt(step: Step, ask: RecordedAsk) -> str:
    error = f" · {reading}" if (reading := step.reading_of(ask)) else ""
    completion, usage = ask.completion, ask.completion.usage
    tokens = format_tokens(usage.prompt_tokens, usage.completion_tokens) if usage.is_known else "tokens unknown"
    return f"{ask.model} · {tokens} · {completion.latency_s:.2f} s · ended by {completion.finish}{error}"


def _agent(agent: Mapping[str, Any]) -> str:
    sampling = (f"{name} {value}" for name, value in agent.get("sampling", {}).items())
    return ", ".join((f"{agent.get('role')} on {agent.get('model')}", *sampling))


def _setting(value: Any) -> str:
    return " + ".join(map(str, value)) if isinstance(value, list) else str(value)


def _literal(text: str) -> str:
    """Text that Markdown does not interpret."""
    return UNSAFE.sub(r"\\\1", text)
