"""Pure functions over arrays and plain records: agreement, rates, biases, each with an interval and an n.

Nothing here has heard of agents, runs or files. A random function takes the generator it draws from, so a number can
be had again. Take what you need from its module; this one imports nothing, so that it costs nothing.
"""
