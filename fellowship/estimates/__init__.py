"""Dry runs of scripts, and estimates of their asks, tokens, cost and time: `check`, `plan` and `--dry-run`."""
