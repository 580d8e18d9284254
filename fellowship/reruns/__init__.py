"""Executing recorded runs again: verify and fork."""
