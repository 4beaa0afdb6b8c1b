"""The credit card and its decisions beside its peers: `python -m benchmarks.credit [--row NAME] [--list] [--quick]`."""
