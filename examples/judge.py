"""One judge decides labelled comparisons, in both seat orders, and is held against the labels.

With any OpenAI-compatible server of yours, in this folder:
    OPENAI_BASE_URL=http://127.0.0.1:8000/v1 fellowship run judge.py --model judge=openai/my-model
"""

import numpy as np

from fellowship import Judge, run
from fellowship.scenarios import judge
from fellowship.statistics.agreement import agreement
from fellowship.studies.meta_evaluation import decisions_and_labels

summary = run(judge, prompts="comparisons.jsonl", out="runs/judge", judge=Judge("openai/gpt-4o"))
verdicts, labels = decisions_and_labels(summary)
agreed = agreement(verdicts, labels, rng=np.random.default_rng(0))
print(summary)
print(f"kappa {agreed.kappa} n={agreed.kappa.n} failed={agreed.n_failed}")
