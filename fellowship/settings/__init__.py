"""Settings: `fellowship.toml`, the environment, prices and limits."""
