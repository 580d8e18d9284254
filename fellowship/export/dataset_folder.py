"""From preference pairs to a data set folder: `datasets.load_dataset(folder, "dpo")`, and one config for each format.

    folder/README.md                     the card, whose header names the files of each config
    folder/dpo/train.jsonl  test.jsonl   the rows of a format, with their provenance
    folder/manifest.json                 hashes, counts, options

The same records and options give the same bytes. The pairs are kept in a temporary file and read from it twice, because
pairs that contradict one another are known only after all have come, and empty provenance fields and answers that are
labelled both ways only after that.
"""

import pickle
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

from fellowship.export.answer_labels import AnswerLabels
from fellowship.export.card import CardFacts, dataset_card
from fellowship.export.composition import Composition
from fellowship.export.contradictions import Contradictions
from fellowship.export.export_format import (
    DEFAULT_FORMATS,
    ExportFormat,
    ExportOptions,
    RowLeftOutReason,
    RowTotals,
    checked_options,
)
from fellowship.export.funnel import Funnel, Screen
from fellowship.export.jsonl import JsonLinesFile
from fellowship.export.manifest import MANIFEST_FILE, dataset_manifest
from fellowship.export.pairs import LeftOut, LeftOutReason
from fellowship.export.records import PROVENANCE, PairRecord, pair_row
from fellowship.export.replace_folder import check_replaceable, replacing
from fellowship.export.split import question_digest, split_of, workable_share
from fellowship.protocols.content import LabelSource
from fellowship.protocols.errors import ConfigurationError

EMPTY_FUNNEL: Mapping[LeftOutReason, int] = {}
NO_SELECTION: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Exported:
    """A written data set.

    `counts`: config to split to rows; what has no rows is absent. `funnel` counts conversations, `rows_left_out` the
    missing rows of formats with one labelled answer per row, by config and reason; `label_sources` the pairs, by who
    decided.
    """

    folder: Path
    counts: Mapping[str, Mapping[str, int]]
    funnel: Funnel
    rows_left_out: Mapping[str, Mapping[RowLeftOutReason, int]]
    label_sources: Mapping[LabelSource, int]


def write_dataset(
    records: Iterable[PairRecord | LeftOut],
    folder: Path | str,
    *,
    configs: Sequence[str | ExportFormat] = DEFAULT_FORMATS,
    test_share: float = 0.1,
    license: str | None = None,
    selection: Mapping[str, Any] = NO_SELECTION,
    funnel: Mapping[LeftOutReason, int] = EMPTY_FUNNEL,
    overwrite: bool = False,
) -> Exported:
    """Write the pairs as a data set and count what was written; one entry of `records` per conversation.

    `configs`: names of formats, `module:name` for your own, or formats. Entries that are LeftOut are counted, and so
    are those in `funnel`, which were left out before. `selection`: the options by which the records were selected; the
    manifest lists them. An existing folder is replaced if it is empty, or if fellowship wrote it as a data set with the
    same options and it was not edited since (`overwrite`: also with other options, and if it was). With too few
    questions for `test_share` all rows are for training.
    ConfigurationError, and nothing written, for options that cannot be used, for another folder, and without pairs.
    """
    options = checked_options(configs, test_share=test_share, license=license, selection=selection)
    target = Path(folder)
    check_replaceable(target, options.as_json(), overwrite=overwrite)
    screen = Screen(funnel)
    passing = screen.passing(records)
    first = next(passing, None)
    if first is None:
        raise _no_pair(target, screen)
    replaced = replacing(target, options.as_json(), overwrite=overwrite)
    with replaced as built, tempfile.TemporaryFile(dir=built) as spool:
        pairs = _Spool(spool, chain([first], passing), screen)
        composition, labels = _first_pass(pairs, options)
        if not composition.n_pairs:
            raise _no_pair(target, screen)
        files = _second_pass(pairs, built, composition, labels, options)
        if not files:
            names = ", ".join(format.name.upper() for format in options.formats)
            msg = f"there is no {names} row to write to {target}: every answer is labelled both ways; {screen.funnel()}"
            raise ConfigurationError(msg)
        facts = CardFacts(
            totals={each.format.name: _totals(each, files) for each in labels},
            funnel=screen.funnel(),
            composition=composition,
            date_columns={name: sorted(file.date_columns) for name, file in sorted(files.items()) if file.date_columns},
            options=options,
        )
        card = dataset_card(facts)
        (built / "README.md").write_bytes(card.encode())
        (built / MANIFEST_FILE).write_bytes(dataset_manifest(facts, files, card))
    left_out = {name: totals.left_out for name, totals in facts.totals.items()}
    return Exported(target, facts.counts, facts.funnel, left_out, composition.label_sources)


def _no_pair(target: Path, screen: Screen) -> ConfigurationError:
    return ConfigurationError(f"there is no preference pair to write to {target}: {screen.funnel()}")


class _Spool:
    """The pairs in a temporary file, without those that contradict others; may be read more than once."""

    def __init__(self, file: IO[bytes], pairs: Iterable[PairRecord], screen: Screen) -> None:
        self._file = file
        self._contradictions = Contradictions()
        self._n_stored = 0
        for record in pairs:
            self._contradictions.learn(record)
            pickle.dump(record, file)
            self._n_stored += 1
        for record in self._stored():
            if record in self._contradictions:
                screen.contradictory(record)

    def __iter__(self) -> Iterator[PairRecord]:
        return (record for record in self._stored() if record not in self._contradictions)

    def _stored(self) -> Iterator[PairRecord]:
        self._file.seek(0)
        return (pickle.load(self._file) for _ in range(self._n_stored))


def _first_pass(pairs: Iterable[PairRecord], options: ExportOptions) -> tuple[Composition, list[AnswerLabels]]:
    composition, labels = Composition(), [AnswerLabels(format) for format in options.formats]
    for record in pairs:
        row = pair_row(record)
        composition.add(record, row)
        for each in labels:
            each.learn(row)
    return composition, labels


def _second_pass(
    pairs: Iterable[PairRecord],
    folder: Path,
    composition: Composition,
    labels: Sequence[AnswerLabels],
    options: ExportOptions,
) -> dict[str, JsonLinesFile]:
    test_share = workable_share(composition.questions, test_share=options.test_share)
    files: dict[str, JsonLinesFile] = {}
    with ExitStack() as open_files:
        for record in pairs:
            pair = pair_row(record)
            pair["provenance"] = {name: pair["provenance"][name] for name in PROVENANCE if name in composition.fields}
            split = split_of(question_digest(pair["prompt"]), test_share=test_share)
            for each in labels:
                name = f"{each.format.name}/{split}.jsonl"
                for format_row in each.keeping(pair):
                    if name not in files:
                        files[name] = open_files.enter_context(JsonLinesFile(folder / name, each.format))
                    files[name].write(format_row)
    return files


def _totals(labels: AnswerLabels, files: Mapping[str, JsonLinesFile]) -> RowTotals:
    names = {split: f"{labels.format.name}/{split}.jsonl" for split in ("train", "test")}
    written = {split: files[name] for split, name in names.items() if name in files}
    return RowTotals(
        rows={split: file.n_rows for split, file in written.items()},
        n_true={split: file.n_true for split, file in written.items()},
        left_out=dict(labels.left_out),
    )
