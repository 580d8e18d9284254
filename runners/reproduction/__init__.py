"""Published figures beside ours, from recorded replies."""
