"""Peers side by side: each module is run by itself (`python -m benchmarks.NAME`) and writes `results/NAME.json`."""
