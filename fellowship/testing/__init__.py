"""Fakes for tests of code that uses fellowship; the simulated server is in `fellowship.testing.server`."""

from fellowship.testing.scripted_provider import ScriptedProvider

__all__ = ["ScriptedProvider"]
