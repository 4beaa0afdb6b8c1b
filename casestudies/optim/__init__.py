"""The optimisation core: `minimise(Objective(design, y, loss, penalty, weights), method)`.

Three axes (loss, penalty, design) make an objective, a method knows the way down, and one loop takes the steps. All of
it works on blocks of problems that share the rows, and every result says how far from the optimum it may be. This room
knows arrays only.
"""

from casestudies.optim.designs import Dense, Design, Tile
from casestudies.optim.diagnosis import Finding, diagnose
from casestudies.optim.losses import ALL_LOSSES, Logistic, Loss
from casestudies.optim.methods import Method, NewtonCG, NewtonState, State
from casestudies.optim.objective import Curvature, Evaluation, Objective
from casestudies.optim.penalties import ALL_PENALTIES, L2, Penalty
from casestudies.optim.reasons import Reason
from casestudies.optim.solve import Certificate, Solution, minimise
from casestudies.optim.stopping import Steps, Stop, Suboptimality
from casestudies.optim.trace import Trace

__all__ = [
    "ALL_LOSSES",
    "ALL_PENALTIES",
    "L2",
    "Certificate",
    "Curvature",
    "Dense",
    "Design",
    "Evaluation",
    "Finding",
    "Logistic",
    "Loss",
    "Method",
    "NewtonCG",
    "NewtonState",
    "Objective",
    "Penalty",
    "Reason",
    "Solution",
    "State",
    "Steps",
    "Stop",
    "Suboptimality",
    "Tile",
    "Trace",
    "diagnose",
    "minimise",
]
