"""Recommenders on MovieLens, beside those of others."""
