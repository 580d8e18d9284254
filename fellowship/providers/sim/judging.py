"""Scores, explanations and labels of simulated judges and people."""

from random import Random

from fellowship.protocols.content import Label
from fellowship.providers.sim.latent_quality import clipped, latent
from fellowship.providers.sim.profiles import Profile
from fellowship.providers.sim.sentences import pieces_in

FREE_WORDS = 60
MAX_LENGTH_EFFECT = 3.0
QUOTED_WORDS = 7


def perceived(rng: Random, profile: Profile, prompt: str, text: str, seat: int) -> float:
    """The score, in [0, 10], that the judge gives to a text in seat 1 (shown first) or 2."""
    if seat not in (1, 2):
        raise ValueError(f"seat {seat!r}; expected 1 or 2")
    bias = profile.seat_bias if seat == 1 else 0.0
    noise = rng.gauss(0, profile.judge_noise)
    length_effect = profile.length_bias * (len(text.split()) - FREE_WORDS) / 100
    length_effect = min(MAX_LENGTH_EFFECT, max(-MAX_LENGTH_EFFECT, length_effect))
    return clipped(latent(prompt, text).quality + noise + bias + length_effect)


def explanation(
    rng: Random, prompt: str, first: str, second: str, scores: tuple[float, float], *, tie_width: float = 0.25
) -> str:
    """2 or 3 sentences that justify the scores: a false statement, points, filler; up to `tie_width` apart they tie."""
    if abs(scores[0] - scores[1]) <= tie_width:
        return _explain_tie(rng, prompt, first, second)
    answers = [("The first answer", first), ("The second answer", second)]
    better, worse = answers if scores[0] > scores[1] else reversed(answers)
    return _explain_win(rng, prompt, better, worse)


def human_label(rng: Random, prompt: str, a: str, b: str, noise: float, tie_width: float) -> Label:
    """The label of a simulated person: latent qualities with Gaussian noise (sd in points) on each; near ones tie."""
    quality_a = latent(prompt, a).quality + rng.gauss(0, noise)
    quality_b = latent(prompt, b).quality + rng.gauss(0, noise)
    if abs(quality_a - quality_b) <= tie_width:
        return "tie"
    return "A" if quality_a > quality_b else "B"


def _explain_tie(rng: Random, prompt: str, first: str, second: str) -> str:
    opening = rng.choice(("Both answers are about equally good.", "I see no clear difference between the two answers."))
    flaws = (_false_statement(prompt, first), _false_statement(prompt, second))
    if flaws[0] and flaws[1]:
        return f'{opening} The first one claims "{flaws[0]}" and the second one "{flaws[1]}", and both are wrong.'
    closing = rng.choice(("They cover similar ground.", "Their strengths and weaknesses balance out."))
    return f"{opening} {closing}"


def _explain_win(rng: Random, prompt: str, better: tuple[str, str], worse: tuple[str, str]) -> str:
    (good, good_text), (bad, bad_text) = better, worse
    opening = rng.choice((f"{good} is better.", f"{good} is the stronger one.", f"I prefer {good.lower()}."))
    more, less = latent(prompt, good_text), latent(prompt, bad_text)
    flaw = _false_statement(prompt, bad_text)
    possible = {
        f'{bad} claims "{flaw}", which is wrong.': flaw and flaw != _false_statement(prompt, good_text),
        f"{bad} declines to answer.": less.refused and not more.refused,
        f"{good} gives more of the details that explain the matter.": more.n_points > less.n_points,
        f"{bad} stays vague.": less.n_vague > more.n_vague,
        f"{bad} contains filler that says nothing.": less.n_padding > more.n_padding,
    }
    reasons = [reason for reason, holds in possible.items() if holds]
    if not reasons:
        reasons.append(rng.choice((f"{good} reads more clearly.", f"{good} gets to the point more directly.")))
    return " ".join([opening, *reasons[:2]])


def _false_statement(prompt: str, text: str) -> str | None:
    """The beginning of a false sentence in a text, or None if it has none; a false answer goes before a slip."""
    found = pieces_in(prompt, text)
    false = [piece.text for kind in ("wrong", "slip") for piece in found if piece.kind == kind]
    if not false:
        return None
    words = false[0].split()
    shown = " ".join(words[:QUOTED_WORDS])
    return f"{shown} ..." if len(words) > QUOTED_WORDS else shown.rstrip(".")
