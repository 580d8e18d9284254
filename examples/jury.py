"""Three jurors vote on labelled comparisons; a debate of three personas decides the same ones.

Try it without a key, in this folder:  FELLOWSHIP_MODEL=sim/mid fellowship run jury.py
"""

from fellowship import Juror, run
from fellowship.scenarios import debate, jury, panel

votes = run(
    jury,
    prompts="comparisons.jsonl",
    out="runs/jury",
    jurors=[Juror("openai/gpt-4o"), Juror("together/google/gemma-2-27b-it"), Juror("groq/llama-3.1-70b-versatile")],
)
arguments = run(debate, prompts="comparisons.jsonl", out="runs/debate", debaters=panel("openai/gpt-4o"), rounds=2)
print(votes, arguments, sep="\n")
both = [(a["decision"], b["decision"]) for a, b in zip(votes.rows(), arguments.rows(), strict=True)]
decided = [pair for pair in both if "failed" not in pair]  # a failure is no decision, so it agrees with nothing
print(f"jury and debate agree on {sum(a == b for a, b in decided)} of {len(decided)} comparisons both decided")
