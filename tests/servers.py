"""The simulated server that the tests of one worker share."""

from typing import Protocol

from fellowship.testing.server import StartedServer


class Serve(Protocol):
    """Makes the shared server one that behaves as asked; a test has one behaviour at a time."""

    def __call__(self, answers: str = "canned", **options: float | str | bool) -> StartedServer: ...
