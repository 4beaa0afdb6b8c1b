"""A search for better settings that knows no study: a space, goals, and a trial that scores settings fold by fold.

space, narrowing        what is searched, and how a user searches less of it
goal, budget            what counts, and how long it may take
methods                 what is tried next: grid, Sobol and Optuna's samplers by name
journal, lease          trials on the disk, and whose they are: a search goes on after a kill
search, tried           the loop, and what it leaves
pruning                 when a trial is not worth its other folds
gain, pareto            the best beside the defaults, fold by fold; what several goals leave to choose from
importance, outlook     which settings mattered, and what more trials would buy

Optuna is imported when a search begins, not before.
"""

from casestudies.tuning.budget import Budget
from casestudies.tuning.gain import Gain, chosen_apart, gain
from casestudies.tuning.goal import SECONDS, Goal
from casestudies.tuning.importance import importance
from casestudies.tuning.lease import Lease
from casestudies.tuning.methods import METHODS
from casestudies.tuning.narrowing import narrowed
from casestudies.tuning.outlook import expected_best
from casestudies.tuning.pareto import front, knee
from casestudies.tuning.search import Search
from casestudies.tuning.space import Choice, Real, Space, Whole
from casestudies.tuning.tried import History, Tried

__all__ = [
    "METHODS",
    "SECONDS",
    "Budget",
    "Choice",
    "Gain",
    "Goal",
    "History",
    "Lease",
    "Real",
    "Search",
    "Space",
    "Tried",
    "Whole",
    "chosen_apart",
    "expected_best",
    "front",
    "gain",
    "importance",
    "knee",
    "narrowed",
]
