"""Rate limiting: one rate limiter for each quota of a provider."""
