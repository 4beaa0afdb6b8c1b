"""Recommenders: matrix factorisation on the core, and what it has to beat."""
