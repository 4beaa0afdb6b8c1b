"""Ways down an objective.

Those that stand on torch or on `scipy.optimize` are imported when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from casestudies.errors import MissingExtra
from casestudies.optim.methods.base import Method, State
from casestudies.optim.methods.levenberg import LevenbergMarquardt, LevenbergState
from casestudies.optim.methods.newton import NewtonCG, NewtonState
from casestudies.optim.methods.proximal import ProxNewton, ProxNewtonState

if TYPE_CHECKING:
    from casestudies.optim.methods.augmented import AugmentedLagrangian, AugmentedState
    from casestudies.optim.methods.conjugate import (
        NonlinearCG,
        dai_yuan,
        fletcher_reeves,
        hestenes_stiefel,
        polak_ribiere,
    )
    from casestudies.optim.methods.first_order import Torch, TorchState
    from casestudies.optim.methods.lbfgs import LBFGS, LBFGSState
    from casestudies.optim.methods.programme import LinearProgramme
    from casestudies.optim.methods.projected import Projected
    from casestudies.optim.methods.switching import Switch, SwitchState
    from casestudies.optim.methods.trust import TrustNewton

__all__ = [
    "LBFGS",
    "AugmentedLagrangian",
    "AugmentedState",
    "LBFGSState",
    "LevenbergMarquardt",
    "LevenbergState",
    "LinearProgramme",
    "Method",
    "NewtonCG",
    "NewtonState",
    "NonlinearCG",
    "Projected",
    "ProxNewton",
    "ProxNewtonState",
    "State",
    "Switch",
    "SwitchState",
    "Torch",
    "TorchState",
    "TrustNewton",
    "dai_yuan",
    "fletcher_reeves",
    "hestenes_stiefel",
    "polak_ribiere",
]

_LATE = {
    "AugmentedLagrangian": "augmented",
    "AugmentedState": "augmented",
    "LBFGS": "lbfgs",
    "LBFGSState": "lbfgs",
    "LinearProgramme": "programme",
    "NonlinearCG": "conjugate",
    "Projected": "projected",
    "Switch": "switching",
    "SwitchState": "switching",
    "Torch": "first_order",
    "TorchState": "first_order",
    "TrustNewton": "trust",
    "dai_yuan": "conjugate",
    "fletcher_reeves": "conjugate",
    "hestenes_stiefel": "conjugate",
    "polak_ribiere": "conjugate",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
    except ModuleNotFoundError as error:
        raise MissingExtra(f"{error.name}", "torch") from error
