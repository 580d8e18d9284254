"""The folder as a whole: what is counted, what is refused, and that nothing is half-written."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.export.dataset_folder import write_dataset
from fellowship.export.export_format import ExportFormat
from fellowship.export.funnel import Funnel
from fellowship.export.pairs import LeftOut
from fellowship.export.records import PairRecord
from fellowship.protocols.content import Prompt
from fellowship.protocols.errors import ConfigurationError
from tests.export.builders import a_record

TEXTS = st.sampled_from(["yes", "no", "perhaps", " no", "", " "])
RECORDS = st.builds(
    lambda prompt, chosen, rejected: a_record(prompt=Prompt.of(f"prompt {prompt}"), chosen=chosen, rejected=rejected),
    st.integers(0, 30),
    TEXTS,
    TEXTS,
)
ENTRIES = st.lists(st.one_of(RECORDS, st.just(LeftOut("tie")), st.just(LeftOut("failed"))), max_size=60)


def rows(folder: Path, config: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of each split of a config."""
    files = sorted((folder / config).glob("*.jsonl"))
    return {path.stem: [json.loads(line) for line in path.read_bytes().splitlines()] for path in files}


def everything_in(folder: Path) -> dict[str, bytes]:
    """Each file's bytes by its name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@given(ENTRIES, st.sampled_from([0.0, 0.1, 0.5]))
def test_whatever_comes_in_is_written_once_or_counted(entries: list[PairRecord | LeftOut], share: float) -> None:
    """The funnel sums to its input; no pair is a tie or a duplicate; no prompt is in two splits."""
    with TemporaryDirectory() as place:
        folder = Path(place, "set")
        try:
            exported = write_dataset(entries, folder, test_share=share)
        except ConfigurationError:
            assert not folder.exists()
            return
        dpo, kto = rows(folder, "dpo"), rows(folder, "kto")

    pairs = [(str(row["prompt"]), str(row["chosen"]), str(row["rejected"])) for split in dpo.values() for row in split]
    labelled = [(str(row["prompt"]), str(row["completion"])) for split in kto.values() for row in split]
    assert exported.funnel.n_conversations == len(entries)
    assert exported.funnel.n_pairs == len(pairs) == len(set(pairs))
    assert 2 * len(pairs) == len(labelled) + sum(exported.rows_left_out["kto"].values())
    assert len(labelled) == len(set(labelled))
    assert all(chosen != rejected for _, chosen, rejected in pairs)
    for config in (dpo, kto):
        assert all(config.values())
        prompts = [{str(row["prompt"]) for row in split} for split in config.values()]
        assert len(set().union(*prompts)) == sum(map(len, prompts))


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """In another folder, and again in the same one."""
    records = [a_record(n, judge_models=("z", "a", "z"), label_source="jury") for n in range(50)]

    write_dataset(records, tmp_path / "one")
    first = everything_in(tmp_path / "one")
    write_dataset(iter(records), tmp_path / "one")
    write_dataset(records, tmp_path / "deep" / "two")

    assert everything_in(tmp_path / "one") == everything_in(tmp_path / "deep" / "two") == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "one"]


def test_manifest_has_the_hash_and_the_rows_of_every_other_file(tmp_path: Path) -> None:
    """And the options and the funnel."""
    write_dataset([*(a_record(n) for n in range(30)), LeftOut("tie")], tmp_path / "set", license="cc-by-4.0")

    files = everything_in(tmp_path / "set")
    manifest = json.loads(files.pop("manifest.json"))

    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }
    assert {name: entry.get("rows") for name, entry in manifest["files"].items()} == {
        name: data.count(b"\n") if name.endswith(".jsonl") else None for name, data in files.items()
    }
    assert manifest["options"] == {"configs": ["dpo", "kto"], "test_share": 0.1, "license": "cc-by-4.0"}
    assert manifest["funnel"] == {"conversations": 31, "left_out": {"tie": 1}, "pairs": 30}
    assert str(tmp_path) not in json.dumps(manifest)


def test_few_pairs_are_all_for_training(tmp_path: Path) -> None:
    """An empty split is neither written nor named."""
    exported = write_dataset([a_record(n) for n in range(5)], tmp_path / "set")

    assert exported.counts == {"dpo": {"train": 5}, "kto": {"train": 10}}
    assert not (tmp_path / "set" / "dpo" / "test.jsonl").exists()
    assert "test.jsonl" not in (tmp_path / "set" / "README.md").read_text()


def test_duplicates_and_bad_texts_are_counted_beside_what_was_left_out_before(tmp_path: Path) -> None:
    """One funnel from conversation to pair."""
    entries: list[PairRecord | LeftOut] = [
        a_record(0),
        a_record(0),
        a_record(1, rejected="good answer 1 "),
        a_record(2, chosen="\t"),
        a_record(3, chosen="half a \ud83d pair"),
        LeftOut("inconsistent"),
        a_record(4),
    ]

    exported = write_dataset(entries, tmp_path / "set", funnel={"tie": 2, "not finished": 1})

    left_out = {
        "not finished": 1,
        "inconsistent": 1,
        "tie": 2,
        "empty text": 1,
        "identical texts": 1,
        "not valid Unicode": 1,
        "duplicate pair": 1,
    }
    assert exported.funnel == Funnel(n_conversations=10, left_out=left_out)  # type: ignore[arg-type]
    assert list(exported.funnel.left_out) == list(left_out)


def test_answer_labelled_both_ways_is_no_kto_row(tmp_path: Path) -> None:
    """The middle one of three answers lost once and won once; both its rows go, as do repeated ones."""
    question = Prompt.of("which?")
    records = [
        a_record(0, prompt=question, chosen="best", rejected="middle"),
        a_record(1, prompt=question, chosen="middle", rejected="worst"),
        a_record(2, prompt=question, chosen="best", rejected="worst"),
    ]

    exported = write_dataset(records, tmp_path / "set")

    kept = [(row["completion"][0]["content"], row["label"]) for row in rows(tmp_path / "set", "kto")["train"]]
    assert kept == [("best", True), ("worst", False)]
    assert Counter(exported.rows_left_out["kto"]) == {"labelled both ways": 2, "duplicate completion": 2}
    assert exported.counts["dpo"] == {"train": 3}


def test_nothing_is_written_without_a_pair(tmp_path: Path) -> None:
    """The error says where the conversations went."""
    with pytest.raises(ConfigurationError) as error:
        write_dataset([LeftOut("tie"), LeftOut("tie")], tmp_path / "new" / "set", funnel={"failed": 1})

    assert str(error.value) == (
        f"there is no preference pair to write to {tmp_path / 'new' / 'set'}: "
        "3 conversations, 0 pairs; left out: failed 1, tie 2"
    )
    assert list(tmp_path.iterdir()) == []


def answers(folder: Path) -> list[tuple[str, str]]:
    """The chosen and the rejected answer of each DPO row for training."""
    return [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows(folder, "dpo")["train"]]


@pytest.mark.parametrize(
    "cycle",
    [["xy", "yx"], ["xy", "yz", "zx"], ["xy", "yz", "zw", "wx"], ["xy", "yx", "xy"], ["xy", "yx", "yz", "zy"]],
    ids=["two", "three", "four", "with a duplicate", "two cycles"],
)
def test_pairs_on_a_cycle_of_preferences_are_left_out_and_counted(tmp_path: Path, cycle: list[str]) -> None:
    """Those to and from the cycle stay, and those of another prompt."""
    records = [a_record(0, chosen=pair[0], rejected=pair[1]) for pair in cycle]
    kept = [a_record(0, chosen="top", rejected="x"), a_record(0, chosen="x", rejected="end"), a_record(1)]

    exported = write_dataset([*records, *kept], tmp_path / "set")

    assert answers(tmp_path / "set") == [("top", "x"), ("x", "end"), ("good answer 1", "bad answer 1")]
    assert exported.funnel.left_out == {"contradictory pair": len(cycle)}
    assert (exported.funnel.n_pairs, exported.funnel.n_conversations) == (3, len(cycle) + 3)


@pytest.mark.parametrize(
    ("prompt", "chosen", "rejected"),
    [
        ("question 0", "x\r\ny", "z"),
        ("QUESTION 0", "x\ny", "z"),
        (" question\u00a00\n", "x\ny", "z"),
        ("\uff51uestion\u200b 0", "x \ny\n", "\tz"),
        ("question 0?", "x\ny", "z"),
    ],
    ids=["line ends", "case", "blanks", "full width and invisible", "final sign"],
)
def test_equal_pairs_that_differ_in_typing_are_one(tmp_path: Path, prompt: str, chosen: str, rejected: str) -> None:
    """The first is kept as it was typed, in both formats."""
    first = a_record(0, chosen="x\ny", rejected="z")
    again = a_record(1, prompt=Prompt.of(prompt), chosen=chosen, rejected=rejected)

    exported = write_dataset([first, again, a_record(2)], tmp_path / "set")

    assert exported.funnel.left_out == {"duplicate pair": 1}
    assert answers(tmp_path / "set") == [("x\ny", "z"), ("good answer 2", "bad answer 2")]
    assert exported.counts == {"dpo": {"train": 2}, "kto": {"train": 4}}


@pytest.mark.parametrize(
    ("x", "y"),
    [("It’s the Rhine – a river…", "I’d say “no”."), ("It's the Rhine \u2014 a river...", "I`d say ``no''.")],
    ids=["curly", "other house style"],
)
def test_typography_hides_no_contradiction_and_is_kept_as_typed(tmp_path: Path, x: str, y: str) -> None:
    """Nor does it make a pair of two equal answers."""
    plain_x, plain_y = "It's the Rhine - a river...", 'I\'d say "no".'
    records = [
        a_record(0, chosen=plain_x, rejected=plain_y),
        a_record(0, chosen=y, rejected=x),
        a_record(1, chosen=x, rejected=plain_x),
        a_record(2, chosen=x, rejected=y),
        a_record(2, chosen=plain_x, rejected=plain_y),
    ]

    exported = write_dataset(records, tmp_path / "set")

    assert exported.funnel.left_out == {"identical texts": 1, "duplicate pair": 1, "contradictory pair": 2}
    assert answers(tmp_path / "set") == [(x, y)]


def test_case_in_answers_and_a_system_prompt_make_other_pairs(tmp_path: Path) -> None:
    """`True` and `true` are two answers to a programmer's question."""
    other_case = a_record(0, chosen="True", rejected="z")
    system = a_record(
        1,
        prompt=Prompt.of([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "question 0"}]),
        chosen="true",
        rejected="z",
    )

    exported = write_dataset([a_record(0, chosen="true", rejected="z"), other_case, system], tmp_path / "set")

    assert (exported.funnel.n_pairs, exported.funnel.left_out) == (3, {})


def test_respelled_duplicates_of_a_contradictory_pair_are_contradictory(tmp_path: Path) -> None:
    """And those of a pair that stays remain duplicates."""
    cycle = [a_record(0, prompt=Prompt.of(f" Question{blank}0"), chosen="x", rejected="y") for blank in ("", " ", "  ")]
    kept = [a_record(0, chosen="top", rejected=f"x{blank}") for blank in ("", " ")]

    exported = write_dataset([*cycle, a_record(0, chosen="y", rejected="x"), *kept], tmp_path / "set")

    assert exported.funnel.left_out == {"duplicate pair": 1, "contradictory pair": 4}
    assert answers(tmp_path / "set") == [("top", "x")]


@pytest.mark.parametrize(
    ("prompt", "x", "y"),
    [
        ("question 0", "x\r\ny", "z"),
        (" QUESTION 0\n", "x\ny", "z"),
        ("question\u00a00", "x\ny  ", "\tz"),
        ("\uff51uestion  0", "x \ny", "z\n"),
    ],
    ids=["line ends", "case", "blanks", "full width"],
)
def test_typing_does_not_hide_a_contradiction(tmp_path: Path, prompt: str, x: str, y: str) -> None:
    """Neither in the prompt nor in the answers; the label sources count what was kept."""
    records = [
        a_record(0, chosen="x\ny", rejected="z", label_source="human"),
        a_record(0, prompt=Prompt.of(prompt), chosen=y, rejected=x, label_source="jury"),
        a_record(1, label_source="jury"),
    ]

    exported = write_dataset(records, tmp_path / "set")

    assert answers(tmp_path / "set") == [("good answer 1", "bad answer 1")]
    assert exported.funnel.left_out == {"contradictory pair": 2}
    assert exported.label_sources == {"jury": 1}


def test_answers_that_differ_in_case_are_different(tmp_path: Path) -> None:
    """Case may be what was asked for; a longer chain of preferences is no cycle."""
    records = [a_record(0, chosen=pair[0], rejected=pair[1]) for pair in ("xX", "Xy", "xy", "yY")]

    exported = write_dataset(records, tmp_path / "set")

    assert exported.funnel.left_out == {}
    assert len(answers(tmp_path / "set")) == 4


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), min_size=1, max_size=12))
def test_exactly_the_pairs_whose_answers_lead_back_to_each_other_are_left_out(edges: list[tuple[str, str]]) -> None:
    """Against a search for each pair."""
    pairs = list(dict.fromkeys((better, worse) for better, worse in edges if better != worse))

    def leads(start: str, end: str) -> bool:
        reached = {start}
        for _ in pairs:
            reached |= {worse for better, worse in pairs if better in reached}
        return end in reached

    expected = [(better, worse) for better, worse in pairs if not leads(worse, better)]
    with TemporaryDirectory() as place:
        folder = Path(place, "set")
        try:
            write_dataset([a_record(0, chosen=chosen, rejected=rejected) for chosen, rejected in edges], folder)
        except ConfigurationError:
            assert expected == []
        else:
            assert answers(folder) == expected


def test_same_text_labelled_both_ways_is_found_however_it_is_typed(tmp_path: Path) -> None:
    """In composed and decomposed Unicode, in the answer and in the prompt."""
    records = [
        a_record(0, prompt=Prompt.of("O\u00f9?"), chosen="caf\u00e9", rejected="bar"),
        a_record(1, prompt=Prompt.of("ou\u0300 ?"), chosen="hotel", rejected="cafe\u0301\n"),
    ]

    exported = write_dataset(records, tmp_path / "set")

    kept = [(row["completion"][0]["content"], row["label"]) for row in rows(tmp_path / "set", "kto")["train"]]
    assert kept == [("bar", False), ("hotel", True)]
    assert exported.rows_left_out["kto"] == {"labelled both ways": 2}


def test_nothing_is_written_when_all_pairs_contradict_each_other(tmp_path: Path) -> None:
    """Not even the folders above."""
    records = [a_record(0, chosen="x", rejected="y"), a_record(0, chosen="y", rejected="x")]

    with pytest.raises(ConfigurationError, match=r"2 conversations, 0 pairs; left out: contradictory pair 2$"):
        write_dataset(records, tmp_path / "new" / "set")

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_when_no_format_has_a_row(tmp_path: Path) -> None:
    """As of a format of one's own that takes no pair."""
    empty = ExportFormat(name="empty", columns={"prompt": "messages"}, rows=lambda _: [])

    with pytest.raises(ConfigurationError, match="there is no EMPTY row to write to"):
        write_dataset([a_record(0)], tmp_path / "set", configs=[empty])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["README.md", "dpo/train.jsonl"])
def test_edited_data_set_is_replaced_only_with_leave(tmp_path: Path, name: str) -> None:
    """The error names the file; a file that is gone holds no edit."""
    folder = tmp_path / "set"
    write_dataset([a_record(0)], folder)
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    (folder / "kto" / "train.jsonl").unlink()
    before = everything_in(folder)

    with pytest.raises(ConfigurationError, match=f"'{name}' was edited after fellowship wrote it; .* --overwrite"):
        write_dataset([a_record(1)], folder)
    assert everything_in(folder) == before

    write_dataset([a_record(1)], folder, overwrite=True)
    assert answers(folder) == [("good answer 1", "bad answer 1")]


def test_error_among_the_records_leaves_the_former_data_set_as_it_was(tmp_path: Path) -> None:
    """And no traces beside it."""

    def breaking() -> Iterator[PairRecord]:
        yield a_record(1)
        raise RuntimeError("the journal is gone")

    write_dataset([a_record(0)], tmp_path / "set")
    before = everything_in(tmp_path)

    with pytest.raises(RuntimeError, match="the journal is gone"):
        write_dataset(breaking(), tmp_path / "set")

    assert everything_in(tmp_path) == before


def test_replaced_data_set_keeps_nothing_of_the_former_one(tmp_path: Path) -> None:
    """Files of a config that is no longer wanted go."""
    write_dataset([a_record(0)], tmp_path / "set")

    write_dataset([a_record(0)], tmp_path / "set", configs=["dpo"], overwrite=True)

    assert sorted(everything_in(tmp_path / "set")) == ["README.md", "dpo/train.jsonl", "manifest.json"]


@pytest.mark.parametrize(
    ("options", "former", "present"),
    [
        ({"test_share": 0.5}, "--test-share 0.1", "--test-share 0.5"),
        ({"configs": ["kto"]}, "--format dpo,kto", "--format kto"),
        ({"license": "mit"}, "no --license", "--license mit"),
        (
            {"selection": {"labels": "human", "with_unknown_finish": True}, "test_share": 0},
            "--test-share 0.1 --labels evaluator no --with-unknown-finish",
            "--test-share 0.0 --labels human --with-unknown-finish",
        ),
    ],
    ids=["split", "formats", "licence", "selection"],
)
def test_data_set_of_other_options_is_replaced_only_with_leave(
    tmp_path: Path, options: dict[str, Any], former: str, present: str
) -> None:
    """The error has both values; the same options replace it, in whatever order the formats are."""
    folder, selection = tmp_path / "set", {"labels": "evaluator", "with_unknown_finish": False}
    records = [a_record(number) for number in range(40)]
    write_dataset(records, folder, selection=selection)
    before = everything_in(folder)

    with pytest.raises(
        ConfigurationError, match=f"was made with {former}, and this export is with {present}; .*--over"
    ):
        write_dataset(records, folder, **{"selection": selection, **options})
    assert everything_in(folder) == before

    write_dataset(records, folder, selection=selection, configs=["kto", "dpo"])
    write_dataset(records, folder, **{"selection": selection, **options}, overwrite=True)
    assert everything_in(folder) != before


@pytest.mark.parametrize("manifest", [None, "{", "[]", '{"files": {}}', '{"files": {}, "made_by": "another"}'])
def test_folder_of_somebody_else_is_not_replaced(tmp_path: Path, manifest: str | None) -> None:
    """Whatever it holds under the name of our manifest; the error names the folder."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.tex").write_text("years of work")
    if manifest is not None:
        (theirs / "manifest.json").write_text(manifest)
    before = everything_in(tmp_path)

    with pytest.raises(ConfigurationError, match="theirs exists and is not a data set written by fellowship"):
        write_dataset([a_record()], theirs)

    assert everything_in(tmp_path) == before


def test_data_set_with_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    """It would be lost."""
    write_dataset([a_record(0)], tmp_path / "set")
    (tmp_path / "set" / ".git").mkdir()
    (tmp_path / "set" / ".git" / "HEAD").write_text("main")

    with pytest.raises(ConfigurationError, match=r"holds '\.git/HEAD', which fellowship did not write"):
        write_dataset([a_record(1)], tmp_path / "set")


def test_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    """At the place itself, and above it."""
    (tmp_path / "file").write_text("")

    for folder in (tmp_path / "file", tmp_path / "file" / "set"):
        with pytest.raises(ConfigurationError, match="file"):
            write_dataset([a_record()], folder)


def test_empty_folder_may_be_filled(tmp_path: Path) -> None:
    """There is nothing in it to lose."""
    write_dataset([a_record()], tmp_path)

    assert "manifest.json" in everything_in(tmp_path)


def test_unknown_reason_is_a_mistake_of_the_program(tmp_path: Path) -> None:
    """It would be missing from the funnel."""
    with pytest.raises(ValueError, match="'bored' is no reason to leave a conversation out"):
        write_dataset([a_record()], tmp_path / "set", funnel={"bored": 1})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest | {"reviewed_by": "me"},
        lambda manifest: manifest | {"options": manifest["options"] | {"license": "mit"}},
        lambda manifest: manifest | {"funnel": {}},
        lambda manifest: manifest | {"sha256_of_other_fields": None, "schema_version": 2},
    ],
    ids=["a field", "a licence", "counts", "the digest"],
)
def test_an_edited_manifest_is_replaced_only_on_purpose(tmp_path: Path, edit: Any) -> None:
    """As any other file of the data set."""
    write_dataset([a_record(0)], tmp_path / "set")
    manifest = tmp_path / "set/manifest.json"
    manifest.write_text(json.dumps(edit(json.loads(manifest.read_bytes()))))
    before = everything_in(tmp_path)

    with pytest.raises(ConfigurationError, match=r"'manifest\.json' was edited after fellowship wrote it.*--overwrite"):
        write_dataset([a_record(1)], tmp_path / "set")

    assert everything_in(tmp_path) == before
    write_dataset([a_record(1)], tmp_path / "set", overwrite=True)
    write_dataset([a_record(0)], tmp_path / "set")


def test_a_manifest_of_an_older_version_or_in_another_layout_is_not_edited(tmp_path: Path) -> None:
    """Older ones have no digest of themselves, and white space is no content."""
    for change in (lambda each: {name: each[name] for name in each if "sha256" not in name}, lambda each: each):
        write_dataset([a_record(0)], tmp_path / "set")
        manifest = tmp_path / "set/manifest.json"
        manifest.write_text(json.dumps(change(json.loads(manifest.read_bytes())), indent=8))

        written = write_dataset([a_record(1)], tmp_path / "set")

        assert written.counts == {"dpo": {"train": 1}, "kto": {"train": 2}}
