"""The optimisation core: `minimise(Objective(design, y, loss, penalty, weights), method)`.

Three axes (loss, penalty, design) make an objective, a method knows the way down, and one loop takes the steps. All of
it works on blocks of problems that share the rows, and every result says how far from the optimum it may be. This room
knows arrays only.
"""

from casestudies.optim import designs, losses, methods, penalties
from casestudies.optim.designs import Codes, Dense, Design, Sparse, Tile
from casestudies.optim.diagnosis import Finding, diagnose
from casestudies.optim.least_squares import least_squares
from casestudies.optim.losses import ALL_LOSSES, Logistic, Loss, Multinomial
from casestudies.optim.methods import Method, NewtonCG, NewtonState, ProxNewton, ProxNewtonState, State
from casestudies.optim.objective import Curvature, Evaluation, Objective
from casestudies.optim.path import PathSolution, path
from casestudies.optim.penalties import ALL_PENALTIES, L1, L2, ElasticNet, Penalty
from casestudies.optim.reasons import Reason
from casestudies.optim.saving import load, save
from casestudies.optim.solve import Certificate, Solution, minimise
from casestudies.optim.stopping import Asked, Patience, Steps, Stop, Suboptimality
from casestudies.optim.trace import Trace

__all__ = [
    "ALL_LOSSES",
    "ALL_PENALTIES",
    "L1",
    "L2",
    "Asked",
    "Certificate",
    "Codes",
    "Curvature",
    "Dense",
    "Design",
    "ElasticNet",
    "Evaluation",
    "Finding",
    "Logistic",
    "Loss",
    "Method",
    "Multinomial",
    "NewtonCG",
    "NewtonState",
    "Objective",
    "PathSolution",
    "Patience",
    "Penalty",
    "ProxNewton",
    "ProxNewtonState",
    "Reason",
    "Solution",
    "Sparse",
    "State",
    "Steps",
    "Stop",
    "Suboptimality",
    "Tile",
    "Trace",
    "designs",
    "diagnose",
    "least_squares",
    "load",
    "losses",
    "methods",
    "minimise",
    "path",
    "penalties",
    "save",
]
