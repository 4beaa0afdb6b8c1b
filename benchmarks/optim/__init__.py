"""The optimisation core beside its peers: `python -m benchmarks.optim [--row NAME] [--list] [--quick]`."""
