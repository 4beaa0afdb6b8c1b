"""Ratings, purchases and clicks: who, what, how much, when; read from a stranger's file and checked.

reading                   a file, or a table in memory, to interactions
sources                   finding the table, and which of its columns is which (what they may be: tabular.interaction_columns)
ids, ratings, times       cells to numbers
orders, repeats, core     order lines, events and returns; several rows of a pair; the filter by least numbers of rows
items                     the tables of items and users
doubts                    what is odd about interactions that can be read
"""

from casestudies.tabular.interactions.checked import CheckedInteractions
from casestudies.tabular.interactions.frame import interactions_of
from casestudies.tabular.interactions.interactions import DAY, Grouped, Interactions
from casestudies.tabular.interactions.options import Options, SideTable
from casestudies.tabular.interactions.reading import read_interactions

__all__ = [
    "DAY",
    "CheckedInteractions",
    "Grouped",
    "Interactions",
    "Options",
    "SideTable",
    "interactions_of",
    "read_interactions",
]
