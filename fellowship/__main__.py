"""`python -m fellowship`, the same as the command `fellowship`."""

from fellowship.cli.main import entry

entry()
