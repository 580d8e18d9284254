"""Intercepts the `run(...)` call of a script that made a given run, for `verify` and `fork`."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, TypeVar

from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.own_contents import own_contents
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.summary import RunSummary, summarize
from fellowship.storage.recorded_run import JOURNAL, RecordedRun

RunResultT = TypeVar("RunResultT")


class StopScript(BaseException):
    """Ends the script when the intercepted call has returned."""


class ScriptInterceptor(Generic[RunResultT]):
    """Passes the `run(...)` call that made the run in `folder` to `work`; earlier calls return their recorded runs.

    `made_in` is the original folder of a run that was copied or renamed since.
    """

    def __init__(
        self, folder: Path, work: Callable[[RunSpec], Awaitable[RunResultT]], *, made_in: str | None = None
    ) -> None:
        self._folder, self._work = folder.resolve(), work
        self._folders = {self._folder, Path(made_in) if made_in else self._folder}
        self.result: RunResultT | None = None
        self._other_folders: list[str] = []

    async def __call__(self, spec: RunSpec) -> RunSummary:
        """Handle one call of `run(...)`, as `Overrides.intercept`."""
        if spec.folder is not None and spec.folder.resolve() in self._folders:
            self.result = await self._work(spec)
            raise StopScript
        self._other_folders.append(str(spec.folder.resolve()) if spec.folder is not None else "memory")
        if spec.folder is None or not (spec.folder / JOURNAL).is_file():
            raise ConfigurationError(
                f"the script has a run in {spec.folder or 'memory'} before that in {self._folder}, and it is not "
                "recorded; run the script first"
            )
        recorded = RecordedRun.open(spec.folder, own_contents(spec.scenario, spec.agents()))
        return summarize(recorded, sum(recorded.counts().values()), 0)

    def done(self) -> RunResultT:
        """The result of `work`; ConfigurationError if the script did not reach the run."""
        if self.result is None:
            there = f"; its runs are in {', '.join(self._other_folders)}" if self._other_folders else ""
            raise ConfigurationError(
                f"the script has no run in {self._folder}{there}; name the script with --script, in the folder that "
                "its out= starts from"
            )
        return self.result
