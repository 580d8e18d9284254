"""Token budgets: reserved, settled, and never more than the limit over any time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.quota import Dimension, Quota
from fellowship.ratelimit.token_bucket import TokenBucket, TokenEstimate, TokenEstimator
from tests.ratelimit.limiter_kit import a_request

MINUTE = 60.0


def a_budget(limit: int = 60_000) -> TokenBucket:
    """All of the limit is used."""
    budget = TokenBucket("tokens", limit, MINUTE, 0.0)
    budget.adjust(margin=1.0)
    return budget


@pytest.mark.parametrize(
    ("dimension", "counted"), [("tokens", 30), ("input_tokens", 10), ("output_tokens", 20)], ids=["all", "in", "out"]
)
def test_a_need_counts_in_its_dimension(dimension: Dimension, counted: int) -> None:
    """Input, output, or both."""
    assert TokenBucket(dimension, 1_000, MINUTE, 0.0).counted(TokenEstimate(10, 20)) == counted


def test_a_budget_refills_with_time() -> None:
    """A thousand a second; a second's flow is the most that is kept."""
    budget = a_budget()
    budget.wait_s(TokenEstimate(1, 0), 100.0)
    budget.reserve(TokenEstimate(1_000, 0))

    assert budget.wait_s(TokenEstimate(500, 0), 100.0) == pytest.approx(0.5)
    assert budget.wait_s(TokenEstimate(500, 0), 100.25) == pytest.approx(0.25)
    assert budget.wait_s(TokenEstimate(1_000, 0), 200.0) == 0


def test_a_request_larger_than_the_bucket_goes_out_on_a_full_one_and_those_after_it_wait() -> None:
    """It leaves a debt."""
    budget = a_budget()
    budget.wait_s(TokenEstimate(1, 0), 10.0)

    assert budget.wait_s(TokenEstimate(30_000, 0), 10.0) == 0
    budget.reserve(TokenEstimate(30_000, 0))

    assert budget.wait_s(TokenEstimate(1, 0), 10.0) == pytest.approx(29.0, abs=0.01)


@pytest.mark.parametrize(
    ("used", "wait_s"),
    [(TokenEstimate(100, 0), 0.1), (TokenEstimate(1_000, 0), 1.0), (TokenEstimate(3_000, 0), 3.0)],
    ids=["less", "same", "more"],
)
def test_settling_corrects_in_both_directions(used: TokenEstimate, wait_s: float) -> None:
    """What was estimated too high is given back, what was too low is taken as well."""
    budget, reserved = a_budget(), TokenEstimate(1_000, 0)
    budget.wait_s(reserved, 10.0)
    budget.reserve(reserved)

    budget.settle(reserved, used)

    assert budget.wait_s(TokenEstimate(1_000, 0), 10.0) == pytest.approx(wait_s, abs=0.01)


def test_a_refund_never_fills_more_than_the_bucket() -> None:
    """Nobody saves up for a burst."""
    budget = a_budget()
    budget.wait_s(TokenEstimate(1, 0), 10.0)
    for _ in range(5):
        budget.settle(TokenEstimate(1_000, 0), TokenEstimate(0, 0))
    budget.reserve(TokenEstimate(1_000, 0))

    assert budget.wait_s(TokenEstimate(1_000, 0), 10.0) == pytest.approx(1.0, abs=0.01)


def test_what_the_server_says_is_left_only_lowers() -> None:
    """More than we think may be stale; less is somebody else's doing."""
    budget = a_budget()
    budget.wait_s(TokenEstimate(1, 0), 10.0)

    budget.at_most(50_000)
    assert budget.wait_s(TokenEstimate(1_000, 0), 10.0) == 0
    budget.at_most(0)
    assert budget.wait_s(TokenEstimate(1_000, 0), 10.0) == pytest.approx(1.0, abs=0.01)


def test_a_share_of_the_limit_is_a_share_of_the_flow() -> None:
    """Half of the key, half of the tokens."""
    budget = a_budget()
    budget.adjust(scale=0.5)

    assert budget.per_s == pytest.approx(500.0)


def test_what_was_used_lately_fades() -> None:
    """Within a window to about a third."""
    budget = a_budget(limit=1_000)
    budget.wait_s(TokenEstimate(1, 0), 0.0)
    budget.reserve(TokenEstimate(600, 0))

    assert budget.used_share(0.0) == pytest.approx(0.6)
    assert budget.used_share(60.0) == pytest.approx(0.22, abs=0.01)


@given(
    limit=st.integers(60, 100_000),
    steps=st.lists(
        st.tuples(st.floats(0.0, 30.0), st.integers(1, 5_000), st.floats(0.0, 1.0)), min_size=1, max_size=40
    ),
)
def test_over_any_time_no_more_is_reserved_than_flows_in(limit: int, steps: list[tuple[float, int, float]]) -> None:
    """Rate times time and one bucket; a request larger than the bucket counts as much more as it is larger."""
    budget, now, taken = a_budget(limit), 0.0, list[tuple[float, int]]()
    for pause_s, tokens, _ in steps:
        now += pause_s
        now += budget.wait_s(TokenEstimate(tokens, 0), now)
        assert budget.wait_s(TokenEstimate(tokens, 0), now) == pytest.approx(0, abs=1e-6)
        budget.reserve(TokenEstimate(tokens, 0))
        taken.append((now, tokens))

    bucket = max(1.0, limit / 60)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            duration = taken[last][0] - taken[first][0]
            reserved = sum(tokens for _, tokens in taken[first : last + 1])
            larger = max(0.0, taken[last][1] - bucket)
            assert reserved <= limit / 60 * duration + bucket + larger + 1e-3


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 900)), min_size=1, max_size=40))
def test_settled_budgets_charge_what_was_used(pairs: list[tuple[int, int]]) -> None:
    """However wrong the estimates were, as long as the bucket did not run over."""
    budget = a_budget(limit=60_000_000)
    budget.wait_s(TokenEstimate(1, 0), 0.0)
    level = budget.level
    for estimated, _ in pairs:
        budget.reserve(TokenEstimate(estimated, 0))
    for estimated, used in pairs:
        budget.settle(TokenEstimate(estimated, 0), TokenEstimate(used, 0))

    assert budget.level == pytest.approx(level - sum(used for _, used in pairs), abs=sum(used for _, used in pairs))
    assert budget.level <= level


def answered(estimates: TokenEstimator, request: Request, usage: Usage) -> TokenEstimate:
    return estimates.used(request, estimates.estimate(request), Completion("yes", usage=usage))


@pytest.mark.parametrize(
    ("max_tokens", "n_output"),
    [(None, 513), (100, 101), (4_000, 513)],
    ids=["unknown", "little_room", "much_room"],
)
def test_an_unknown_output_is_thought_to_be_no_more_than_512(max_tokens: int | None, n_output: int) -> None:
    """And no more than there is room for."""
    need = TokenEstimator(Quota("any")).estimate(a_request(prompt="x" * 360, max_tokens=max_tokens))

    assert need == TokenEstimate(101, n_output)


def test_where_max_tokens_is_charged_it_is_reserved_and_not_given_back() -> None:
    """The server does not, either."""
    estimates = TokenEstimator(Quota("any", charges_max_tokens=True))
    request = a_request(max_tokens=4_000)

    assert estimates.estimate(request).output == 4_001
    assert answered(estimates, request, Usage(10, 20)).output == 4_001


def test_estimates_learn_from_what_was_used() -> None:
    """By model for prompts, by model and agent for replies."""
    estimates = TokenEstimator(Quota("any"))
    request, other = a_request(prompt="x" * 3_600), a_request(prompt="x" * 3_600, agent="juror")
    for _ in range(40):
        used = answered(estimates, request, Usage(2_000, 50))

    assert used == TokenEstimate(2_000, 50)
    assert estimates.estimate(request).input == pytest.approx(2_000, rel=0.02)
    assert estimates.estimate(request).output == pytest.approx(50, abs=1)
    assert estimates.estimate(other).input == estimates.estimate(request).input
    assert estimates.estimate(other).output == 513


@pytest.mark.parametrize(("counts_cached", "n_input"), [(True, 1_000), (False, 100)], ids=["counted", "not_counted"])
def test_cached_tokens_count_where_the_server_counts_them(counts_cached: bool, n_input: int) -> None:
    """Some do, some do not."""
    estimates = TokenEstimator(Quota("any", counts_cached=counts_cached))

    assert answered(estimates, a_request(), Usage(1_000, 5, cached_tokens=900)).input == n_input


def test_what_the_server_does_not_say_is_as_estimated() -> None:
    """A completion without usage costs what was reserved."""
    estimates, request = TokenEstimator(Quota("any")), a_request()

    assert answered(estimates, request, Usage()) == estimates.estimate(request)
