"""Fakes for the tests of those who use fellowship; the server is in `fellowship.testing.server`."""

from fellowship.testing.scripted_provider import ScriptedProvider

__all__ = ["ScriptedProvider"]
