"""Pure functions over arrays and plain records: agreement, rates, biases, each with an interval and an n.

Independent of agents, runs and files. Random functions take a generator, so that results are reproducible.
"""
