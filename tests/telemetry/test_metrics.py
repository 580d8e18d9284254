"""How a run stands: every figure from what the run has told, by a clock of the test's own."""

import io
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.protocols.completions import AskKey, Completion, Request, Usage
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.errors import ProviderTimeout, RateLimited, ReplyNotParsed
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.protocols.quota import Limits, Quota
from fellowship.providers.completion_check import checked
from fellowship.ratelimit.limiter_statistics import RateLimiterCounts
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.router import Router
from fellowship.scenarios.judge import judge as judge_scenario
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.settings import Price
from fellowship.telemetry.json_events import progress_event
from fellowship.telemetry.metrics import Metrics, ProviderMetrics
from fellowship.testing import ScriptedProvider
from tests.runners.kit import COMPARISONS, jumping, one_answer, scripted_run
from tests.runners.test_router import Gated, a_request
from tests.telemetry.watched import PRICE, a_limiter, a_run

FREE_OF_CHARGE = Price.model_validate({"input": 0, "output": 0, "as_of": "2026-11-01"})
COST = Decimal("0.0029")  # 600 tokens at 2.5, 400 at 1 and 100 at 10 dollars a million


def test_conversations_of_earlier_starts_are_done_and_have_no_pace() -> None:
    run = a_run(total=10)
    for status in ("finished", "finished", "failed"):
        run.metrics.count_done(status)
    for _ in range(4):
        run.metrics.n_begun += 1
    run.clock.now += 30.0
    run.metrics.ended("finished")
    run.metrics.ended("failed")

    metrics = run.metrics
    assert (metrics.n_finished, metrics.n_failed, metrics.n_done, metrics.n_in_progress) == (3, 2, 5, 2)
    assert (metrics.per_minute, metrics.elapsed_s, metrics.eta) == (4.0, 30.0, None)


@pytest.mark.parametrize(
    ("model", "n", "price", "counted", "cost"),
    [
        ("lab/a", 3, PRICE, True, 3 * COST),
        ("lab/a", 3, None, True, None),
        ("lab/a", 0, None, True, None),
        ("lab/a", 3, PRICE, False, None),
        ("lab/a", 3, FREE_OF_CHARGE, True, 0),
        ("sim/mid", 3, None, True, 0),
        ("sim/mid", 3, PRICE, True, 3 * COST),
        ("recorded/runs/x", 3, None, True, 0),
    ],
    ids=["priced", "no price", "asked, no price", "no tokens told", "costs nothing", "sim", "sim, priced", "recorded"],
)
def test_spend_is_exact_or_unknown(
    model: str, n: int, price: Price | None, counted: bool, cost: Decimal | None
) -> None:
    """What a paid model without a price has taken is not nothing."""
    run = a_run() if price is None else a_run(lab=price, sim=price)
    run.asks(model, n=n, counted=counted)

    assert run.metrics.spend_usd == cost


def test_spend_is_unknown_as_soon_as_a_part_of_it_is() -> None:
    run = a_run(lab=PRICE)
    run.asks("lab/a", n=2)
    before = run.metrics.spend_usd
    run.metrics.usage_of("other/b", None)
    unused = run.metrics.spend_usd
    run.asks("other/b", n=1)

    assert (before, unused, run.metrics.spend_usd) == (2 * COST, 2 * COST, None)


@pytest.mark.parametrize("count", [None, "many", 2**70, 2.5], ids=["none", "no number", "beyond 64 bits", "a float"])
def test_a_count_that_is_none_costs_nobody_a_reply(count: Any) -> None:
    """The spend is not known then, and what programs read stays a number that they can read."""
    run = a_run(lab=PRICE)
    request = Request(AskKey("c1", "", "a", 0), 1, "lab/a", ({"role": "user", "content": "Why?"},), {}, "")
    for usage in (Usage(10, 1), Usage(prompt_tokens=count), Usage(10, completion_tokens=count)):
        run.asks("lab/a").answered(checked(Completion("yes", usage=usage), request))

    assert run.metrics.providers()[0].answered == 3
    assert run.metrics.spend_usd is None
    event = progress_event(run.metrics)
    assert (event["prompt_tokens"], event["unknown_usage"]) == (10, 2)


def test_the_projection_counts_conversations_under_way_as_half_done() -> None:
    """20 done and 10 in progress make 25; 100 cost four times as much."""
    run = a_run(total=100, lab=PRICE)
    run.asks("lab/a", n=50)
    for _ in range(30):
        run.metrics.n_begun += 1
    for _ in range(20):
        run.clock.now += 1.0
        run.metrics.ended("finished")

    assert run.metrics.eta is not None
    assert run.metrics.projected_usd == 4 * 50 * COST


def test_nothing_is_projected_before_there_is_enough_to_go_by() -> None:
    run = a_run(total=100, lab=PRICE)
    run.asks("lab/a", n=50)

    assert run.metrics.projected_usd is None


def test_a_provider_is_described_by_its_gates_and_latest_answers() -> None:
    """Of two quotas, what is open is added, and the limit that is used most is told."""
    failed = Counter({"RateLimited": 3, "ProviderTimeout": 2})
    run = a_run()
    small = a_limiter("lab", open=5, max_open=50, waiting=7, usage={"requests per minute": (10, 100)})
    run.asks("lab/small", n=100, limiter=small, s=0.5)
    run.asks("lab/small", n=9, limiter=small, s=9.0)
    run.asks("lab/large", n=1, s=30.0, limiter=(large := a_limiter("lab", quota=Quota("lab", group="lab/large"))))
    uses = {"requests per minute": (9, 10), "requests per day": (1, 1_000)}
    counts = RateLimiterCounts(permitted=20, rejected=3, failed=failed, retried=4)
    large.standing = a_limiter("lab", quota=large.quota, open=2, max_open=8, counts=counts, usage=uses).standing

    assert run.metrics.providers() == [
        ProviderMetrics(
            name="lab",
            in_flight=7,
            max_open=58,
            waiting=7,
            answered=110,
            rejected=3,
            failed=2,
            retried=4,
            p50_s=0.5,
            p95_s=9.0,
            uses=uses,
        )
    ]
    assert (run.metrics.n_in_flight, run.metrics.n_requests) == (7, 20)


def test_what_a_gate_did_for_others_before_is_not_this_run_s() -> None:
    """Runs of one process share the gates of a quota."""
    run = a_run()
    limiter = a_limiter(
        "lab", counts=RateLimiterCounts(permitted=50, rejected=9, retried=8, last_failure=(3.0, "RateLimited"))
    )
    run.asks("lab/small", limiter=limiter)
    before = run.metrics.providers()[0], run.metrics.n_requests, run.metrics.last_error
    counts = RateLimiterCounts(
        permitted=53, rejected=10, failed=Counter(RateLimited=1), retried=8, last_failure=(150.0, "RateLimited")
    )
    limiter.standing = a_limiter("lab", counts=counts).standing

    after = run.metrics.providers()[0]
    assert (before[0].rejected, before[0].retried, *before[1:]) == (0, 0, 0, None)
    assert (after.rejected, after.failed, after.retried, run.metrics.n_requests) == (1, 0, 0, 3)
    assert run.metrics.last_error == "lab: RateLimited"


def test_the_busiest_provider_comes_first() -> None:
    run = a_run()
    run.asks("idle/a", n=50, limiter=a_limiter("idle"))
    run.asks("queue/a", n=1, limiter=a_limiter("queue", waiting=5))
    run.asks("busy/a", n=1, limiter=a_limiter("busy", open=9))
    run.asks("new/a", limiter=a_limiter("new"))

    assert [each.name for each in run.metrics.providers()] == ["busy", "queue", "idle", "new"]


def test_latencies_are_those_of_the_latest_answers() -> None:
    """Memory is bounded, and a provider that has become slow is seen to be."""
    run = a_run()
    tally = run.asks("lab/a", n=5_000, s=1.0)
    run.asks("lab/b", n=500, s=4.0)

    assert len(tally.latencies_s) == 500
    assert (run.metrics.providers()[0].p50_s, run.metrics.providers()[0].p95_s) == (4.0, 4.0)


def test_the_last_error_is_told_by_its_kind_alone() -> None:
    """Its text may quote a prompt, a reply or a key."""
    run = a_run()
    run.metrics.record_error("lab", RateLimited("the text 'secret'", retry_after_s=7.0))
    first = run.metrics.last_error
    run.clock.now += 1.0
    run.metrics.unreadable("judge", ReplyNotParsed("the reply 'secret' is no verdict", raw="secret"))

    assert first == "lab: RateLimited, to be tried again in 7 s"
    assert (run.metrics.last_error, run.metrics.n_unreadable) == ("judge: ReplyNotParsed", 1)


def test_requests_through_models_are_counted() -> None:
    """Answers, failures that were made good and failures that were not, each where it belongs."""

    async def main() -> None:
        errors = [ProviderTimeout("late"), ProviderTimeout("late"), None, *[ProviderTimeout("late")] * 5]
        provider = Failing(errors)
        metrics = Metrics("run", 1)
        limits = ConfiguredLimits(given={"openai": Limits(rpm=600_000)})
        async with Router({"openai/small": provider}, limits, metrics=metrics) as models:
            await models.complete(a_request("openai/small"))
            with pytest.raises(ProviderTimeout):
                await models.complete(a_request("openai/small"))
            openai = metrics.providers()[0]

            assert (openai.answered, openai.rejected, openai.failed, openai.retried) == (1, 0, 7, 6)
            assert (metrics.n_asked, metrics.n_requests, metrics.n_in_flight) == (2, 8, 0)
            assert metrics.last_error == "openai: ProviderTimeout"

    jumping(main())


class Failing(Gated):
    """Raises the errors in their order; None is an answer."""

    def __init__(self, errors: list[ProviderTimeout | None]) -> None:
        super().__init__()
        self._errors = errors

    async def complete(self, request: Request) -> Completion:
        """The next of them."""
        error = self._errors.pop(0)
        if error is not None:
            raise error
        return await super().complete(request)


def test_a_run_without_gates_knows_what_is_in_flight() -> None:
    """While it is answered, and not after it was given up."""
    metrics, seen = Metrics(), []

    def reply(request: Request) -> str:
        seen.append(metrics.n_in_flight)
        if request.key.conversation == "c2":
            raise ProviderTimeout("late")
        return "yes"

    async def main() -> None:
        async with Router({"fake/any": ScriptedProvider(reply)}, metrics=metrics) as models:
            await models.complete(a_request("fake/any", "c1"))
            with pytest.raises(ProviderTimeout):
                await models.complete(a_request("fake/any", "c2"))

    jumping(main())

    fake = metrics.providers()[0]
    assert (seen, metrics.n_in_flight) == ([1, 1], 0)
    assert (fake.answered, fake.failed, fake.max_open, metrics.last_error) == (1, 1, None, "fake: ProviderTimeout")


def test_unreadable_and_repaired_replies_are_counted() -> None:
    """One is repaired, one stays unreadable: two repairs were asked for in vain or not."""
    told = Told()

    def reply(request: Request) -> str:
        if request.key.conversation == "c00001" or request.attempt == 1:
            return "gibberish"
        return '{"decision": "A"}'

    judge = Judge("fake/any", strategy="direct", repairs=1)
    options = {"judge": judge, "seats": "as given", "prompts": COMPARISONS[:2]}
    with overriding(Overrides(events=told)):
        scripted_run(judge_scenario, ":memory:", ScriptedProvider(reply), **options)

    assert (told.last["unreadable"], told.last["repaired"], told.last["failed"]) == (3, 1, 1)
    assert (told.last["asked"], told.last["last_error"]) == (4, "judge: ReplyNotParsed")


def test_the_bug_of_a_scenario_is_named_with_its_conversation() -> None:
    """Without what it says."""
    told = Told()

    async def broken(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
        raise KeyError("secret")

    with overriding(Overrides(events=told)):
        scripted_run(broken, ":memory:", ScriptedProvider(lambda _: "yes"), prompts=["one"])

    assert told.last["last_error"] == "the scenario, in c00000: KeyError"


def test_a_second_start_begins_where_the_first_one_stopped(tmp_path: Path) -> None:
    """What is done is counted, and nothing was asked."""
    told = Told()
    for _ in range(2):
        with overriding(Overrides(events=told)):
            scripted_run(one_answer, tmp_path / "run", ScriptedProvider(lambda _: "yes"))

    events = [(each["event"], each["done"], each.get("asked")) for each in told.events]
    assert events == [("launch", 0, None), ("progress", 3, 3), ("launch", 3, None), ("progress", 3, 0)]


class Told(io.StringIO):
    """Where a run tells its events."""

    @property
    def events(self) -> list[dict[str, Any]]:
        """All of them."""
        return [json.loads(line) for line in self.getvalue().splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        """How the run stood at its end."""
        return self.events[-1]
