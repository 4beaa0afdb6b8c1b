"""Figures of ranked lists: how good, how broad, how bold."""
