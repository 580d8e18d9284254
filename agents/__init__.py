"""One role per file: its instructions, how it shows messages to a model, and how it reads the reply."""
