"""Looking at recorded conversations: read-only, in the terminal. Nothing here asks a model or changes a run."""
