"""Text for people: units, terminal-safe text."""
