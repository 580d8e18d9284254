"""The number of requests that may be open at once: fixed, or adapted to the throughput of the server.

A server that names no limits becomes slower, and then overloaded, when too many requests are open. The client can
measure its throughput only: while throughput grows with the number of open requests, the number is raised.
"""

MAX_OPEN = 10_000
FIRST_LIMIT = 8
LARGEST_LIMIT = 1024
OVERLOAD_CUT = 0.8
MIN_TIME_BETWEEN_CUTS_S = 5.0
FIRST_CEILING_S, LONGEST_CEILING_S = 30.0, 600.0
ROUNDS_BETWEEN_PROBES = 10


class Concurrency:
    """A constant limit on the number of open requests, with the events that change an adaptive one."""

    is_adaptive = False

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def answered(self, now: float, work: float, *, sent_at: float, n_open: int) -> None:
        """A request that was sent at `sent_at` was answered; `work` is its cost, such as the tokens written."""

    def overloaded(self, now: float, *, sent_at: float) -> None:
        """A request that was sent at `sent_at` was rejected because the server is overloaded."""


class AdaptiveConcurrency(Concurrency):
    """A limit that follows the throughput: slow start, then probing; multiplicative decrease on overload.

    Slow start as in TCP (Jacobson 1988): from `first` on, the limit doubles after each round in which throughput grew
    by a tenth. When it did not grow, the limit returns to the best one so far and is probed with a twentieth more every
    tenth round. On overload it is multiplied by 0.8 (the decrease of AIMD, Chiu and Jain 1989) and stays below the
    limit that failed, for 30 s at first, twice as long each time, 600 s at most.

    A round ends with as many answers, to requests sent in it, as requests may be open. It counts if at least four
    fifths of the limit were open.
    """

    is_adaptive = True

    def __init__(self, *, first: int = FIRST_LIMIT, most: int = LARGEST_LIMIT) -> None:
        super().__init__(min(first, most))
        self._best_limit = self.limit
        self._ceiling = self._most = most
        self._is_slow_start = True
        self._best_throughput = 0.0
        self._cut_at = self._round_began = float("-inf")
        self._ceiling_until, self._ceiling_s = 0.0, FIRST_CEILING_S
        self._n_answered = self._most_open = self._n_flat_rounds = 0
        self._work = 0.0

    def answered(self, now: float, work: float, *, sent_at: float, n_open: int) -> None:
        """Counts the answer; adapts the limit at the end of a round."""
        if sent_at < self._round_began:
            return
        if self._round_began < 0:
            self._round_began = sent_at
        self._n_answered += 1
        self._work += work
        self._most_open = max(self._most_open, n_open)
        if self._n_answered >= self.limit and now > self._round_began:
            if self._most_open >= 0.8 * self.limit:
                self._adapt(self._work / (now - self._round_began), now)
            self._begin_round(now)

    def overloaded(self, now: float, *, sent_at: float) -> None:
        """Decreases the limit. Requests sent before the last decrease, and within 5 s of it, do not count again."""
        if sent_at < self._cut_at or now - self._cut_at < MIN_TIME_BETWEEN_CUTS_S:
            return
        self._ceiling_until = now + self._ceiling_s
        self._ceiling_s = min(LONGEST_CEILING_S, 2 * self._ceiling_s)
        self._ceiling = max(1, min(self._ceiling, self.limit - 1))
        self.limit = self._best_limit = max(1, int(self.limit * OVERLOAD_CUT))
        self._is_slow_start, self._cut_at, self._best_throughput = False, now, 0.0
        self._begin_round(now)

    def _adapt(self, throughput: float, now: float) -> None:
        if now > self._ceiling_until > 0:
            self._ceiling, self._ceiling_until = self._most, 0.0
        grew = throughput >= (1.1 if self._is_slow_start else 1.02) * self._best_throughput
        if grew:
            self._best_throughput, self._best_limit, self._n_flat_rounds = throughput, self.limit, 0
            self._set_limit(2 * self.limit if self._is_slow_start else self.limit + self._step)
        elif self.limit > self._best_limit:  # the larger limit did not raise the throughput
            self._is_slow_start = False
            self._set_limit(self._best_limit)
        else:
            self._best_throughput = max(0.95 * self._best_throughput, throughput)
            self._n_flat_rounds += 1
            if self._n_flat_rounds % ROUNDS_BETWEEN_PROBES == 0:
                self._set_limit(self.limit + self._step)

    @property
    def _step(self) -> int:
        return max(1, self.limit // 20)

    def _set_limit(self, limit: int) -> None:
        self.limit = max(1, min(self._ceiling, limit))

    def _begin_round(self, now: float) -> None:
        self._round_began, self._n_answered, self._work, self._most_open = now, 0, 0.0, 0


def initial_concurrency(max_concurrency: int | None, *, is_known: bool, announces: bool) -> Concurrency:
    """The user's limit; else MAX_OPEN where rate limits are known, 1 where the first response will name them
    (`announces`), and an adaptive limit where nothing is known."""
    if max_concurrency is not None:
        return Concurrency(max_concurrency)
    if is_known:
        return Concurrency(MAX_OPEN)
    return Concurrency(1) if announces else AdaptiveConcurrency()
