"""A recorded request is read back from its own journal, whatever has become of the role's code and the messages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fellowship.agents.generator import Generator
from fellowship.protocols.completions import Request
from fellowship.protocols.content import ChatMessage
from fellowship.protocols.messages import Message
from fellowship.reruns.api import fork, verify
from fellowship.storage.recorded_run import RecordedRun
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, improved, scripted_run, told

WORDING = "Rewrite this text, so that nobody has to read any of its sentences twice:"


class Writer(Generator):
    """A role whose rendering is edited between runs."""

    wording = WORDING

    def render(self, messages: Sequence[Message[Any]]) -> tuple[ChatMessage, ...]:
        """All texts in one message."""
        texts = "\n".join(message.content.text for message in messages)
        return ({"role": "user", "content": f"{self.wording}\n{texts}"},)


class EditedWriter(Writer):
    """The same role after an edit."""

    wording = "Improve it:"


def long_reply(request: Request) -> str:
    return f"{told(request)}. " * 100


def ran(folder: Path, writer: Writer, **options: Any) -> ScriptedProvider:
    """The provider of a run of one conversation of several drafts by this writer."""
    provider = ScriptedProvider(long_reply)
    scripted_run(improved, folder, provider, prompts=["A question?"], generator=writer, **options)
    return provider


def requests(folder: Path) -> list[tuple[int, Any]]:
    """Occurrence and messages of every recorded attempt, in the order of the attempts."""
    with RecordedRun.open(folder) as run:
        asks = sorted(run.asks("c00000"), key=lambda ask: (ask.attempt.number, ask.key.occurrence))
        return [(ask.key.occurrence, ask.request["messages"]) for ask in asks]


def sent(provider: ScriptedProvider) -> list[tuple[int, Any]]:
    return [(request.key.occurrence, list(request.messages)) for request in provider.requests]


def test_every_attempt_has_the_request_that_was_sent_for_it(tmp_path: Path) -> None:
    """Those of the old rendering stay when an edited role asks again, and its messages replace theirs."""
    first = ran(tmp_path, Writer(MODEL, name="generator"))

    second = ran(tmp_path, EditedWriter(MODEL, name="generator"), accept_changes=True)

    assert requests(tmp_path) == [*sent(first), *sent(second)]
    assert len(sent(second)) == len(sent(first)) > 1


def test_verify_prints_the_recorded_text_after_an_edit(tmp_path: Path) -> None:
    """Of a run whose every request is stored as pieces."""
    ran(tmp_path, Writer(MODEL, name="generator"))

    found = verify(
        improved, of=tmp_path, providers={"fake": ScriptedProvider([])}, generator=EditedWriter(MODEL, name="generator")
    )

    assert {difference.kind for difference in found.differences} == {"prompt"}
    assert all(f"-{WORDING}" in difference.changes for difference in found.differences)
    assert all("+Improve it:" in difference.changes for difference in found.differences)


def test_edits_forks_and_reused_replies_keep_their_requests_in_their_own_journal(tmp_path: Path) -> None:
    """They can be read when the run that they come from is gone."""
    writer = Writer(MODEL, name="generator")
    original = ran(tmp_path / "run", writer)
    reusing = ran(tmp_path / "reusing", writer, reuse=tmp_path / "run")
    live = ScriptedProvider(long_reply)
    forked = fork(
        improved,
        of=tmp_path / "run",
        conversation="c00000",
        at=2,
        text="An edit.",
        providers={"fake": live},
        generator=writer,
    )
    (tmp_path / "run" / "journal.sqlite").unlink()

    assert reusing.requests == []
    assert requests(tmp_path / "reusing") == sent(original)
    assert forked.folder is not None
    edited, *rest = requests(forked.folder)
    assert edited == sent(original)[0]
    assert rest == sent(live)
    assert "An edit." in rest[0][1][0]["content"]
