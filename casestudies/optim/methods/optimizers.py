"""The first-order family by name: torch's own optimisers, and what of each has to be saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array


@dataclass(frozen=True)
class Kind:
    """One of torch's optimisers.

    settings: what may be set besides the rate. fixed: what makes it this one of the family, unless set.
    slots: what it keeps for each parameter, of the parameter's shape. All of them begin at 0 here, so a state of zeros
        is the same as none.
    whole: it steps once an epoch, on the gradient of all rows.
    """

    made_by: type[Optimizer]
    settings: tuple[str, ...]
    slots: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False


_SHARED = ("weight_decay", "fused")
_BETAS = ("betas", "eps", *_SHARED)
_MOMENTS = ("exp_avg", "exp_avg_sq")
_BUFFER = ("momentum_buffer",)
_HEAVY = {"momentum": 0.9}

OPTIMIZERS: dict[str, Kind] = {
    "gd": Kind(torch.optim.SGD, _SHARED, whole=True),
    "sgd": Kind(torch.optim.SGD, _SHARED),
    "momentum": Kind(torch.optim.SGD, ("momentum", *_SHARED), _BUFFER, _HEAVY),
    "nesterov": Kind(torch.optim.SGD, ("momentum", *_SHARED), _BUFFER, {**_HEAVY, "nesterov": True}),
    "adagrad": Kind(torch.optim.Adagrad, ("lr_decay", "eps", *_SHARED), ("sum",)),
    "rmsprop": Kind(torch.optim.RMSprop, ("alpha", "eps", "weight_decay"), ("square_avg",)),
    "adam": Kind(torch.optim.Adam, _BETAS, _MOMENTS),
    "adamw": Kind(torch.optim.AdamW, _BETAS, _MOMENTS),
}


def kind(name: str, settings: Mapping[str, Any]) -> Kind:
    """The optimiser of that name.

    Raises
    ------
    ConfigError: an unknown name or setting; the message lists the known ones.
    """
    if name not in OPTIMIZERS:
        raise ConfigError(f"no optimiser is called {name!r}", advice=f"use one of {', '.join(OPTIMIZERS)}")
    known = OPTIMIZERS[name].settings
    unknown = [setting for setting in settings if setting not in known]
    if unknown:
        raise ConfigError(
            f"the optimiser {name!r} has no setting {unknown[0]!r}", advice=f"use one of {', '.join(known)}"
        )
    return OPTIMIZERS[name]


def steepest(name: str, rate: float, settings: Mapping[str, Any]) -> float:
    """The largest curvature at which steps of this rate do not overshoot by more and more.

    nan for optimisers that scale each parameter themselves. Source: Polyak 1964; for Nesterov's form O'Donoghue and
    Candès 2015, section 3.
    """
    if not issubclass(OPTIMIZERS[name].made_by, torch.optim.SGD) or not rate:
        return np.nan
    momentum = {**OPTIMIZERS[name].fixed, **settings}.get("momentum", 0.0)
    return float(2 * (1 + momentum) / (1 + 2 * momentum if name == "nesterov" else 1) / rate)


def save_slots(optimizer: Optimizer, parameters: Sequence[Tensor], slots: tuple[str, ...]) -> tuple[Array, Array]:
    """(slots, parameters) what the optimiser keeps, and (tensors,) how many steps it has counted for each tensor."""
    kept = [optimizer.state.get(parameter, {}) for parameter in parameters]
    table = np.zeros((len(slots), sum(parameter.numel() for parameter in parameters)))
    for row, slot in zip(table, slots, strict=True):
        parts = [one.get(slot, torch.zeros_like(p)) for one, p in zip(kept, parameters, strict=True)]
        row[:] = torch.cat([part.detach().reshape(-1) for part in parts]).cpu().numpy()
    return table, np.array([float(one.get("step", 0.0)) for one in kept])


def load_slots(
    optimizer: Optimizer, parameters: Sequence[Tensor], slots: tuple[str, ...], table: Array, counts: Array
) -> None:
    """Gives an optimiser just made what `save_slots` found."""
    if not slots:
        return
    sizes = [parameter.numel() for parameter in parameters]
    parts = [torch.split(torch.from_numpy(row), sizes) for row in table]
    state = {
        number: {
            "step": torch.tensor(counts[number], dtype=torch.float32),
            **{slot: part[number].view(parameter.shape) for slot, part in zip(slots, parts, strict=True)},
        }
        for number, parameter in enumerate(parameters)
    }
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
