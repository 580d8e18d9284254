"""What the commands print about runs: lists, comparisons, estimates, studies."""
