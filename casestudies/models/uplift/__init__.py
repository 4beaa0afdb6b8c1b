"""What a past campaign changed: for whom contacting lowered the chance of leaving, and by how much."""

from casestudies.models.uplift.balance import Balance, balance, propensities
from casestudies.models.uplift.bases import Base, Linear, Trees
from casestudies.models.uplift.campaign import Campaign, too_small
from casestudies.models.uplift.effects import Candidate, Uplift, learn
from casestudies.models.uplift.learners import TLearner, XLearner
from casestudies.models.uplift.learnt import LearntEffect

__all__ = [
    "Balance",
    "Base",
    "Campaign",
    "Candidate",
    "LearntEffect",
    "Linear",
    "TLearner",
    "Trees",
    "Uplift",
    "XLearner",
    "balance",
    "learn",
    "propensities",
    "too_small",
]
