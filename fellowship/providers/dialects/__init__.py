"""The wire formats of servers, one per module: `NAME.py` defines `NAME_dialect`, a Dialect."""
