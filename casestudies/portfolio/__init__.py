"""Portfolios within constraints: what to hold, which wishes quarrel, and what choosing so delivered.

>>> from casestudies import portfolio
>>> answer = portfolio.study(None, portfolio.Wishes(cap=0.15), walk=False)
>>> int((answer.portfolio.weights == 0).sum()) > 0
True
"""

from casestudies.portfolio.answer import Answer, study
from casestudies.portfolio.conflicts import Conflict, conflict_of
from casestudies.portfolio.delivered import Delivered, walk_forward
from casestudies.portfolio.estimates import Estimate, estimate
from casestudies.portfolio.frontier import Frontier, Portfolio, frontier, optimised
from casestudies.portfolio.market import Market, synthetic_market
from casestudies.portfolio.problem import Wishes
from casestudies.portfolio.reading import read_market

__all__ = [
    "Answer",
    "Conflict",
    "Delivered",
    "Estimate",
    "Frontier",
    "Market",
    "Portfolio",
    "Wishes",
    "conflict_of",
    "estimate",
    "frontier",
    "optimised",
    "read_market",
    "study",
    "synthetic_market",
    "walk_forward",
]
