"""A generator and a reviewer improve answers together.

Try it without a key, in this folder:  FELLOWSHIP_MODEL=sim/mid fellowship run feedback_loop.py
"""

from fellowship import Generator, Reviewer, run
from fellowship.scenarios import feedback_loop

summary = run(
    feedback_loop,
    prompts="prompts.jsonl",
    out="runs/loop",
    rounds=3,
    generator=Generator("together/meta-llama/Llama-3.1-8B-Instruct"),
    reviewer=Reviewer("together/google/gemma-2-9b-it"),
)
print(summary)  # a second start of the script continues where it stopped and makes no call twice
