"""Observation of a run in progress: metrics, progress displays, logs, traces."""
