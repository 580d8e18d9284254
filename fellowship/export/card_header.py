"""The YAML header of a dataset card: which files make which config, and the types of their columns.

Every value is written as JSON, which is YAML too; no foreign text but a checked licence identifier gets in.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from fellowship.export.export_format import MESSAGES_COLUMN, ExportFormat
from fellowship.export.rows import PROVENANCE

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
MESSAGES_FEATURE = [{"name": "role", "dtype": "string"}, {"name": "content", "dtype": "string"}]

RowCounts = Mapping[str, Mapping[str, int]]
"""Config to split to rows; what has no rows is absent."""


def card_header(
    counts: RowCounts,
    formats: Iterable[ExportFormat],
    *,
    fields: Collection[str],
    license: str | None,
    simulated: bool,
    by_machines: bool,
) -> str:
    """The header between its two rules; the first config is the default one. `formats`: those that have rows."""
    lines = ["---"]
    if license is not None:
        lines.append(f"license: {json.dumps(license)}")
    lines += [
        'task_categories: ["text-generation"]',
        f"tags: {json.dumps(tags(counts, simulated=simulated, by_machines=by_machines))}",
        f"size_categories: {json.dumps([size_category(max(sum(splits.values()) for splits in counts.values()))])}",
    ]
    if by_machines:
        lines.append('annotations_creators: ["machine-generated"]')
    lines += ["configs:", *items(config_entry(config, counts) for config in counts)]
    lines += ["dataset_info:", *items(features_entry(each, fields) for each in formats)]
    return "\n".join([*lines, "---"])


def items(entries: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Entries of a YAML list, one line each."""
    return (f"- {json.dumps(entry)}" for entry in entries)


def tags(counts: RowCounts, *, simulated: bool, by_machines: bool) -> list[str]:
    """The words under which the data set is found."""
    return [*counts, "preference", "synthetic", "fellowship", *["rlaif"] * by_machines, *["simulated"] * simulated]


def config_entry(config: str, counts: RowCounts) -> dict[str, Any]:
    """The files of a config."""
    files = [{"split": split, "path": f"{config}/{split}.jsonl"} for split in counts[config]]
    default = {"default": True} if config == next(iter(counts)) else {}
    return {"config_name": config, **default, "data_files": files}


def features_entry(format: ExportFormat, fields: Collection[str]) -> dict[str, Any]:
    """The column types of a format, so that no reader has to guess them from the first rows."""
    columns = [
        {"name": column, "list": MESSAGES_FEATURE} if kind == MESSAGES_COLUMN else {"name": column, "dtype": kind}
        for column, kind in format.columns.items()
    ]
    struct = [field_type(name) for name in PROVENANCE if name in fields]
    return {"config_name": format.name, "features": [*columns, {"name": "provenance", "struct": struct}]}


def field_type(name: str) -> dict[str, str]:
    """The type of a provenance field."""
    kind = PROVENANCE[name]
    return {"name": name, "list": "string"} if kind == "list of string" else {"name": name, "dtype": kind}


def size_category(n_rows: int) -> str:
    """The bracket of the Hub for this number of rows."""
    return next((name for limit, name in SIZES if n_rows < limit), "n>1M")
