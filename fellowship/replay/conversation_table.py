"""The table of a run's conversations, for the terminal and for `show`."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from fellowship.formatting.terminal_text import fit, pad
from fellowship.replay.message_summary import TONES, label_agreement
from fellowship.replay.run_index import IndexRow
from fellowship.replay.styled_text import Span, Style, StyledLine, styled_line

TABLE_HEADINGS = ("id", "status", "outcome", "label", "msgs", "prompt")
MAX_OUTCOME_WIDTH = 36


def row_cells(row: IndexRow) -> tuple[str, ...]:
    """The cells of a row as texts, one per heading."""
    label = f"{row.label or ''} {label_agreement(row.decision, row.label)}".strip()
    return row.id, row.status, row.outcome, label, str(row.n_messages), row.prompt


def column_widths(rows: Iterable[IndexRow], *, total: int) -> tuple[int, ...]:
    """Column widths that sum to `total` cells: the prompt takes the rest, outcomes at most 36."""
    table = [TABLE_HEADINGS, *map(row_cells, rows)]
    id, status, outcome, label, messages, _ = (max(cell_len(each[column]) for each in table) for column in range(6))
    outcome = min(outcome, MAX_OUTCOME_WIDTH, max(8, total - id - status - label - messages - 14))
    used = id + status + outcome + label + messages + 2 * 5
    return id, status, outcome, label, messages, max(0, total - used)


def styled_row(row: IndexRow, columns: Sequence[int]) -> StyledLine:
    """A row for the terminal, with its outcome and its agreement with the label coloured."""
    id, status, outcome, label, messages, prompt = columns
    texts = row_cells(row)
    tone = TONES.get(row.decision or "", "") if row.status != "failed" else "bad"
    agrees: Style = "good" if "✓" in texts[3] else "bad" if "✗" in texts[3] else ""
    return styled_line(
        f"{pad(texts[0], id)}  ",
        Span(f"{pad(texts[1], status)}  ", "bad" if row.status == "failed" else "dim"),
        Span(f"{pad(texts[2], outcome)}  ", tone),
        Span(f"{pad(texts[3], label)}  ", agrees),
        Span(f"{texts[4]:>{messages}}  ", "dim"),
        fit(texts[5], prompt),
    )
