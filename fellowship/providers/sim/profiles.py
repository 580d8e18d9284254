"""The profiles of the simulated models."""

import difflib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one simulated model writes, reviews, judges and answers.

    skill, verbosity, acuity: in [0, 1]; how true it writes, how much filler it adds, how many defects it finds.
    judge_noise: standard deviation of the noise on each score it gives, in points of 10.
    seat_bias: points added to the score of the first seat.
    length_bias: points added per 100 words beyond 60 (taken away below), at most 3 either way.
    tie_width: score differences up to this many points count as a tie.
    malformed_rate, refusal_rate: fractions in [0, 1] of its replies that break the asked format, or refuse.
    tokens_per_s, first_token_s: simulated generation speed and time to first token in seconds.
    """

    name: str
    skill: float
    verbosity: float
    acuity: float
    judge_noise: float
    seat_bias: float = 0.0
    length_bias: float = 0.0
    tie_width: float = 0.5
    malformed_rate: float = 0.0
    refusal_rate: float = 0.01
    tokens_per_s: float = 80.0
    first_token_s: float = 0.3


_PROFILES = (
    Profile(name="weak", skill=0.2, verbosity=0.6, acuity=0.3, judge_noise=2.5, seat_bias=0.4, tokens_per_s=150.0),
    Profile(name="mid", skill=0.55, verbosity=0.4, acuity=0.6, judge_noise=1.2, seat_bias=0.2),
    Profile(name="strong", skill=0.9, verbosity=0.2, acuity=0.9, judge_noise=0.5, tokens_per_s=50.0, first_token_s=0.6),
    Profile(name="biased", skill=0.55, verbosity=0.4, acuity=0.6, judge_noise=1.0, seat_bias=2.5),
    Profile(name="wordy", skill=0.55, verbosity=0.9, acuity=0.6, judge_noise=1.0, length_bias=2.5),
    Profile(name="sloppy", skill=0.5, verbosity=0.5, acuity=0.5, judge_noise=1.5, malformed_rate=0.1),
    Profile(name="scribe", skill=0.4, verbosity=0.8, acuity=0.5, judge_noise=1.5, tokens_per_s=120.0),
    Profile(name="scholar", skill=0.8, verbosity=0.3, acuity=0.85, judge_noise=0.7, tokens_per_s=60.0),
    Profile(name="poet", skill=0.3, verbosity=0.5, acuity=0.4, judge_noise=2.0, refusal_rate=0.03),
)

PROFILES: dict[str, Profile] = {profile.name: profile for profile in _PROFILES}


def profile(name: str) -> Profile:
    """The profile of that name; ValueError with the nearest and all known names if it is unknown."""
    if name in PROFILES:
        return PROFILES[name]
    near = difflib.get_close_matches(name, PROFILES, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]!r}? " if near else ""
    raise ValueError(f"unknown simulated model {name!r}; {guess}known: {', '.join(PROFILES)}")
