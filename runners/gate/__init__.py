"""The gate: what goes out to one quota, when, in which order, and what happens when the server does not want it."""
