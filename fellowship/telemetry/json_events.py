"""The progress of a run as JSON objects for programs."""

import dataclasses
import os
from typing import Any

from fellowship.telemetry.metrics import Metrics


def launch_event(metrics: Metrics) -> dict[str, Any]:
    """The event at the start; earlier starts have carried out `done` of `total` conversations."""
    run = {"scenario": metrics.label, "folder": metrics.folder and str(metrics.folder), "total": metrics.total}
    return {"event": "launch", **run, "done": metrics.n_done, "simulated": metrics.simulated, "pid": os.getpid()}


def progress_event(metrics: Metrics) -> dict[str, Any]:
    """The event with all figures; null where one is unknown."""
    spend, projected = metrics.spend_usd, metrics.projected_usd
    expected_s, low_s, high_s = (None,) * 3 if metrics.eta is None else (round(each, 1) for each in metrics.eta)
    return {
        "event": "progress",
        "folder": metrics.folder and str(metrics.folder),
        "done": metrics.n_done,
        "failed": metrics.n_failed,
        "total": metrics.total,
        "under_way": metrics.n_in_progress,
        "elapsed_s": round(metrics.elapsed_s, 3),
        "per_minute": round(metrics.per_minute, 3),
        "eta_s": expected_s,
        "eta_low_s": low_s,
        "eta_high_s": high_s,
        "spend_usd": None if spend is None else float(spend),
        "projected_usd": None if projected is None else float(projected),
        "prompt_tokens": metrics.prompt_tokens,
        "completion_tokens": metrics.completion_tokens,
        "unknown_usage": metrics.n_unknown_usage,
        "asked": metrics.n_asked,
        "requests": metrics.n_requests,
        "unreadable": metrics.n_unreadable,
        "repaired": metrics.n_repaired,
        "simulated": metrics.simulated,
        "waits_for": metrics.waits_for,
        "last_error": metrics.last_error,
        "providers": {each.name: dataclasses.asdict(each) for each in metrics.providers()},
    }
