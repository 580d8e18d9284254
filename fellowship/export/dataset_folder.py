"""From preference pairs to a data set folder: `datasets.load_dataset(folder, "dpo")`, and `"kto"`.

    folder/README.md                     the card, whose header names the files of each config
    folder/dpo/train.jsonl  test.jsonl   prompt, chosen, rejected, provenance
    folder/kto/train.jsonl  test.jsonl   prompt, completion, label, provenance
    folder/manifest.json                 hashes, counts, options

The same records and options give the same bytes. The pairs pass twice, the second time from a temporary file: which
provenance fields are empty, and which answers are labelled both ways, is only known at the end.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from fellowship.export.card import CardFacts, dataset_card
from fellowship.export.composition import Composition
from fellowship.export.funnel import Funnel, Screen
from fellowship.export.jsonl import JsonLinesFile, encode_row, rows_of
from fellowship.export.kto_labels import KtoLabels, KtoReason
from fellowship.export.manifest import MANIFEST_FILE, dataset_manifest
from fellowship.export.options import CONFIGS, ExportOptions, checked_options
from fellowship.export.pairs import LeftOut, LeftOutReason
from fellowship.export.records import PairRecord
from fellowship.export.replacing import check_replaceable, replacing
from fellowship.export.rows import TEXTS, ExportRow, dpo_row, kto_rows, with_fields
from fellowship.export.split import prompt_digest, split_of, workable_share
from fellowship.protocols.errors import ConfigurationError

EMPTY_FUNNEL: Mapping[LeftOutReason, int] = {}


@dataclass(frozen=True, slots=True)
class Exported:
    """A data set that has been written.

    `counts`: config to split to rows; what has no rows is absent. `funnel` counts conversations, `kto_left_out` the
    rows that are missing from the two per pair.
    """

    folder: Path
    counts: Mapping[str, Mapping[str, int]]
    funnel: Funnel
    kto_left_out: Mapping[KtoReason, int]


def write_dataset(
    records: Iterable[PairRecord | LeftOut],
    folder: Path | str,
    *,
    configs: Sequence[str] = CONFIGS,
    test_share: float = 0.1,
    license: str | None = None,
    funnel: Mapping[LeftOutReason, int] = EMPTY_FUNNEL,
) -> Exported:
    """Write the pairs as a data set and say what became of them; one entry of `records` per conversation.

    Entries that are LeftOut are counted, and so are those in `funnel`, which were left out before. A folder that exists
    is replaced if it is a data set of ours, or empty. With too few prompts for `test_share` all rows are for training.
    ConfigurationError, and nothing written, for options that cannot be meant, for another folder, and without pairs.
    """
    options = checked_options(configs, test_share=test_share, license=license)
    target = Path(folder)
    check_replaceable(target)
    screen = Screen(funnel)
    pairs = screen.passing(records)
    first = next(pairs, None)
    if first is None:
        msg = f"there is no preference pair to write to {target}: {screen.funnel()}"
        raise ConfigurationError(msg)
    with replacing(target) as built, tempfile.TemporaryFile(dir=built) as spool:
        composition, labels = _first_pass(chain([first], pairs), spool, options)
        files = _second_pass(spool, built, composition, labels, options)
        if not files:
            msg = f"there is no KTO row to write to {target}: every answer is labelled both ways; {screen.funnel()}"
            raise ConfigurationError(msg)
        facts = _facts(files, screen.funnel(), composition, labels, options)
        _describe(built, files, facts)
    return Exported(target, facts.counts, facts.funnel, facts.kto_left_out)


def _first_pass(pairs: Iterable[PairRecord], spool: IO[bytes], options: ExportOptions) -> tuple[Composition, KtoLabels]:
    composition, labels = Composition(), KtoLabels()
    for record in pairs:
        row = dpo_row(record)
        composition.add(record, row)
        if "kto" in options.configs:
            labels.learn(kto_rows(row))
        spool.write(encode_row(row))
    return composition, labels


def _second_pass(
    spool: IO[bytes], folder: Path, composition: Composition, labels: KtoLabels, options: ExportOptions
) -> dict[str, JsonLinesFile]:
    test_share = workable_share(composition.prompts, test_share=options.test_share)
    files: dict[str, JsonLinesFile] = {}
    with ExitStack() as open_files:
        for pair in rows_of(spool):
            row = with_fields(pair, composition.fields)
            split = split_of(prompt_digest(row["prompt"]), test_share=test_share)
            for config, config_row in _config_rows(row, labels, options):
                name = f"{config}/{split}.jsonl"
                if name not in files:
                    files[name] = open_files.enter_context(JsonLinesFile(folder / name, watched=TEXTS[config]))
                files[name].write(config_row)
    return files


def _config_rows(row: ExportRow, labels: KtoLabels, options: ExportOptions) -> Iterator[tuple[str, ExportRow]]:
    if "dpo" in options.configs:
        yield "dpo", row
    if "kto" in options.configs:
        yield from (("kto", kto_row) for kto_row in labels.keeping(kto_rows(row)))


def _facts(
    files: Mapping[str, JsonLinesFile],
    funnel: Funnel,
    composition: Composition,
    labels: KtoLabels,
    options: ExportOptions,
) -> CardFacts:
    names = {(config, split): f"{config}/{split}.jsonl" for config in options.configs for split in ("train", "test")}
    counts: dict[str, dict[str, int]] = {}
    for (config, split), name in names.items():
        if name in files:
            counts.setdefault(config, {})[split] = files[name].n_rows
    return CardFacts(
        counts=counts,
        funnel=funnel,
        composition=composition,
        kto_left_out=dict(labels.left_out),
        n_desirable={split: files[f"kto/{split}.jsonl"].n_desirable for split in counts.get("kto", {})},
        date_columns={name: sorted(file.date_columns) for name, file in sorted(files.items()) if file.date_columns},
        options=options,
    )


def _describe(folder: Path, files: Mapping[str, JsonLinesFile], facts: CardFacts) -> None:
    text = dataset_card(facts)
    (folder / "README.md").write_bytes(text.encode())
    described = dataset_manifest(
        files=files, card=text, funnel=facts.funnel, kto_left_out=facts.kto_left_out, options=facts.options
    )
    (folder / MANIFEST_FILE).write_bytes(described)
