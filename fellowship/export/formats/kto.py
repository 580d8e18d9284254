"""KTO: two rows per pair, each with one answer and its label: the chosen (True) and the rejected (False)."""

from fellowship.export.export_format import ExportFormat, RowTotals
from fellowship.export.markdown import markdown_table
from fellowship.export.records import ExportRow

HIGHEST_RATIO = 1.33
"""TRL: desirable examples may weigh up to 4/3 of the undesirable ones in sum (KTO, arXiv 2402.01306, equation 8)."""


def _rows(pair: ExportRow) -> list[ExportRow]:
    return [
        {"prompt": pair["prompt"], "completion": pair[side], "label": side == "chosen"}
        for side in ("chosen", "rejected")
    ]


def _card_section(totals: RowTotals) -> str:
    """How many answers carry which label, and what that means for the weights of TRL's KTOTrainer."""
    rows = ((split, totals.n_true[split], n - totals.n_true[split]) for split, n in totals.rows.items())
    left_out = ", ".join(f"{n} rows {reason}" for reason, n in sorted(totals.left_out.items())) or "no rows"
    first, n = next(iter(totals.rows.items()))
    weights = kto_weights(totals.n_true[first], n - totals.n_true[first])
    return (
        f"## KTO balance\n\n{markdown_table(('split', 'desirable', 'undesirable'), rows)}\n\n"
        f"Of the two rows of each pair, left out: {left_out}. {weights} Use a batch size above 1 per device."
    )


def kto_weights(n_desirable: int, n_undesirable: int) -> str:
    """TRL's advice: n_desirable * desirable_weight is 1 to 1.33 times n_undesirable * undesirable_weight."""
    if not n_desirable or not n_undesirable:
        return "Only one of the two labels occurs, from which KTO cannot learn."
    if n_desirable == n_undesirable:
        return "The labels are balanced: TRL's default weights will do."
    ratio, inverse = n_undesirable / n_desirable, n_desirable / n_undesirable
    return (
        f"TRL recommends for the first split `desirable_weight` from {ratio:.2f} to {HIGHEST_RATIO * ratio:.2f} with "
        f"`undesirable_weight=1.0`, or `undesirable_weight` from {inverse / HIGHEST_RATIO:.2f} to {inverse:.2f} with "
        "`desirable_weight=1.0`."
    )


kto_format = ExportFormat(
    name="kto",
    columns={"prompt": "messages", "completion": "messages", "label": "bool"},
    rows=_rows,
    label="label",
    card_section=_card_section,
)
