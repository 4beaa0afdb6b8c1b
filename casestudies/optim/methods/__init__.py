"""Ways down an objective."""

from casestudies.optim.methods.base import Method, State
from casestudies.optim.methods.newton import NewtonCG, NewtonState

__all__ = ["Method", "NewtonCG", "NewtonState", "State"]
