"""The provider of simulated models. A simulated model reads the text of the request, as a real one does, and replies in
the requested format; its profile defines its skill, biases and error rates.

The reply is a function of the seed, the request's text and the occurrence of the ask.
"""

import re
from collections.abc import Callable

from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.sections import read_section, read_sections
from fellowship.protocols.tokens import count_tokens
from fellowship.providers.sim.critiques import Review, write_critique
from fellowship.providers.sim.drafts import revise_draft, write_draft
from fellowship.providers.sim.json_instance import json_instance
from fellowship.providers.sim.judging import explanation, perceived
from fellowship.providers.sim.latent_quality import clipped
from fellowship.providers.sim.profiles import Profile, profile
from fellowship.providers.sim.seeding import seeded

TOP = re.compile(r"(?:score|Score A): X/(\d+(?:\.\d+)?)")
SCHEMA = "fit this JSON schema:\n"
LEANING = re.compile(r"I lean towards answer ([AB])\b")
ORDER_NOISE = 0.2
PEER_WEIGHT = 0.4


class SimProvider:
    """Serves sim/<profile>: weak, mid, strong and others of `profiles.py`. Free, and without network access."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    async def complete(self, request: Request) -> Completion:
        """The simulated model's completion; ConfigurationError for a profile that does not exist."""
        sim_reply = SimReply(self._seed, request)
        text = sim_reply.text()
        prompt_tokens = max(1, _n_tokens("".join(message["content"] for message in request.messages)))
        max_tokens = request.sampling.get("max_tokens")
        kept = text if max_tokens is None else text[: 4 * max_tokens]
        return Completion(
            text=kept,
            finish="stop" if kept == text else "length",
            usage=Usage(prompt_tokens=prompt_tokens, completion_tokens=max(1, _n_tokens(kept))),
            served_model=request.model,
            latency_s=sim_reply.profile.first_token_s + len(kept) / 4 / sim_reply.profile.tokens_per_s,
            simulated=True,
        )

    async def close(self) -> None:
        """Do nothing: there are no connections."""


def _n_tokens(text: str) -> int:
    """A token for four characters; in other scripts than Latin as many as the vocabularies of real models have."""
    n_tokens = len(text) // 4
    return n_tokens if text.isascii() else max(n_tokens, round(count_tokens(text).expected))


class SimReply:
    """The simulated model's reply to one request."""

    def __init__(self, seed: int, request: Request) -> None:
        self.profile = profile_of(request.model)
        self.messages = request.messages
        self.asked = self.messages[-1]["content"]
        self.system = self.messages[0]["content"] if self.messages[0]["role"] == "system" else ""
        self.shown = next((each["content"] for each in self.messages if each["role"] == "user"), self.asked)
        question = read_section("question", self.shown)
        self.question = self.shown if question is None else question
        own_seed = str(request.sampling.get("seed", ""))
        self.origin = (str(seed), self.profile.name, own_seed, str(request.key.occurrence))
        self.rng = seeded(*self.origin, *(message["content"] for message in self.messages))

    def text(self) -> str:
        """The whole text."""
        write = next((write for marker, write in REPLY_FORMATS.items() if marker in self.system), None)
        if write is None:
            return self._answer()
        if self.rng.random() < self.profile.malformed_rate:
            return self.rng.choice(MALFORMED)
        return write(self)

    def _answer(self) -> str:
        skill, verbosity = self.profile.skill, self.profile.verbosity
        drafts = [message["content"] for message in self.messages if message["role"] == "assistant"]
        critiques = read_sections("critique", self.asked) or read_sections("message", self.asked)
        if drafts and critiques:
            return revise_draft(self.rng, self.question, drafts[-1], "\n".join(critiques), skill, verbosity)
        return write_draft(self.rng, self.question, skill, verbosity, refusal_rate=self.profile.refusal_rate)

    def _review(self) -> Review:
        return write_critique(self.rng, self.question, self._section("answer"), self.profile.acuity)

    def _scored_critique(self) -> str:
        review, top = self._review(), self._top()
        return f"{review.text}\n\nOverall score: {review.score * top / 10:.1f}/{top:g}"

    def _single_score(self) -> str:
        top = self._top()
        score = _scaled(self._perceived(self._section("answer"), 2), top)
        return f"The answer stands on its own merits here.\n\nOverall score: {score:g}/{top:g}"

    def _pair_scores(self) -> str:
        first, second, reasons = self._judgement()
        top = self._top()
        a, b = _scaled(first, top), _scaled(second, top)
        return f"{reasons}\n\nScore A: {a:g}/{top:g}\nScore B: {b:g}/{top:g}"

    def _choice(self) -> str:
        first, second, reasons = self._judgement()
        letter = "C" if abs(first - second) <= self.profile.tie_width else "A" if first > second else "B"
        return f"{reasons}\n\nAnswer: {letter}"

    def _argument(self) -> str:
        first, second, reasons = self._judgement()
        return f"{reasons} I lean towards answer {'A' if first > second else 'B'}."

    def _judgement(self) -> tuple[float, float, str]:
        """The scores of both answers, with the weight of the arguments in a debate, and their explanation."""
        a, b = self._section("answer_a"), self._section("answer_b")
        first, second = self._perceived(a, 1), self._perceived(b, 2)
        if leanings := LEANING.findall(self.asked):
            pull = PEER_WEIGHT * (leanings.count("A") - leanings.count("B")) / len(leanings)
            first, second = first + pull, second - pull
        scores = clipped(first), clipped(second)
        return *scores, explanation(self.rng, self.question, a, b, scores, tie_width=self.profile.tie_width)

    def _perceived(self, answer: str, seat: int) -> float:
        """The score of an answer: a fixed opinion, equal in both seats but for seat bias, plus noise per request."""
        opinion = seeded(*self.origin, self.system, self.question, answer)
        noise = self.rng.gauss(0, ORDER_NOISE * self.profile.judge_noise)
        return perceived(opinion, self.profile, self.question, answer, seat) + noise

    def _section(self, tag: str) -> str:
        return read_section(tag, self.shown) or ""

    def _top(self) -> float:
        found = TOP.search(self.system)
        return float(found.group(1)) if found else 10.0


def _scaled(score: float, top: float) -> float:
    """A score out of 10 on another scale, rounded to a twentieth of it as models do."""
    return round(clipped(score) * 2) / 20 * top


REPLY_FORMATS: dict[str, Callable[[SimReply], str]] = {
    SCHEMA: lambda reply: json_instance(reply.rng, reply.system.partition(SCHEMA)[2], reply.shown),
    "Answer: A or B or C": SimReply._choice,
    "Score A: X/": SimReply._pair_scores,
    "one paragraph of at most 120 words": SimReply._argument,
    "Write your advice as a short list. End with": SimReply._scored_critique,
    "Write your advice as a short list.": lambda reply: reply._review().text,
    "Overall score: X/": SimReply._single_score,
}
MALFORMED = (
    "Both answers have their merits, and it would be unfair to put a number on them.",
    "Score A: 11/10\nScore B: 12/10\nAnswer: D\nOverall score: 14/10",
    "I am sorry, I cannot compare these answers.",
    "Score A: high\nScore B: medium\nOverall score: N/A",
)


def profile_of(model: str) -> Profile:
    """The profile of sim/NAME; ConfigurationError, with the nearest known name, if it is unknown."""
    try:
        return profile(model.partition("/")[2])
    except ValueError as error:
        raise ConfigurationError(f"{model}: {error}") from error
