"""Evaluators against labels, pairings against single models, and the preference data of both."""

import asyncio
import io
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.reviewer import Reviewer
from fellowship.export.pairs import LeftOut
from fellowship.export.records import PairRecord
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.content import Draft
from fellowship.protocols.errors import ProviderUnavailable, RunStopped
from fellowship.protocols.failed_votes import failed_for_votes
from fellowship.reports.study_report import evaluators_table
from fellowship.reports.tables import print_text
from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge
from fellowship.statistics.win_rate import win_rate
from fellowship.studies.evaluator_spec import parse_evaluator
from fellowship.studies.meta_evaluation import best_evaluator, compare_evaluators, decisions_and_labels, slug
from fellowship.studies.preferences import preferences
from fellowship.studies.study import StudyResult, study
from fellowship.studies.tournament import DuelResult, Pairing, Tournament, tournament
from fellowship.testing import ScriptedProvider
from tests.runners.kit import COMPARISONS


def better(request: Request) -> str:
    """Prefers the answer that is called good, whatever its seat."""
    asked = request.messages[-1]["content"]
    a_is_good = asked.index("good answer") < asked.index("bad answer")
    return f"Score A: {9 if a_is_good else 3}/10\nScore B: {3 if a_is_good else 9}/10"


def first(request: Request) -> str:
    """Prefers the first seat."""
    return "Score A: 9/10\nScore B: 3/10"


def drafts(request: Request) -> str:
    """Three drafts, of which the second is scored best."""
    occurrence = request.key.occurrence
    if request.key.agent == "generator":
        return f"draft {occurrence}"
    return f"So.\nOverall score: {[4, 9, 6][occurrence]}/10"


def unreadable(request: Request) -> str:
    """Never decides."""
    return "who knows"


def judging(reply: Any) -> dict[str, ScriptedProvider]:
    return {"fake": ScriptedProvider(reply)}


def judged(written: str, reply: Any, *, prompts: Any = COMPARISONS) -> RunSummary:
    scenario = parse_evaluator(written)
    return asyncio.run(arun(scenario, prompts=prompts, out=":memory:", quiet=True, providers=judging(reply)))


def test_an_evaluator_is_held_against_the_labels(tmp_path: Path) -> None:
    """A good one agrees, a biased one is inconsistent, a mute one has failed everywhere; the best is the good one."""

    def reply(request: Request) -> str:
        return {"fake/good": better, "fake/biased": first, "fake/mute": unreadable}[request.model](request)

    labelled = [{**row, "label": "AB"[i % 2]} if i % 2 == 0 else _exchanged(row) for i, row in enumerate(COMPARISONS)]
    names = {name: parse_evaluator(name) for name in ("judge:fake/mute", "judge:fake/biased", "judge:fake/good")}

    results = asyncio.run(compare_evaluators(names, labelled, out=tmp_path, quiet=True, providers=judging(reply)))

    found = {each.name: each.agreement for each in results}
    assert found["judge:fake/good"].kappa.value == 1.0
    assert found["judge:fake/biased"].n_inconsistent == 4
    assert (found["judge:fake/mute"].n_failed, found["judge:fake/mute"].kappa.n) == (4, 0)
    assert best_evaluator(results).name == "judge:fake/good"
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "judge-fake-biased",
        "judge-fake-good",
        "judge-fake-mute",
    ]


def _exchanged(row: dict[str, str]) -> dict[str, str]:
    return {**row, "response_a": row["response_b"], "response_b": row["response_a"], "label": "B"}


def test_among_undefined_kappas_the_first_is_taken(tmp_path: Path) -> None:
    """There is nothing to choose by; without results there is nothing to choose."""
    evaluators = {name: parse_evaluator(name) for name in ("judge:fake/one", "judge:fake/two")}
    main = compare_evaluators(evaluators, COMPARISONS, out=tmp_path, quiet=True, providers=judging(unreadable))

    assert best_evaluator(asyncio.run(main)).name == "judge:fake/one"
    with pytest.raises(ValueError, match="empty"):
        best_evaluator([])


def test_items_without_a_label_are_left_out_of_the_agreement() -> None:
    """They are decided all the same."""
    mixed = [COMPARISONS[0], {**COMPARISONS[1], "label": None}, COMPARISONS[2]]

    run = judged("judge:fake/any", better, prompts=mixed)

    assert decisions_and_labels(run) == (["A", "A"], ["A", "A"])
    assert len(run.rows()) == 3


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("judge:sim/mid,strategy=direct", "judge-sim-mid-strategy-direct"),
        ("ollama/llama3.1:8b", "ollama-llama3.1-8b"),
        (" a + b & c ", "a-b-c"),
    ],
)
def test_a_name_becomes_a_folder(name: str, folder: str) -> None:
    """Without anything a shell or a file system could take amiss."""
    assert slug(name) == folder


WRITERS = {"fake/best": "good answer", "fake/poor": "bad answer"}


def playing(request: Request) -> str | Exception:
    """Writers write what they are; one of them has nothing to say to the second prompt, and is down for the fourth."""
    if request.model == "fake/judge":
        return better(request)
    if request.model == "fake/poor" and request.messages[0]["content"] == "second":
        return ""
    if request.model == "fake/poor" and request.messages[0]["content"] == "fourth":
        return ProviderUnavailable("down")
    if request.model == "fake/review":
        return "Fine.\nOverall score: 5/10"
    return f"{WRITERS[request.model]} to {request.messages[0]['content']}"


def play(out: Path, prompts: list[str]) -> Tournament:
    return asyncio.run(
        tournament(
            {"poor": Generator("fake/poor"), "best": Generator("fake/best")},
            {"best + review": Pairing(Generator("fake/best"), [Reviewer("fake/review")])},
            prompts,
            evaluator=parse_evaluator("judge:fake/judge"),
            out=out,
            rounds=2,
            quiet=True,
            providers=judging(playing),
        )
    )


def test_pairings_meet_single_models(tmp_path: Path) -> None:
    """A win where the pairing wrote better, a tie where both wrote the same, a failure where one did not answer."""
    played = play(tmp_path, ["first", "second", "third"])

    against_poor, against_best = (played.match("best + review", name).result for name in ("poor", "best"))
    assert (against_poor.wins, against_poor.ties, against_poor.losses, against_poor.failed) == (2, 0, 0, 1)
    assert (against_best.wins, against_best.ties, against_best.losses, against_best.failed) == (0, 3, 0, 0)
    assert played.best_pairing() == "best + review"
    assert played.mean_win_rate("best + review") == 0.75
    with pytest.raises(KeyError, match="best \\+ review against nobody"):
        played.match("best + review", "nobody")


def test_a_tournament_started_again_asks_nothing(tmp_path: Path) -> None:
    """An answer that could not be read is missing, and stays so."""
    play(tmp_path, ["first", "second"])
    again = play(tmp_path, ["first", "second"])

    assert {name: run.n_asked for name, run in again.answers.items()} == {"poor": 0, "best": 0, "best + review": 0}
    assert again.match("best + review", "poor").result.failed == 1


def test_a_tournament_waits_for_answers_that_the_provider_failed(tmp_path: Path) -> None:
    """Matches on a part of the answers would be other matches once the rest is there."""
    with pytest.raises(RunStopped, match=r"poor: 1 of 2 conversations did not get through; the same command tries"):
        play(tmp_path, ["first", "fourth"])

    assert not (tmp_path / "versus").exists()


def test_a_match_without_any_answer_has_failed_everywhere(tmp_path: Path) -> None:
    """There is no run of it, and no win rate."""
    played = play(tmp_path, ["second"])

    match = played.match("best + review", "poor")
    assert (match.run, match.result.failed) == (None, 1)
    assert played.mean_win_rate("best + review") == 0.5


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([(1, 0, 9), (2, 0, 8), (3, 0, 7)], [(2, 0, 8), (2, 0, 8), (2, 0, 8)]),
        ([(7, 0, 3), (1, 0, 9), (2, 0, 8)], [(3, 1, 6), (3, 1, 6), (3, 0, 7)]),
        ([(1, 0, 2), (1, 0, 5), (1, 0, 6)], [(1, 0, 6), (1, 0, 5), (1, 0, 2)]),
    ],
)
def test_equal_mean_win_rates_are_equal_whatever_their_order(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]
) -> None:
    """Of wins, ties and losses; so the pairing named first is taken."""
    results = {"first": first, "second": second}
    for names in (("first", "second"), ("second", "first")):
        matches = [
            DuelResult(name, f"opponent {i}", win_rate(outcomes), None, tuple(outcomes))
            for name in names
            for i, (won, tied, lost) in enumerate(results[name])
            for outcomes in [["win"] * won + ["tie"] * tied + ["loss"] * lost]
        ]
        played = Tournament(tuple(matches), {})

        assert played.mean_win_rate("first") == played.mean_win_rate("second")
        assert played.best_pairing() == names[0]


def voters(request: Request) -> str:
    """Of three models two decide; on every second question they do not agree, so the mute one could decide."""
    if request.model == "fake/mute":
        return unreadable(request)
    disputed = any(f"bad answer {n}" in request.messages[-1]["content"] for n in (1, 3))
    return first(request) if request.model == "fake/second" and disputed else better(request)


def test_verdicts_that_failed_votes_could_decide_are_counted(tmp_path: Path) -> None:
    """In the summary, the table and its file; a judge that failed is no such verdict."""
    names = ("jury:fake/one+fake/second+fake/mute", "judge:fake/mute")
    evaluators = {name: parse_evaluator(name) for name in names}

    results = asyncio.run(
        compare_evaluators(evaluators, COMPARISONS, out=tmp_path, quiet=True, providers=judging(voters))
    )

    jury_run, judge_run = (each.run for each in results)
    assert (jury_run.n_failed, jury_run.n_undecided) == (2, 2)
    assert (judge_run.n_failed, judge_run.n_undecided) == (len(COMPARISONS), 0)
    assert "2 failed (2 where failed votes could decide)" in str(jury_run)
    assert "could decide" not in str(judge_run)
    shown = io.StringIO()
    print_text([evaluators_table(results, mark="")], shown)
    assert shown.getvalue().rstrip().endswith(f"\nfailed because the votes that failed could decide: {names[0]} 2")


@pytest.mark.parametrize(
    ("reason", "counts"),
    [
        ("2 of 3 votes failed: mira: no score; noor: no text", True),
        ("exchanged order: 1 of 3 votes failed: critic_ballot: no score", True),
        ("given order: psychologist: no text; exchanged order: 3 of 3 votes failed: no score", True),
        ("given order: judge: score A: found '1 of 3 votes failed: x'", False),
        ("judge: choice: found none", False),
    ],
)
def test_a_verdict_that_failed_for_votes_is_known_by_its_reason(reason: str, counts: bool) -> None:
    """Not by words that a model wrote."""
    assert failed_for_votes(reason) == counts


def records(run: RunSummary, *, trust_labels: bool = True) -> list[PairRecord | LeftOut]:
    return list(preferences([run.recorded], trust_labels=trust_labels))


def test_people_decide_before_evaluators_unless_told_otherwise() -> None:
    """The label says B; the judge prefers A."""
    run = judged("judge:fake/any", better, prompts=[{**COMPARISONS[0], "label": "B", "model_a": "m/good"}])

    (by_people,), (by_judge,) = records(run), records(run, trust_labels=False)

    assert isinstance(by_people, PairRecord)
    assert isinstance(by_judge, PairRecord)
    assert (by_people.chosen, by_people.label_source) == ("bad answer 0", "human")
    assert (by_judge.chosen, by_judge.label_source, by_judge.judge_models) == ("good answer 0", "judge", ("fake/any",))
    assert (by_judge.generator_model, by_judge.rejected_model) == ("m/good", "unknown")
    assert (by_judge.score_chosen, by_judge.score_rejected) == (0.9, 0.3)


def ending(finish: Any, *, of: str) -> Any:
    """`drafts`, with a finish for the replies of one agent."""

    def reply(request: Request) -> Completion:
        return Completion(drafts(request), finish if request.key.agent == of else "stop", simulated=True)

    return reply


@pytest.mark.parametrize(
    ("finish", "agent", "result"),
    [
        ("tool_calls", "generator", "unknown finish reason"),
        ("because", "reviewer", "unknown finish reason"),
        ("eos", "generator", "draft 1"),
        ("unstated", "reviewer", "draft 1"),
        ("max_tokens", "generator", "chosen truncated"),
    ],
)
def test_replies_of_which_the_end_is_unknown_are_left_out_unless_asked_for(
    finish: Any, agent: str, result: str
) -> None:
    """They are read; a draft that may be cut off is not taken for whole, nor a decision by such a reply."""
    cast: Any = {"generator": Generator("fake/any"), "reviewer": Reviewer("fake/any"), "rounds": 2}
    run = asyncio.run(
        arun(
            feedback_loop,
            prompts=["Why?"],
            out=":memory:",
            quiet=True,
            providers=judging(ending(finish, of=agent)),
            **cast,
        )
    )

    (by_default,) = preferences([run.recorded])
    (asked_for,) = preferences([run.recorded], with_unknown_ends=True)

    assert run.n_finished == 1
    assert (by_default.chosen if isinstance(by_default, PairRecord) else by_default.reason) == result
    assert isinstance(asked_for, PairRecord) == (result != "chosen truncated")


@pytest.mark.parametrize(("n_rounds", "wanted"), [(2, "draft 0"), (3, "draft 2")])
def test_the_pair_of_a_loop_with_an_evaluator_follows_its_choice(n_rounds: int, wanted: str) -> None:
    """The reviewers score draft 1 best."""

    def reply(request: Request) -> str:
        if request.key.agent != "judge":
            return drafts(request)
        text = request.messages[-1]["content"]
        seats = "B", "A"
        if wanted in text:
            others = [text.find(f"draft {i}") for i in range(3) if f"draft {i}" != wanted and f"draft {i}" in text]
            seats = ("A", "B") if text.find(wanted) < min(others) else ("B", "A")
        return f"Score {seats[0]}: 9/10\nScore {seats[1]}: 2/10"

    run = asyncio.run(
        arun(
            feedback_loop,
            prompts=["Why?"],
            out=":memory:",
            rounds=n_rounds,
            generator=Generator("fake/g"),
            reviewer=Reviewer("fake/r"),
            evaluator=partial(judge, judge=Judge("fake/j"), seats="as given"),
            providers={"fake": ScriptedProvider(reply)},
        )
    )

    (pair,) = records(run)
    assert isinstance(pair, PairRecord)
    assert (pair.chosen, pair.rejected) == (wanted, "draft 1")
    assert (pair.label_source, pair.judge_models) == ("judge", ("fake/j",))


@pytest.mark.parametrize("as_fields", [False, True])
def test_a_draft_of_another_run_keeps_the_mark_of_an_unknown_finish(as_fields: bool) -> None:
    """As a draft, and as its fields; one that is whole is recorded as ever."""
    draft = Draft(text="good answer 0", unknown_finish=True)
    row = {**COMPARISONS[0], "response_a": draft.model_dump() if as_fields else draft}
    run = judged("judge:fake/any", better, prompts=[row])

    assert records(run) == [LeftOut("unknown finish reason")]
    assert isinstance(next(preferences([run.recorded], with_unknown_ends=True)), PairRecord)
    assert Draft(text="So.").model_dump_json() == '{"text":"So.","truncated":false}'


def test_people_s_labels_do_not_depend_on_how_the_judge_s_reply_ended() -> None:
    """The answers are whole, as far as the input says so."""
    rows = [{**COMPARISONS[0], "label": "B"}]
    run = judged("judge:fake/any", lambda request: Completion(better(request), "because"), prompts=rows)  # type: ignore[arg-type]

    (by_people,), (by_judge,) = records(run), records(run, trust_labels=False)

    assert isinstance(by_people, PairRecord)
    assert by_judge == LeftOut("unknown finish reason")


class StrictJudge(Judge):
    """A judge under another class name."""


class StrictReviewer(Reviewer):
    """A reviewer under another class name."""


def test_a_subclass_of_a_judge_is_exported_as_a_judge() -> None:
    """Its model is among those that decided."""
    run = asyncio.run(
        arun(
            judge,
            prompts=COMPARISONS[:1],
            out=":memory:",
            quiet=True,
            providers=judging(better),
            judge=StrictJudge("fake/any"),
        )
    )

    (record,) = records(run, trust_labels=False)

    assert isinstance(record, PairRecord)
    assert (record.label_source, record.judge_models) == ("judge", ("fake/any",))


def test_a_subclass_of_a_reviewer_is_exported_as_a_reviewer() -> None:
    """Its model is among those that decided between the drafts of a loop."""
    cast: dict[str, Any] = {"generator": Generator("fake/writer"), "reviewer": StrictReviewer("fake/reader")}
    main = arun(feedback_loop, prompts=["q"], out=":memory:", quiet=True, providers=judging(drafts), rounds=3, **cast)

    (record,) = records(asyncio.run(main))

    assert isinstance(record, PairRecord)
    assert (record.label_source, record.judge_models) == ("reviewer", ("fake/reader",))


def test_evaluators_of_a_run_without_kinds_are_found_by_their_class() -> None:
    """Runs recorded before agents had a kind can be exported."""
    run = judged("judge:fake/any", better, prompts=COMPARISONS[:1])
    config = orjson.loads(run.recorded.settings()["config"])
    del config["agents"]["judge"]["kind"]
    run.recorded.connection.execute("PRAGMA query_only=OFF")
    run.recorded.connection.execute("UPDATE run SET value = ? WHERE key = 'config'", [orjson.dumps(config).decode()])

    (record,) = records(run, trust_labels=False)

    assert isinstance(record, PairRecord)
    assert record.judge_models == ("fake/any",)


def test_a_pair_of_a_jury_says_how_many_jurors_stand_behind_it() -> None:
    """The dissenter is counted, and so is the one that could not be read."""

    def reply(request: Request) -> str:
        if request.key.agent == "juror_5":
            return unreadable(request)
        good = better(request)
        return good.replace("9", "x").replace("3", "9").replace("x", "3") if request.key.agent == "juror_4" else good

    run = judged("jury:fake/a+fake/b+fake/c+fake/d+fake/e", reply, prompts=COMPARISONS[:1])

    (record,) = records(run, trust_labels=False)
    assert isinstance(record, PairRecord)
    assert (record.votes_for, record.votes_total, record.label_source) == (3, 5, "jury")
    assert record.judge_models == ("fake/a", "fake/b", "fake/c", "fake/d", "fake/e")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [(first, "inconsistent"), (unreadable, "failed"), (lambda request: "Score A: 5/10\nScore B: 5/10", "tie")],
    ids=["inconsistent", "failed", "tie"],
)
def test_a_conversation_without_a_preference_is_left_out_with_the_reason(reply: Any, reason: str) -> None:
    """Never in silence."""
    run = judged("judge:fake/any", reply, prompts=[{**COMPARISONS[0], "label": None}])

    assert records(run) == [LeftOut(reason)]  # type: ignore[arg-type]


def test_a_tie_by_label_is_left_out_although_the_judge_decided() -> None:
    """People go first, also where they prefer nothing."""
    run = judged("judge:fake/any", better, prompts=[{**COMPARISONS[0], "label": "tie"}])

    assert records(run) == [LeftOut("tie")]


def test_a_loop_gives_its_best_and_its_worst_draft() -> None:
    """By the reviewer's scores; the reviewer is the judge of it."""
    cast: dict[str, Any] = {"generator": Generator("fake/writer"), "reviewer": Reviewer("fake/reader")}
    main = arun(feedback_loop, prompts=["q"], out=":memory:", quiet=True, providers=judging(drafts), rounds=3, **cast)

    (record,) = records(asyncio.run(main))
    assert isinstance(record, PairRecord)
    assert (record.chosen, record.rejected) == ("draft 1", "draft 0")
    assert (record.score_chosen, record.score_rejected, record.label_source) == (0.9, 0.4, "reviewer")
    assert (record.generator_model, record.judge_models) == ("fake/writer", ("fake/reader",))


def small_study(out: Path) -> StudyResult:
    from fellowship.providers.sim.comparisons import comparisons, prompts

    main = study(
        evaluators={name: parse_evaluator(name) for name in ("judge:sim/strong", "jury:sim/mid+sim/biased")},
        comparisons=comparisons(3)[:20],
        singles={"mid": Generator("sim/mid")},
        pairings={"mid + strong": Pairing(Generator("sim/mid"), [Reviewer("sim/strong")])},
        prompts=prompts(3, 6),
        out=out,
        rounds=2,
        seed=3,
        quiet=True,
    )
    return asyncio.run(main)


def test_a_study_ends_in_data_and_asks_nothing_again(tmp_path: Path) -> None:
    """Every step is a run that is continued; the second result is the first."""
    once = small_study(tmp_path)
    data = {file: file.read_bytes() for file in sorted((tmp_path / "data").rglob("*")) if file.is_file()}
    again = small_study(tmp_path)

    assert once.simulated
    assert (once.n_asked > 100, again.n_asked) == (True, 0)
    assert (again.evaluator, again.pairing) == (once.evaluator, once.pairing)
    assert [each.agreement for each in again.evaluators] == [each.agreement for each in once.evaluators]
    assert {file: file.read_bytes() for file in data} == data
