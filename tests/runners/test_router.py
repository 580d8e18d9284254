"""From models to gates: whose limits count, and how far a conversation has come."""

from dataclasses import replace

import pytest

from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.quota import Limits, Quota
from fellowship.runners.router import Router
from fellowship.settings.limits import ConfiguredLimits
from fellowship.testing import ScriptedProvider
from tests.runners.kit import jumping

QUOTA = Quota("openai", "https://api.example.org/v1")


class Gated(ScriptedProvider):
    """A provider with a quota."""

    def __init__(self, quota: Quota = QUOTA) -> None:
        super().__init__(lambda _: "yes")
        self.quota = quota


def a_request(model: str, conversation: str = "c00000") -> Request:
    return Request(AskKey(conversation, "", "judge", 0), 1, model, (), {}, "text")


def test_models_of_one_quota_share_a_gate() -> None:
    """One that has limits of its own has a gate of its own."""

    async def main() -> None:
        limits = ConfiguredLimits(given={"openai": Limits(rpm=60), "openai/large": Limits(rpm=3)})
        provider = Gated()
        async with Router(dict.fromkeys(("openai/small", "openai/medium", "openai/large"), provider), limits) as models:
            assert [(limiter.quota.group, limiter.limits.rpm) for limiter in models.limiters] == [
                ("", 60),
                ("openai/large", 3),
            ]

    jumping(main())


def test_runs_beside_each_other_share_their_gates() -> None:
    """Each with a share of its own, which it gives back."""

    async def main() -> None:
        first, second = Router({"openai/small": Gated()}), Router({"openai/small": Gated(replace(QUOTA))})
        async with first, second:
            assert first.limiters[0] is second.limiters[0]
            limiter = first.limiters[0]
            assert limiter.n_runs == 2
        assert limiter.n_runs == 0

    jumping(main())


def test_what_asks_nobody_has_no_gate() -> None:
    """It is asked at once, and its conversation is through the door."""

    async def main() -> None:
        async with Router({"fake/any": ScriptedProvider(lambda _: "yes")}) as models:
            assert models.limiters == []
            for number in range(100):
                await models.admission.acquire_slot()
                models.admission.begin(f"c{number}")
                await models.complete(a_request("fake/any", f"c{number}"))

    jumping(main())


def test_replies_move_a_conversation_forward() -> None:
    """It leaves the door with the first grant, and is ahead of others with every reply."""

    async def main() -> None:
        async with Router({"openai/small": Gated()}) as models:
            assert len(models.limiters) == 1
            for number in range(100):
                await models.admission.acquire_slot()
                models.admission.begin(f"c{number}")
                await models.complete(a_request("openai/small", f"c{number}"))
            await models.complete(a_request("openai/small", "c7"))
            assert (models.admission.n_replies("c7"), models.admission.n_replies("c8")) == (2, 1)
            assert models.metrics.n_asked == 101

    jumping(main())


def test_a_model_that_was_not_opened_is_told() -> None:
    """It could not be checked, replaced and written down."""

    async def main() -> Completion:
        async with Router({}) as models:
            return await models.complete(a_request("openai/hidden"))

    with pytest.raises(ConfigurationError) as caught:
        jumping(main())

    assert str(caught.value) == (
        "agent 'judge' on openai/hidden is not among the arguments of the run; hand it to the scenario as an argument, "
        "so that its model can be checked, replaced and written down"
    )
