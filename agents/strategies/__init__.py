"""The strategies, one per module: `NAME.py` defines `NAME_strategy`, a Strategy or a function from its scale to one."""
