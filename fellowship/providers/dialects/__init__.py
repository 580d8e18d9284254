"""Wire formats: what a kind of server is sent, and how its responses are read."""
