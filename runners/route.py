"""Route: the way of a request to one model, from admission to the counted, checked completion."""

import traceback
from pathlib import Path

from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.errors import (
    BudgetSpent,
    FellowshipError,
    ProviderBug,
    ProviderError,
    ProviderRefused,
)
from fellowship.protocols.interfaces import Provider
from fellowship.ratelimit.fair_queue import Tenant
from fellowship.ratelimit.limiter import RateLimiter
from fellowship.runners.admission_control import AdmissionControl
from fellowship.runners.shared_failures import SharedFailures, shared_failure
from fellowship.telemetry.metrics import Metrics, ModelUsage


class Route:
    """The provider of one model, behind the rate limiter of its quota where it has one.

    `provider` is wrapped already: its completions are checked, and where there is a budget or a tracer each attempt of
    the rate limiter reserves its cost, and has a span of its own.
    """

    __slots__ = ("_admission", "_metrics", "_provider", "_shared", "_tenant", "limiter", "usage")

    def __init__(
        self,
        provider: Provider,
        limiter: RateLimiter | None,
        tenant: Tenant | None,
        usage: ModelUsage,
        admission: AdmissionControl,
        metrics: Metrics,
    ) -> None:
        self._provider, self.limiter, self._tenant, self.usage = provider, limiter, tenant, usage
        self._admission, self._metrics = admission, metrics
        self._shared = SharedFailures()

    async def send(self, request: Request) -> Completion:
        """The checked completion. ProviderError without one: ProviderBug where the provider itself is at fault."""
        usage, admission, conversation = self.usage, self._admission, request.key.conversation
        usage.n_asked += 1
        if not usage.n_answered:
            self._shared.begin(conversation)
        try:
            if self.limiter is None or self._tenant is None:
                admission.first_sent(conversation)
                completion = await self._provider.complete(request)
            else:
                n_done, on_permit = admission.before_sending(conversation)
                completion = await self.limiter.complete(
                    self._provider, request, tenant=self._tenant, n_done=n_done, on_permit=on_permit
                )
        except BudgetSpent:  # nothing was sent
            usage.n_asked -= 1
            raise
        except FellowshipError as error:
            self._count_failure(error, conversation)
            raise
        except Exception as error:
            bug = _bug(usage.provider, error)
            self._count_failure(bug, conversation)
            raise bug from error
        except BaseException:
            usage.n_failed += 1
            raise
        admission.replied(conversation)
        usage.answered(completion)
        return completion

    def close(self, error: Exception) -> None:
        """Refuse further requests with this error, waiting ones included."""
        if self.limiter is not None and self._tenant is not None:
            self.limiter.close(self._tenant, error)

    def _count_failure(self, error: Exception, conversation: str) -> None:
        """SharedFailure once the model has never answered, and its failures are all of one kind."""
        self.usage.n_failed += 1
        self._metrics.record_error(self.usage.provider, error)
        if self.usage.n_answered == 0 and isinstance(error, ProviderError) and not isinstance(error, ProviderRefused):
            n = self._shared.add(error, conversation)
            if n is not None:
                raise shared_failure(n, f"{type(error).__name__}: {error}") from error


def _bug(provider: str, error: Exception) -> ProviderBug:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return ProviderBug(f"the code of provider {provider} failed with {type(error).__name__}: {error} (at {place})")
