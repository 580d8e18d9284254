"""What a script will ask, cost and take: its runs rehearsed on simulated models, and what their folders hold."""
