"""Ways down an objective."""

from casestudies.optim.methods.base import Method, State
from casestudies.optim.methods.newton import NewtonCG, NewtonState
from casestudies.optim.methods.proximal import ProxNewton, ProxNewtonState

__all__ = ["Method", "NewtonCG", "NewtonState", "ProxNewton", "ProxNewtonState", "State"]
