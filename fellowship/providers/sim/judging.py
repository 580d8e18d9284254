"""Scores, explanations and labels of simulated judges and people."""

import random
from typing import Literal, NamedTuple

from fellowship.providers.sim.latent_quality import Latent, clipped, latent
from fellowship.providers.sim.profiles import Profile
from fellowship.providers.sim.sentences import pieces_in

SimLabel = Literal["A", "B", "tie"]

FREE_WORDS = 60
MAX_LENGTH_EFFECT = 3.0
QUOTED_WORDS = 7


class Scores(NamedTuple):
    """The scores of the answers in the first and in the second seat, each in [0, 10]."""

    first: float
    second: float


def perceived(rng: random.Random, profile: Profile, prompt: str, text: str, seat: int) -> float:
    """The score, in [0, 10], that the judge gives to a text in seat 1 (shown first) or 2."""
    if seat not in (1, 2):
        raise ValueError(f"seat {seat!r}; expected 1 or 2")
    bias = profile.seat_bias if seat == 1 else 0.0
    noise = rng.gauss(0, profile.judge_noise)
    return clipped(latent(prompt, text).quality + noise + bias + _length_effect(profile, text))


def compare(rng: random.Random, profile: Profile, prompt: str, first: str, second: str) -> Scores:
    """The judge's scores of two answers shown in this order."""
    return Scores(perceived(rng, profile, prompt, first, 1), perceived(rng, profile, prompt, second, 2))


def explanation(
    rng: random.Random,
    prompt: str,
    first: str,
    second: str,
    scores: tuple[float, float],
    *,
    tie_width: float = 0.25,
) -> str:
    """2 or 3 sentences that justify the scores: a quoted false statement, points, filler.

    Score differences up to `tie_width` (points of 10) are explained as a tie.
    """
    difference = scores[0] - scores[1]
    if abs(difference) <= tie_width:
        return _explain_tie(rng, prompt, first, second)
    names = ("The first answer", "The second answer")
    if difference < 0:
        return _explain_win(rng, prompt, (second, names[1]), (first, names[0]))
    return _explain_win(rng, prompt, (first, names[0]), (second, names[1]))


def human_label(rng: random.Random, prompt: str, a: str, b: str, noise: float, tie_width: float) -> SimLabel:
    """The label of a simulated person: latent qualities with Gaussian noise (sd in points) on each; near ones tie."""
    quality_a = latent(prompt, a).quality + rng.gauss(0, noise)
    quality_b = latent(prompt, b).quality + rng.gauss(0, noise)
    if abs(quality_a - quality_b) <= tie_width:
        return "tie"
    return "A" if quality_a > quality_b else "B"


def _length_effect(profile: Profile, text: str) -> float:
    if not profile.length_bias:
        return 0.0
    effect = profile.length_bias * (len(text.split()) - FREE_WORDS) / 100
    return min(MAX_LENGTH_EFFECT, max(-MAX_LENGTH_EFFECT, effect))


def _explain_tie(rng: random.Random, prompt: str, first: str, second: str) -> str:
    opening = rng.choice(("Both answers are about equally good.", "I see no clear difference between the two answers."))
    flaws = (_false_statement(prompt, first), _false_statement(prompt, second))
    if flaws[0] and flaws[1]:
        return f'{opening} The first one claims "{flaws[0]}" and the second one "{flaws[1]}", and both are wrong.'
    closing = rng.choice(("They cover similar ground.", "Their strengths and weaknesses balance out."))
    return f"{opening} {closing}"


def _explain_win(rng: random.Random, prompt: str, better: tuple[str, str], worse: tuple[str, str]) -> str:
    (good_text, good), (bad_text, bad) = better, worse
    opening = rng.choice((f"{good} is better.", f"{good} is the stronger one.", f"I prefer {good.lower()}."))
    reasons = _reasons(latent(prompt, good_text), latent(prompt, bad_text), good, bad)
    flaw = _false_statement(prompt, bad_text)
    if flaw and flaw != _false_statement(prompt, good_text):
        reasons.insert(0, f'{bad} claims "{flaw}", which is wrong.')
    if not reasons:
        reasons.append(rng.choice((f"{good} reads more clearly.", f"{good} gets to the point more directly.")))
    return " ".join([opening, *reasons[:2]])


def _reasons(good: Latent, bad: Latent, good_name: str, bad_name: str) -> list[str]:
    reasons = []
    if bad.refused and not good.refused:
        reasons.append(f"{bad_name} declines to answer.")
    if good.n_points > bad.n_points:
        reasons.append(f"{good_name} gives more of the details that explain the matter.")
    if bad.n_vague > good.n_vague:
        reasons.append(f"{bad_name} stays vague.")
    if bad.n_padding > good.n_padding:
        reasons.append(f"{bad_name} contains filler that says nothing.")
    return reasons


def _false_statement(prompt: str, text: str) -> str | None:
    """The beginning of a false sentence in a text, or None if it has none; a false answer goes before a slip."""
    false = [piece for piece in pieces_in(prompt, text) if piece.kind in ("wrong", "slip")]
    if not false:
        return None
    false.sort(key=lambda piece: piece.kind != "wrong")
    words = false[0].text.split()
    shown = " ".join(words[:QUOTED_WORDS])
    return f"{shown} ..." if len(words) > QUOTED_WORDS else shown.rstrip(".")
