"""Files: the journal of a run, prompts and comparisons, recorded replies."""
