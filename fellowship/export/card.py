"""The dataset card: contents, origin and known limits of a data set."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import eq, gt
from statistics import median
from typing import Any

from fellowship.export.composition import Composition
from fellowship.export.export_format import MESSAGES_COLUMN, ExportFormat, ExportOptions, RowTotals
from fellowship.export.funnel import Funnel
from fellowship.export.markdown import markdown_percent, markdown_table, markdown_text
from fellowship.export.records import PROVENANCE
from fellowship.formatting.units import count_noun

SIMULATED_NOTICE = (
    "**SIMULATED: {n} of {n_pairs} pairs come from simulated models. "
    "They show the form of such data and say nothing about any real model.**"
)

INTRODUCTION = (
    "{pairs} of a better and a worse answer, to {prompts}, made by conversations between language models with "
    "fellowship, after the method of *The Fellowship of the LLMs* (arXiv 2408.08688)."
)

LIMITS_SECTION = """\
* Only pairs with a clear preference are here (see the funnel), so easy decisions are over-represented.
* A preference is that of the evaluators named above, with their biases; look at the lengths before you train.
* A rejected answer may have been cut off by its token limit; a chosen one never was, as far as the server said so.
* Duplicates are equal, or differ only in the typing of quotation marks, dashes, blanks and the like. Nothing was
  compared with the test sets of public benchmarks.
* Pairs that contradict one another (X over Y and Y over X, also by way of further answers to the prompt) are left out,
  all of them.
* Train and test share no last question of a user, also none that differs only in case, white space, typography or its
  final punctuation, but similar questions, and equal earlier turns, may stand on both sides."""

NO_LICENSE = """\
No licence has been stated for this data set. The licence of the prompts and the terms of every model that wrote an
answer apply; settle them before you publish it."""

LICENSED = """\
`{license}`, as stated at export. The licence of the prompts and the terms of every model that wrote an answer apply
beside it."""

LOADING = """\
```python
from datasets import load_dataset

pairs = load_dataset("path/to/this/folder", "{config}")
```
All rows are conversational and their prompt is explicit, which is what TRL's trainers recommend. `manifest.json` has
the SHA-256 of every file."""

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LIST_FEATURES = {
    MESSAGES_COLUMN: [{"name": "role", "dtype": "string"}, {"name": "content", "dtype": "string"}],
    "list of string": "string",
}

RowCounts = Mapping[str, Mapping[str, int]]
"""Config to split to rows; what has no rows is absent."""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """The facts of a card: the options of the data set, rows per format, and how they came about.

    `totals`: by format, in their order. `date_columns`: file to the columns that hold dates only.
    """

    options: ExportOptions
    totals: Mapping[str, RowTotals]
    funnel: Funnel
    composition: Composition
    date_columns: Mapping[str, list[str]]

    @property
    def counts(self) -> RowCounts:
        """Rows by config and split, of the formats that have any."""
        return {name: totals.rows for name, totals in self.totals.items() if totals.rows}


def dataset_card(facts: CardFacts) -> str:
    """The README.md of a data set folder."""
    made_of, license = facts.composition, facts.options.license
    formats = [each for each in facts.options.formats if each.name in facts.counts]
    n_pairs, prompts = made_of.n_pairs, count_noun(len(made_of.prompts), "prompt")
    rows = ((f"`{config}`", split, n) for config, splits in facts.counts.items() for split, n in splits.items())
    sources = ((source, n, markdown_percent(n, n_pairs)) for source, n in sorted(made_of.label_sources.items()))
    roles, names = ("chosen", "rejected", "judge"), sorted({model for model, _ in made_of.roles})
    models = ((markdown_text(model), *(made_of.roles[model, role] for role in roles)) for model in names)
    sections = [
        card_header(facts.counts, formats, made_of, license=license),
        *[SIMULATED_NOTICE.format(n=made_of.n_simulated, n_pairs=n_pairs)] * (made_of.n_simulated > 0),
        f"# Preference pairs\n\n{INTRODUCTION.format(pairs=count_noun(n_pairs, 'pair'), prompts=prompts)}",
        f"## Rows\n\n{markdown_table(('config', 'split', 'rows'), rows)}",
        "Split by a hash of the last message of the user, without its case, white space, typography, Unicode form and "
        "final punctuation: no question is in two splits, whatever system prompt or earlier turns stand before it.",
        f"## From conversations to pairs\n\n{funnel_table(facts.funnel)}",
        f"## Label sources\n\n{markdown_table(('label source', 'pairs', 'share'), sources)}",
        "## Models\n\nPairs in which a model took each part.",
        markdown_table(("model", "wrote the chosen", "wrote the rejected", "judged"), models),
        f"## Length\n\n{length_lines(made_of)}",
        *(each.card_section(facts.totals[each.name]) for each in formats if each.card_section is not None),
        f"## Provenance\n\n{provenance_text(made_of)}",
        f"## Loading\n\n{LOADING.format(config=next(iter(facts.counts)))}",
        f"## Licence\n\n{NO_LICENSE if license is None else LICENSED.format(license=license)}",
        f"## Known limits\n\n{LIMITS_SECTION}{date_warning(facts.date_columns)}",
    ]
    return "\n\n".join(sections) + "\n"


def funnel_table(funnel: Funnel) -> str:
    """Conversations left out for each reason, and those remaining."""
    rows: list[tuple[str, str | int, int]] = [("conversations", "", funnel.n_conversations)]
    for reason, n_left_out in funnel.left_out.items():
        rows.append((f"left out: {reason}", n_left_out, rows[-1][2] - n_left_out))
    rows.append(("**pairs**", "", funnel.n_pairs))
    return markdown_table(("step", "left out", "remaining"), rows)


def length_lines(made_of: Composition) -> str:
    """Lengths of chosen and rejected answers: a trainer may learn length instead of quality."""
    chosen, rejected = made_of.chosen_lengths, made_of.rejected_lengths
    n_longer, n_equal = (sum(map(how, chosen, rejected)) for how in (gt, eq))
    longer, equal = (markdown_percent(n, made_of.n_pairs) for n in (n_longer, n_equal))
    medians = f"Median characters: {median(chosen):g} chosen, {median(rejected):g} rejected."
    if not (n_unequal := made_of.n_pairs - n_equal):
        return f"{medians} The two answers of every pair have the same length, so a trainer cannot learn length."
    return (
        f"{medians} The chosen answer is the longer one in {longer} of the pairs, and as long as the rejected one in "
        f"{equal}. Of the pairs with answers of different lengths it is the longer one in "
        f"{markdown_percent(n_longer, n_unequal)}. Far from one half, this figure lets a trainer learn length instead "
        "of quality."
    )


def provenance_text(made_of: Composition) -> str:
    """The fields of a row's provenance."""
    fields = ", ".join(f"`{name}`" for name in PROVENANCE if name in made_of.fields)
    return (
        f"Every row has a struct `provenance` with {fields}. A field that no row could fill is left out; in some rows "
        "one may be null. `generator_model` wrote the chosen answer and `rejected_model` the rejected one, in KTO rows "
        "too. Scores are shares of the highest possible score."
    )


def date_warning(date_columns: Mapping[str, list[str]]) -> str:
    """A warning about columns of dates, where there are any."""
    if not date_columns:
        return ""
    places = "; ".join(f"`{'`, `'.join(names)}` of `{file}`" for file, names in date_columns.items())
    return (
        f"\n* These hold nothing but dates: {places}. `datasets` reads them as times and writes them differently; "
        "read the file with another JSON reader."
    )


def card_header(
    counts: RowCounts, formats: Iterable[ExportFormat], made_of: Composition, *, license: str | None
) -> str:
    """The YAML header: which files make which config, and the types of their columns. `formats`: those that have rows.

    The first config is the default one. Every value is written as JSON, which is YAML too; no foreign text but a
    checked licence identifier gets in.
    """
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
