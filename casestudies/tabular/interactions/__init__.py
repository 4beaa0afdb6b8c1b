"""Ratings, purchases and clicks: who, what, how much, when; read from a stranger's file and checked."""

from casestudies.tabular.interactions.interactions import DAY, Grouped, Interactions

__all__ = ["DAY", "Grouped", "Interactions"]
