"""Decisions in money: what each outcome costs, where to cut, whom to act on, and what that saves.

One idea carries the room: in every row, cost = base + slope * act. `CostMatrix` is what the analyst writes, `Costs`
the four arrays it gives on a table, `Rule` how to decide, `Decider` the rule fitted on validation rows, `campaign` who gets
which offer where money or hands are short.
"""

from casestudies.decisions.baselines import Baselines, Constant, constant_baselines
from casestudies.decisions.breakeven import campaign_break_even, row_break_even
from casestudies.decisions.campaign import Campaign, Frontier, campaign, frontier
from casestudies.decisions.complaints import complaints
from casestudies.decisions.control import ControlSize, control_size, draw_control
from casestudies.decisions.costs import Costs
from casestudies.decisions.cuts import Cut, ProfitCurve
from casestudies.decisions.deciders import Decider
from casestudies.decisions.matrix import CostMatrix
from casestudies.decisions.retention import Retention
from casestudies.decisions.rules import Rule
from casestudies.decisions.swaps import Swapped, SwapSet, swap_set

__all__ = [
    "Baselines",
    "Campaign",
    "Constant",
    "ControlSize",
    "CostMatrix",
    "Costs",
    "Cut",
    "Decider",
    "Frontier",
    "ProfitCurve",
    "Retention",
    "Rule",
    "SwapSet",
    "Swapped",
    "campaign",
    "campaign_break_even",
    "complaints",
    "constant_baselines",
    "control_size",
    "draw_control",
    "frontier",
    "row_break_even",
    "swap_set",
]
