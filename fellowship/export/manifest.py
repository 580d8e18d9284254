"""manifest.json: the files of a data set folder and the options of its export, without times and absolute paths."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson

from fellowship.export.card import CardFacts
from fellowship.export.jsonl import JsonLinesFile
from fellowship.protocols.digests import json_digest, text_digest

MANIFEST_FILE = "manifest.json"
MADE_BY = "fellowship.export"
OWN_DIGEST = "sha256_of_other_fields"
"""SHA-256 in hex of the manifest's other fields as sorted JSON; manifests of older versions have none."""


def dataset_manifest(facts: CardFacts, files: Mapping[str, JsonLinesFile], card: str) -> bytes:
    """The manifest as sorted, indented JSON."""
    options, funnel = facts.options, facts.funnel
    try:
        installed = version("llm-fellowship")
    except PackageNotFoundError:  # a checkout
        installed = "unknown"
    described: dict[str, Any] = {"README.md": {"sha256": text_digest(card).hex()}}
    described |= {name: {"rows": file.n_rows, "sha256": file.sha256.hexdigest()} for name, file in files.items()}
    content = {
        "made_by": MADE_BY,
        "schema_version": 1,
        "fellowship_version": installed,
        "options": options.as_json(),
        "files": described,
        "funnel": {"conversations": funnel.n_conversations, "left_out": dict(funnel.left_out), "pairs": funnel.n_pairs},
        "kto_rows_left_out": {},
    }
    for format in options.formats:
        if format.label is not None:
            content[f"{format.name}_rows_left_out"] = dict(facts.totals[format.name].left_out)
    content[OWN_DIGEST] = _own_digest(content)
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True, slots=True)
class ListedFiles:
    """What fellowship's manifest lists: SHA-256 in hex by name of file, and the options of the export.

    `is_edited`: whether it was changed since.
    """

    digests: Mapping[str, str]
    options: Mapping[str, Any]
    is_edited: bool


def listed_files(folder: Path) -> ListedFiles | None:
    """The files that fellowship's manifest in this folder lists; None without such a manifest."""
    try:
        content = orjson.loads((folder / MANIFEST_FILE).read_bytes())
        if content["made_by"] != MADE_BY:
            return None
        digests = {name: entry["sha256"] for name, entry in content["files"].items()}
        is_edited = OWN_DIGEST in content and content.pop(OWN_DIGEST) != _own_digest(content)
        return ListedFiles(digests, dict(content.get("options", {})), is_edited)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _own_digest(content: Mapping[str, Any]) -> str:
    return json_digest(content).hex()
