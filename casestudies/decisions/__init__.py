"""Decisions in money: what each outcome costs, where to cut, whom to act on, and what that saves.

One idea carries the room: in every row, cost = base + slope * act. `CostMatrix` is what the analyst writes, `Costs`
the four arrays it gives on a table, `Rule` how to decide, `Decider` the rule fitted on validation rows.
"""

from casestudies.decisions.baselines import Baselines, Constant, constant_baselines
from casestudies.decisions.complaints import complaints
from casestudies.decisions.costs import Costs
from casestudies.decisions.cuts import Cut, ProfitCurve
from casestudies.decisions.deciders import Decider
from casestudies.decisions.matrix import CostMatrix
from casestudies.decisions.rules import Rule
from casestudies.decisions.swaps import Swapped, SwapSet, swap_set

__all__ = [
    "Baselines",
    "Constant",
    "CostMatrix",
    "Costs",
    "Cut",
    "Decider",
    "ProfitCurve",
    "Rule",
    "SwapSet",
    "Swapped",
    "complaints",
    "constant_baselines",
    "swap_set",
]
