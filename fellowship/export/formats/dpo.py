"""DPO: one row per pair, with the prompt and both answers."""

from fellowship.export.export_format import ExportFormat
from fellowship.export.records import ExportRow


def _rows(pair: ExportRow) -> list[ExportRow]:
    return [{column: pair[column] for column in ("prompt", "chosen", "rejected")}]


dpo_format = ExportFormat(
    name="dpo", columns={"prompt": "messages", "chosen": "messages", "rejected": "messages"}, rows=_rows
)
