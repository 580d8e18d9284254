"""The interactive viewer of recorded conversations in the terminal. Read-only: it calls no model."""
