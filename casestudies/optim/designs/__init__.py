"""How the rows are held."""

from casestudies.optim.designs.base import Design, Tile
from casestudies.optim.designs.dense import Dense

__all__ = ["Dense", "Design", "Tile"]
