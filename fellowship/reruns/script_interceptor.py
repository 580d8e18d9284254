"""A script executed again for the sake of one of its runs: to verify it, or to fork a conversation of it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, TypeVar

from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.summary import RunSummary, summarize
from fellowship.storage.recorded_run import JOURNAL, RecordedRun

RunResultT = TypeVar("RunResultT")


class StopScript(BaseException):
    """The run has been dealt with; what the script would do after it is of no interest."""


class ScriptInterceptor(Generic[RunResultT]):
    """Does `work` with the call of `run(...)` that made the run in `folder`; earlier runs are as they are recorded.

    `made_in` is the folder it was made in, where it has been copied, renamed or set aside since.
    """

    def __init__(
        self, folder: Path, work: Callable[[RunSpec], Awaitable[RunResultT]], *, made_in: str | None = None
    ) -> None:
        self._folder, self._work = folder.resolve(), work
        self._places = {self._folder, Path(made_in) if made_in else self._folder}
        self.result: RunResultT | None = None
        self._others: list[str] = []

    async def __call__(self, spec: RunSpec) -> RunSummary:
        """For `Overrides.intercept`."""
        if spec.folder is not None and spec.folder.resolve() in self._places:
            self.result = await self._work(spec)
            raise StopScript
        self._others.append(str(spec.folder.resolve()) if spec.folder is not None else "memory")
        if spec.folder is None or not (spec.folder / JOURNAL).is_file():
            raise ConfigurationError(
                f"the script has a run in {spec.folder or 'memory'} before that in {self._folder}, and it is not "
                "recorded; carry the script out first"
            )
        recorded = RecordedRun.open(spec.folder)
        return summarize(recorded, sum(recorded.counts().values()), 0)

    def done(self) -> RunResultT:
        """What came of it; ConfigurationError when the script never came to the run."""
        if self.result is None:
            there = f"; its runs are in {', '.join(self._others)}" if self._others else ""
            raise ConfigurationError(
                f"the script has no run in {self._folder}{there}; name the script with --script, in the folder that "
                "its out= starts from"
            )
        return self.result
