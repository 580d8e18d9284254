"""Carrying out many conversations: the ask with its journal, the workers, the run, and the study made of runs."""
