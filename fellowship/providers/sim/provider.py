"""The provider of simulated models. A simulated model reads the text of the request, as a real one does, and replies in
the requested format; its profile defines its skill, biases and error rates.

The reply is a function of the seed, the request's text and the occurrence of the ask.
"""

import re
from collections.abc import Callable

from fellowship.protocols.completions import Completion, Finish, Request, Usage
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.sections import read_section, read_sections
from fellowship.providers.sim import profiles
from fellowship.providers.sim.critiques import write_critique
from fellowship.providers.sim.drafts import revise_draft, write_draft
from fellowship.providers.sim.json_instance import json_instance
from fellowship.providers.sim.judging import explanation, perceived
from fellowship.providers.sim.latent_quality import clipped
from fellowship.providers.sim.profiles import Profile
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
        text, finish = sim_reply.reply()
        prompt_tokens = sum(len(message["content"]) for message in request.messages) // 4
        max_tokens = request.sampling.get("max_tokens")
        if max_tokens is not None and len(text) > 4 * max_tokens:
            text, finish = text[: 4 * max_tokens], "length"
        return Completion(
            text=text,
            finish=finish,
            usage=Usage(prompt_tokens=prompt_tokens, completion_tokens=max(1, len(text) // 4)),
            served_model=request.model,
            latency_s=sim_reply.profile.first_token_s + len(text) / 4 / sim_reply.profile.tokens_per_s,
            simulated=True,
        )

    async def close(self) -> None:
        """Do nothing: there are no connections."""


class SimReply:
    """The simulated model's reply to one request."""

    def __init__(self, seed: int, request: Request) -> None:
        self.profile = profile_of(request.model)
        self.messages = request.messages
        self.asked = self.messages[-1]["content"]
        self.system = self.messages[0]["content"] if self.messages[0]["role"] == "system" else ""
        own_seed = str(request.sampling.get("seed", ""))
        self.origin = (str(seed), self.profile.name, own_seed, str(request.key.occurrence))
        self.rng = seeded(*self.origin, *(message["content"] for message in self.messages))

    def reply(self) -> tuple[str, Finish]:
        """The text and the finish reason."""
        write = next((write for marker, write in REPLY_FORMATS.items() if marker in self.system), None)
        if write is None:
            return self._answer()
        if self.rng.random() < self.profile.malformed_rate:
            return self.rng.choice(MALFORMED), "stop"
        return write(self), "stop"

    def _answer(self) -> tuple[str, Finish]:
        profile = self.profile
        drafts = [message["content"] for message in self.messages if message["role"] == "assistant"]
        question = self._question()
        critiques = read_sections("critique", self.asked) or read_sections("message", self.asked)
        if drafts and critiques:
            critique = "\n".join(critiques)
            return revise_draft(self.rng, question, drafts[-1], critique, profile.skill, profile.verbosity), "stop"
        text = write_draft(self.rng, question, profile.skill, profile.verbosity, refusal_rate=profile.refusal_rate)
        return text, "stop"

    def _question(self) -> str:
        shown = read_section("question", self._first_user_text())
        return shown if shown is not None else self._first_user_text()

    def _first_user_text(self) -> str:
        return next((message["content"] for message in self.messages if message["role"] == "user"), self.asked)

    def _answers(self) -> tuple[str, str]:
        text = self._first_user_text()
        return read_section("answer_a", text) or "", read_section("answer_b", text) or ""

    def review(self) -> str:
        """A critique with a score."""
        draft = read_section("answer", self._first_user_text()) or ""
        review = write_critique(self.rng, self._question(), draft, self.profile.acuity)
        top = self._top()
        return f"{review.text}\n\nOverall score: {review.score * top / 10:.1f}/{top:g}"

    def advice(self) -> str:
        """A critique without a score."""
        draft = read_section("answer", self._first_user_text()) or ""
        return write_critique(self.rng, self._question(), draft, self.profile.acuity).text

    def single_score(self) -> str:
        """One answer's score."""
        draft = read_section("answer", self._first_user_text()) or ""
        top = self._top()
        score = self._scaled(self._perceived(draft, 2), top)
        return f"The answer stands on its own merits here.\n\nOverall score: {score:g}/{top:g}"

    def pair_scores(self) -> str:
        """Both answers' scores."""
        first, second = self._both()
        top = self._top()
        reasons = self._reasons(first, second)
        a, b = self._scaled(first, top), self._scaled(second, top)
        return f"{reasons}\n\nScore A: {a:g}/{top:g}\nScore B: {b:g}/{top:g}"

    def choice(self) -> str:
        """The better answer."""
        first, second = self._both()
        letter = "C" if abs(first - second) <= self.profile.tie_width else "A" if first > second else "B"
        return f"{self._reasons(first, second)}\n\nAnswer: {letter}"

    def argument(self) -> str:
        """A contribution to a debate."""
        first, second = self._both()
        leaning = "A" if first > second else "B"
        return f"{self._reasons(first, second)} I lean towards answer {leaning}."

    def json_object(self) -> str:
        """An object that fits the schema asked for."""
        return json_instance(self.rng, self.system.partition(SCHEMA)[2], self._first_user_text())

    def _both(self) -> tuple[float, float]:
        first, second = (self._perceived(answer, seat) for seat, answer in enumerate(self._answers(), start=1))
        leanings = LEANING.findall(self.asked)
        if leanings:
            pull = PEER_WEIGHT * (leanings.count("A") - leanings.count("B")) / len(leanings)
            first, second = first + pull, second - pull
        return clipped(first), clipped(second)

    def _perceived(self, answer: str, seat: int) -> float:
        """The score of an answer: a fixed opinion, equal in both seats but for seat bias, plus noise per request."""
        opinion = seeded(*self.origin, self.system, self._question(), answer)
        noise = self.rng.gauss(0, ORDER_NOISE * self.profile.judge_noise)
        return perceived(opinion, self.profile, self._question(), answer, seat) + noise

    def _reasons(self, first: float, second: float) -> str:
        answers = self._answers()
        return explanation(self.rng, self._question(), *answers, (first, second), tie_width=self.profile.tie_width)

    def _top(self) -> float:
        found = TOP.search(self.system)
        return float(found.group(1)) if found else 10.0

    def _scaled(self, score: float, top: float) -> float:
        """A score out of 10 on another scale, rounded to a twentieth of it as models do."""
        return round(clipped(score) * 2) / 20 * top


REPLY_FORMATS: dict[str, Callable[[SimReply], str]] = {
    SCHEMA: SimReply.json_object,
    "Answer: A or B or C": SimReply.choice,
    "Score A: X/": SimReply.pair_scores,
    "one paragraph of at most 120 words": SimReply.argument,
    "Write your advice as a short list. End with": SimReply.review,
    "Write your advice as a short list.": SimReply.advice,
    "Overall score: X/": SimReply.single_score,
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
        return profiles.profile(model.partition("/")[2])
    except ValueError as error:
        raise ConfigurationError(f"{model}: {error}") from error
