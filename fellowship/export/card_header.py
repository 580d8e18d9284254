"""The YAML header of a dataset card: which files make which config, and the types of their columns.

Every value is written as JSON, which is YAML too; no foreign text but a checked licence identifier gets in.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from fellowship.export.composition import Composition
from fellowship.export.export_format import MESSAGES_COLUMN, ExportFormat
from fellowship.export.records import PROVENANCE

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LIST_FEATURES = {
    MESSAGES_COLUMN: [{"name": "role", "dtype": "string"}, {"name": "content", "dtype": "string"}],
    "list of string": "string",
}

RowCounts = Mapping[str, Mapping[str, int]]
"""Config to split to rows; what has no rows is absent."""


def card_header(
    counts: RowCounts, formats: Iterable[ExportFormat], made_of: Composition, *, license: str | None
) -> str:
    """The header between its two rules; the first config is the default one. `formats`: those that have rows."""
    by_machines = "human" not in made_of.label_sources
    tags = [*counts, "preference", "synthetic", "fellowship"]
    tags += [*["rlaif"] * by_machines, *["simulated"] * (made_of.n_simulated > 0)]
    lines = ["---"]
    if license is not None:
        lines.append(f"license: {json.dumps(license)}")
    lines += [
        'task_categories: ["text-generation"]',
        f"tags: {json.dumps(tags)}",
        f"size_categories: {json.dumps([size_category(max(sum(splits.values()) for splits in counts.values()))])}",
    ]
    if by_machines:
        lines.append('annotations_creators: ["machine-generated"]')
    lines += ["configs:", *(f"- {json.dumps(config_entry(config, counts))}" for config in counts)]
    lines += ["dataset_info:", *(f"- {json.dumps(features_entry(each, made_of.fields))}" for each in formats)]
    return "\n".join([*lines, "---"])


def config_entry(config: str, counts: RowCounts) -> dict[str, Any]:
    """The files of a config."""
    files = [{"split": split, "path": f"{config}/{split}.jsonl"} for split in counts[config]]
    default = {"default": True} if config == next(iter(counts)) else {}
    return {"config_name": config, **default, "data_files": files}


def features_entry(format: ExportFormat, fields: Collection[str]) -> dict[str, Any]:
    """The column types of a format, so that no reader has to guess them from the first rows."""
    columns = [_feature(column, kind) for column, kind in format.columns.items()]
    struct = [_feature(name, kind) for name, kind in PROVENANCE.items() if name in fields]
    return {"config_name": format.name, "features": [*columns, {"name": "provenance", "struct": struct}]}


def _feature(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "list": LIST_FEATURES[kind]} if kind in LIST_FEATURES else {"name": name, "dtype": kind}


def size_category(n_rows: int) -> str:
    """The bracket of the Hub for this number of rows."""
    return next((name for limit, name in SIZES if n_rows < limit), "n>1M")
