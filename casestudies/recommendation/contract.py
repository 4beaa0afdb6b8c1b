"""What tables of interactions, items and users mean: the columns the study knows by name.

They are kept beside their reader; further columns of items and users become side features by what they hold.
"""

from __future__ import annotations

from casestudies.tabular.interaction_columns import ITEMS, ROWS, USERS

__all__ = ["CONTRACT", "ITEMS", "USERS"]

CONTRACT = ROWS
