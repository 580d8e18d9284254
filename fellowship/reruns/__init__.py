"""Runs executed again: verify and fork."""
