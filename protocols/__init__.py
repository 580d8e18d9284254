"""Ground floor: typed messages, requests and completions, interfaces, errors. Pure: no I/O, no clock, no randomness."""
