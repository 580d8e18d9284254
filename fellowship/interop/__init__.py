"""AutoGen: our scenarios as teams, our providers as model clients."""
