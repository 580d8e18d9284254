"""Several runs as one study: evaluator comparison, tournament, preference data."""
