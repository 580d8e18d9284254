"""How often `plan --pilot 20` holds the tokens and dollars that the rest of a run takes in the end, and how wide it is.

    python -m benchmarks.plan_coverage [--runs 100] [--file judge|jury|loop|early] [--shared]

Files of 300 items, sorted by length (log-normal). Lengths of replies are log-normal with sigma 0.6, and their logarithm
is correlated 0.5 with that of the item's length; 5 % of the replies of evaluators and reviewers have to be repaired.
The truth is the count of the server, which is simulated in this process. `early` is the loop with `stop_at`, so its
number of rounds varies; with `--shared`, all replies of a conversation are as long or short as one another.
"""

import argparse
import asyncio
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from statistics import fmean, pstdev
from typing import Any, NamedTuple

from fellowship.agents.generator import Generator
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.agents.reviewer import Reviewer
from fellowship.estimates.interval import Interval
from fellowship.estimates.script_estimate import PilotPass, estimate_script, run_pilot
from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.items import Item
from fellowship.runners.overrides import Overrides
from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge
from fellowship.scenarios.jury import jury

N, PILOT = 300, 20
SIGMA, CORRELATION, REPAIRS = 0.6, 0.5, 0.05
SETTINGS = '[prices."fake/{}"]\ninput = 1\noutput = 4\nas_of = 2026-11-01\n'
MODELS = ("a", "b", "c")
WORDS = {"generator": 350, "reviewer": 150}
"""Median tokens of a reply by agent; 200 of any other."""
FILES: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "judge": (judge, {"judge": Judge("fake/a")}),
    "jury": (jury, {"jurors": [Juror(f"fake/{model}") for model in MODELS]}),
    "loop": (feedback_loop, {"generator": Generator("fake/a"), "reviewer": Reviewer("fake/b"), "rounds": 3}),
    "early": (
        feedback_loop,
        {"generator": Generator("fake/a"), "reviewer": Reviewer("fake/b"), "rounds": 3, "stop_at": 0.75},
    ),
}
AMOUNTS = ("prompt", "completion", "tokens", "cost", "asks")


class Server:
    """Replies of random lengths, a function of the seed and the ask; `prompt` and `completion` count its tokens."""

    def __init__(self, seed: int, lengths: Sequence[float], *, shared: bool) -> None:
        logs = [math.log(length) for length in lengths]
        mean, deviation = fmean(logs), pstdev(logs)
        self._normal = [(each - mean) / deviation for each in logs]
        self._seed, self._shared = seed, shared
        self.prompt = self.completion = 0
        self.asks: set[Any] = set()

    async def complete(self, request: Request) -> Completion:
        """A readable reply, or one that has to be repaired."""
        key = request.key
        rng = Random(f"{self._seed} {key} {request.attempt}")
        of_length = Random(f"{self._seed} {key.conversation}") if self._shared else rng
        noise = math.sqrt(1 - CORRELATION**2) * of_length.gauss(0, 1)
        size = math.exp(SIGMA * (CORRELATION * self._normal[int(key.conversation[1:])] + noise))
        n_reply = min(max(12, round(WORDS.get(key.agent, 200) * size)), request.sampling.get("max_tokens", math.inf))
        n_prompt = sum(len(message["content"]) // 4 + 4 for message in request.messages)
        self.prompt += n_prompt
        self.completion += n_reply
        self.asks.add(key)
        ending = "" if request.attempt == 1 and rng.random() < REPAIRS else _ending(key.agent, rng.randint(4, 9))
        text = ("so. " * n_reply)[: 4 * n_reply - len(ending)] + ending
        return Completion(text, usage=Usage(n_prompt, n_reply))

    async def close(self) -> None:
        """There is nothing to close."""


def _ending(agent: str, score: int) -> str:
    if agent == "generator":
        return ""
    return f"\n\nOverall score: {score}/10" if agent == "reviewer" else f"\n\nScore A: {score}/10\nScore B: 5/10"


class Found(NamedTuple):
    """An estimate and the truth."""

    interval: Interval
    truth: float

    @property
    def is_held(self) -> bool:
        """Whether the interval holds the truth."""
        return self.interval.low <= self.truth <= self.interval.high

    @property
    def width(self) -> float:
        """Half of the interval's width, as a share of the expected value."""
        return self.interval.relative_width


def items(seed: int) -> list[Item]:
    """The items of a file, the shortest first."""
    rng = Random(f"items {seed}")
    lengths = sorted(max(40, round(1200 * math.exp(rng.gauss(0, 0.8)))) for _ in range(N))
    return [
        Item(
            prompt=Prompt.of("why " * (length // 20) + f"{number}?"),
            candidates=(Draft(text="a " * (length // 5)), Draft(text="b " * (length // 5))),
        )
        for number, length in enumerate(lengths)
    ]


def measured(file: str, seed: int, *, shared: bool = False) -> dict[str, Found]:
    """What a plan with a pilot says about the rest of a run, and what the rest took."""
    scenario, arguments = FILES[file]
    posed = items(seed)
    server = Server(seed, [len(each.model_dump_json()) for each in posed], shared=shared)
    folder = Path(tempfile.mkdtemp())
    try:
        config = folder / "fellowship.toml"
        config.write_text("".join(map(SETTINGS.format, MODELS)))
        overrides = Overrides(config=config, quiet=True)

        async def run() -> RunSummary:
            fixed: dict[str, Any] = {"prompts": posed, "out": folder / "run", "seed": seed, "quiet": True}
            return await arun(scenario, providers={"fake": server}, **fixed, **arguments)

        with estimate_script(overrides) as plans:
            asyncio.run(run())
        with run_pilot(overrides, PILOT, PilotPass.of(plans)):
            asyncio.run(run())
        estimate = plans[0].estimate_run()
        assert estimate.n_done == PILOT
        before = server.prompt, server.completion, len(server.asks)
        asyncio.run(run())
    finally:
        shutil.rmtree(folder)
    prompt, completion, asks = server.prompt - before[0], server.completion - before[1], len(server.asks) - before[2]
    return {
        "prompt": Found(estimate.prompt, prompt),
        "completion": Found(estimate.completion, completion),
        "tokens": Found(estimate.prompt.plus(estimate.completion), prompt + completion),
        "cost": Found(estimate.cost, (prompt + 4 * completion) / 1e6),
        "asks": Found(estimate.asks, asks),
    }


def lines(file: str, found: Sequence[dict[str, Found]]) -> Iterator[str]:
    """A line for each amount: runs that held the truth, half widths."""
    for amount in AMOUNTS:
        each = [run[amount] for run in found]
        widths = sorted(one.width for one in each)
        held = sum(one.is_held for one in each)
        yield (
            f"{file:6} {amount:10} held {held:3} of {len(each)}, half width: mean {fmean(widths):.1%}, "
            f"95th percentile {widths[int(0.95 * (len(widths) - 1))]:.1%}, largest {widths[-1]:.1%}"
        )


def main() -> None:
    """Print the lines of each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--file", choices=FILES, action="append")
    parser.add_argument("--shared", action="store_true")
    args = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        for file in args.file or FILES:
            found = list(pool.map(partial(measured, file, shared=args.shared), range(args.runs)))
            print("\n".join(lines(file, found)), flush=True)


if __name__ == "__main__":
    main()
