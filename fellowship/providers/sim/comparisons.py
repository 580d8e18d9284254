"""Labelled comparisons of simulated answers by simulated people: input for demos and for tests of evaluators.

The labels follow the latent quality of the answers, with noise; it never appears in a prompt.
"""

from collections import Counter
from random import Random

from fellowship.protocols.content import Draft, Label, Prompt
from fellowship.protocols.items import Item
from fellowship.providers.sim.bank import TASKS, SimTask
from fellowship.providers.sim.drafts import write_draft
from fellowship.providers.sim.judging import human_label
from fellowship.providers.sim.latent_quality import Latent, latent
from fellowship.providers.sim.profiles import profile
from fellowship.providers.sim.seeding import seeded

WRITERS = ("scribe", "mid", "scholar")
N_PEOPLE = 3
NOISE = 1.2
TIE_WIDTH = 0.5


def prompts(seed: int, n: int) -> list[Item]:
    """`n` tasks of the bank in an order given by the seed; ValueError if the bank has fewer."""
    if not 0 < n <= len(TASKS):
        raise ValueError(f"n is {n}; expected 1 to {len(TASKS)}")
    return [Item(prompt=Prompt.of(task.prompt), id=task.id) for task in seeded(str(seed), "prompts").sample(TASKS, n)]


def comparisons(seed: int, per_task: int = 2) -> list[Item]:
    """For every task of the bank `per_task` pairs of answers by different simulated writers, labelled by majority."""
    return [_comparison(seed, task, number) for number in range(per_task) for task in TASKS]


def _comparison(seed: int, task: SimTask, number: int) -> Item:
    rng = seeded(str(seed), "comparison", task.id, str(number))
    first, second = rng.sample(WRITERS, 2)
    a = _written(rng, task, first)
    b = _written(rng, task, second, avoid=latent(task.prompt, a))
    votes: tuple[Label, ...] = tuple(human_label(rng, task.prompt, a, b, NOISE, TIE_WIDTH) for _ in range(N_PEOPLE))
    (label, n_votes), *others = Counter(votes).most_common()
    return Item(
        prompt=Prompt.of(task.prompt),
        id=f"{task.id}-{number + 1}",
        candidates=(Draft(text=a), Draft(text=b)),
        models=(f"sim/{first}", f"sim/{second}"),
        label="tie" if others and others[0][1] == n_votes else label,
        votes=votes,
    )


def _written(rng: Random, task: SimTask, writer: str, *, avoid: Latent | None = None) -> str:
    known = profile(writer)
    return write_draft(rng, task.prompt, known.skill, known.verbosity, avoid=avoid, refusal_rate=known.refusal_rate)
