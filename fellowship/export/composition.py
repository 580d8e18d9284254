"""The composition of a data set, counted over its pairs."""

from array import array
from collections import Counter

from fellowship.export.records import ExportRow, PairRecord
from fellowship.export.split import prompt_digest, question_digest
from fellowship.protocols.content import LabelSource


class Composition:
    """Counts over pairs: models, label sources, lengths of the answers. Its memory grows by two hashes per prompt."""

    def __init__(self) -> None:
        self.n_pairs = 0
        self.n_simulated = 0
        self.label_sources: Counter[LabelSource] = Counter()
        self.roles: Counter[tuple[str, str]] = Counter()
        """(model, role) to pairs, with role `chosen`, `rejected` or `judge`; a model counts once per pair and role."""
        self.fields: set[str] = set()
        """The provenance fields with a value in at least one row."""
        self.prompts: set[bytes] = set()
        self.questions: set[bytes] = set()
        """Digests of the prompts, and of their questions, by which the data set is split."""
        self.chosen_lengths, self.rejected_lengths = array("q"), array("q")
        """Characters of the answers, by pair."""

    def add(self, record: PairRecord, row: ExportRow) -> None:
        """Count one more pair, given as record and as DPO row."""
        self.n_pairs += 1
        self.n_simulated += record.simulated
        self.label_sources[record.label_source] += 1
        self.roles[record.generator_model, "chosen"] += 1
        self.roles[record.rejected_model, "rejected"] += 1
        self.roles.update((model, "judge") for model in set(record.judge_models))
        self.fields |= {name for name, value in row["provenance"].items() if value is not None and value != []}
        self.prompts.add(prompt_digest(record.prompt.chat))
        self.questions.add(question_digest(record.prompt.chat))
        self.chosen_lengths.append(len(record.chosen))
        self.rejected_lengths.append(len(record.rejected))
