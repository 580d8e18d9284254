"""Seeded simulated models: a small text world with known latent quality, for demos and tests without a network."""
