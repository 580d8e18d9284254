"""How a run stands, for programs: a JSON line when it begins, one every ten seconds, and one at its end."""

import contextlib
import dataclasses
import os
from typing import Any, Self, TextIO

import orjson

from fellowship.telemetry.metrics import Metrics


class JsonEvents:
    """Events `launch` and `progress`; a reader that has gone is no reason to end the run."""

    def __init__(self, metrics: Metrics, out: TextIO, *, every_s: float = 10.0) -> None:
        self._metrics, self._out, self._every_s = metrics, out, every_s
        self._told = metrics.now()

    def tell(self) -> None:
        """A line, when the last one was long enough ago."""
        if self._metrics.now() - self._told >= self._every_s:
            self._told = self._metrics.now()
            self._print(progress_event(self._metrics))

    def __enter__(self) -> Self:
        self._print(launch_event(self._metrics))
        return self

    def __exit__(self, *_: object) -> None:
        self._print(progress_event(self._metrics))

    def _print(self, event: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(orjson.dumps(event).decode(), file=self._out, flush=True)


def launch_event(metrics: Metrics) -> dict[str, Any]:
    """What is begun: `done` of `total` were carried out by earlier starts."""
    return {
        "event": "launch",
        "scenario": metrics.label,
        "folder": _folder(metrics),
        "total": metrics.total,
        "done": metrics.n_done,
        "simulated": metrics.simulated,
        "pid": os.getpid(),
    }


def progress_event(metrics: Metrics) -> dict[str, Any]:
    """All figures; null where one is not known."""
    spend, projected, eta = metrics.spend_usd, metrics.projected_usd, metrics.eta
    providers = {each.name: dataclasses.asdict(each) for each in metrics.providers()}
    return {
        "event": "progress",
        "folder": _folder(metrics),
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


def _folder(metrics: Metrics) -> str | None:
    return None if metrics.folder is None else str(metrics.folder)
