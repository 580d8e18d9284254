"""What a run will ask, cost and take, before it is started: `check`, `plan` and `--dry-run`."""
