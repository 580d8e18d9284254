"""Rate limiting: one limiter for each quota of a provider."""
