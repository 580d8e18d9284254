"""Published figures recomputed from recorded replies."""
