"""What a run tells while it goes on: its figures, and how they are drawn."""
