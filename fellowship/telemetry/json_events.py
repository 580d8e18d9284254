"""The progress of a run for programs: a JSON line at its start, one every ten seconds, and one at its end."""

import contextlib
import dataclasses
import os
from typing import Any, Self, TextIO

from fellowship.formatting.json_lines import print_json
from fellowship.telemetry.metrics import Metrics


class JsonEvents:
    """Prints the events `launch` and `progress`. A closed pipe does not stop the run."""

    def __init__(self, metrics: Metrics, out: TextIO, *, every_s: float = 10.0) -> None:
        self._metrics, self._out, self._every_s = metrics, out, every_s
        self._last_s = metrics.now()

    def refresh(self) -> None:
        """Print a line, if ten seconds have passed since the last one."""
        if self._metrics.now() - self._last_s >= self._every_s:
            self._last_s = self._metrics.now()
            self._print(progress_event(self._metrics))

    def __enter__(self) -> Self:
        self._print(launch_event(self._metrics))
        return self

    def __exit__(self, *_: object) -> None:
        self._print(progress_event(self._metrics))

    def _print(self, event: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):
            print_json(event, self._out)


def launch_event(metrics: Metrics) -> dict[str, Any]:
    """The event at the start; earlier starts have carried out `done` of `total` conversations."""
    return {
        "event": "launch",
        "scenario": metrics.label,
        "folder": _folder_name(metrics),
        "total": metrics.total,
        "done": metrics.n_done,
        "simulated": metrics.simulated,
        "pid": os.getpid(),
    }


def progress_event(metrics: Metrics) -> dict[str, Any]:
    """The event with all figures; null where one is unknown."""
    spend, projected, eta = metrics.spend_usd, metrics.projected_usd, metrics.eta
    providers = {each.name: dataclasses.asdict(each) for each in metrics.providers()}
    return {
        "event": "progress",
        "folder": _folder_name(metrics),
        "done": metrics.n_done,
        "failed": metrics.n_failed,
        "total": metrics.total,
        "under_way": metrics.n_in_progress,
        "elapsed_s": round(metrics.elapsed_s, 3),
        "per_minute": round(metrics.per_minute, 3),
        "eta_s": None if eta is None else round(eta.expected_s, 1),
        "eta_low_s": None if eta is None else round(eta.low_s, 1),
        "eta_high_s": None if eta is None else round(eta.high_s, 1),
        "spend_usd": None if spend is None else float(spend),
        "projected_usd": None if projected is None else float(projected),
        "prompt_tokens": metrics.prompt_tokens,
        "completion_tokens": metrics.completion_tokens,
        "asked": metrics.n_asked,
        "requests": metrics.n_requests,
        "unreadable": metrics.n_unreadable,
        "repaired": metrics.n_repaired,
        "simulated": metrics.simulated,
        "waits_for": metrics.waits_for,
        "last_error": metrics.last_error,
        "providers": providers,
    }


def _folder_name(metrics: Metrics) -> str | None:
    return None if metrics.folder is None else str(metrics.folder)
