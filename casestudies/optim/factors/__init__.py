"""Matrix factorisation on the core: users and items as vectors, learnt from some cells of their table.

`minimise(FactorObjective(user, item, rating, shape, ...), FactorAdam(rate, epochs))` learns from ratings,
`minimise(WholeObjective(...), AlternatingSquares())` from the whole table. Compiled loops are loaded when a fit is made.
"""

from casestudies.optim.factors.adam import FactorAdam, FactorState
from casestudies.optim.factors.alternating import AlternatingSquares, AlternatingState, WholeObjective
from casestudies.optim.factors.bags import history, summed
from casestudies.optim.factors.objective import FactorObjective, Layout
from casestudies.optim.factors.snapshots import mean_of
from casestudies.optim.factors.tables import Bag, Tables

__all__ = [
    "AlternatingSquares",
    "AlternatingState",
    "Bag",
    "FactorAdam",
    "FactorObjective",
    "FactorState",
    "Layout",
    "Tables",
    "WholeObjective",
    "history",
    "mean_of",
    "summed",
]
