"""How the learning rate of a first-order method changes over the epochs: torch's own schedules, by name.

Lengths are in epochs and rates are shares of the method's rate, so a schedule means the same for any batch size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

import numpy as np
from torch.optim import Optimizer, lr_scheduler

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array


class Schedule(Protocol):
    """A recipe of a torch scheduler.

    each_batch: it moves after every batch, not after every epoch.
    """

    each_batch: ClassVar[bool]

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        """The scheduler, for epochs of so many batches."""

    def moves(self, batches: int) -> float:
        """After how many moves it has arrived and the rate stays."""


@dataclass(frozen=True)
class Constant:
    """The same rate throughout."""

    each_batch: ClassVar[bool] = False

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        return lr_scheduler.ConstantLR(optimizer, factor=1.0)

    def moves(self, batches: int) -> float:
        return 0


@dataclass(frozen=True)
class StepDown:
    """Times `factor` every `every` epochs."""

    every: int = 30
    factor: float = 0.1
    each_batch: ClassVar[bool] = False

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        return lr_scheduler.StepLR(optimizer, self.every, self.factor)

    def moves(self, batches: int) -> float:
        return np.inf


@dataclass(frozen=True)
class Exponential:
    """Times `factor` every epoch."""

    factor: float = 0.95
    each_batch: ClassVar[bool] = False

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        return lr_scheduler.ExponentialLR(optimizer, self.factor)

    def moves(self, batches: int) -> float:
        return np.inf


@dataclass(frozen=True)
class Cosine:
    """Down to `lowest` of the rate along half a cosine over `epochs`, and then stays there."""

    epochs: int
    lowest: float = 0.0
    each_batch: ClassVar[bool] = True

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        return lr_scheduler.CosineAnnealingLR(optimizer, self.epochs * batches, self.lowest * _rate(optimizer))

    def moves(self, batches: int) -> float:
        return self.epochs * batches


@dataclass(frozen=True)
class WarmRestarts:
    """Cosines, each `growth` times as long as the one before, the first of `epochs`; back to the full rate after each.

    Source: Loshchilov and Hutter 2017, "SGDR".
    """

    epochs: int
    growth: int = 2
    lowest: float = 0.0
    each_batch: ClassVar[bool] = True

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        lowest = self.lowest * _rate(optimizer)
        return lr_scheduler.CosineAnnealingWarmRestarts(optimizer, self.epochs * batches, self.growth, lowest)

    def moves(self, batches: int) -> float:
        return np.inf


@dataclass(frozen=True)
class Cyclic:
    """From `lowest` of the rate up to the rate in `epochs`, down again in as many, and so on.

    Source: Smith 2017, "Cyclical learning rates".
    """

    epochs: int = 4
    lowest: float = 0.1
    each_batch: ClassVar[bool] = True

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        rate = _rate(optimizer)
        return lr_scheduler.CyclicLR(
            optimizer, self.lowest * rate, rate, step_size_up=self.epochs * batches, cycle_momentum=False
        )

    def moves(self, batches: int) -> float:
        return np.inf


@dataclass(frozen=True)
class OneCycle:
    """From 1/25 of the rate up to it in the first `warm` of `epochs`, then down to nearly 0; momentum the other way.

    Source: Smith and Topin 2018, "Super-convergence".
    """

    epochs: int
    warm: float = 0.3
    each_batch: ClassVar[bool] = True

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        has_momentum = "betas" in optimizer.defaults or optimizer.defaults.get("momentum", 0) > 0
        return lr_scheduler.OneCycleLR(
            optimizer,
            _rate(optimizer),
            total_steps=max(2, self.epochs * batches),
            pct_start=self.warm,
            cycle_momentum=has_momentum,
        )

    def moves(self, batches: int) -> float:
        return max(2, self.epochs * batches) - 1


@dataclass(frozen=True)
class Plateau:
    """Times `factor` when the held-out figure (else the value) has not improved for `patience` epochs."""

    patience: int = 5
    factor: float = 0.1
    each_batch: ClassVar[bool] = False

    def made(self, optimizer: Optimizer, batches: int) -> Any:
        # torch leaves rates near 1e-8 as they are; eps 0: any rate comes down
        return lr_scheduler.ReduceLROnPlateau(optimizer, factor=self.factor, patience=self.patience, eps=0.0)

    def moves(self, batches: int) -> float:
        return np.inf


SCHEDULES: dict[str, type[Any]] = {
    "constant": Constant,
    "step": StepDown,
    "exponential": Exponential,
    "cosine": Cosine,
    "warm_restarts": WarmRestarts,
    "cyclic": Cyclic,
    "one_cycle": OneCycle,
    "plateau": Plateau,
}


def schedule(name: str, **settings: float) -> Schedule:
    """The schedule of that name.

    Raises
    ------
    ConfigError: an unknown name or setting, or one that is missing; the message lists the known ones.
    """
    if name not in SCHEDULES:
        raise ConfigError(f"no schedule is called {name!r}", advice=_one_of(SCHEDULES))
    kind = SCHEDULES[name]
    known = [field.name for field in fields(kind)]
    unknown = [setting for setting in settings if setting not in known]
    if unknown:
        raise ConfigError(f"the schedule {name!r} has no setting {unknown[0]!r}", advice=_one_of(known))
    if "epochs" in known and settings.get("epochs", getattr(kind, "epochs", 0)) < 1:
        raise ConfigError(f"the schedule {name!r} needs to know its length", advice="give `epochs`, at least 1")
    made: Schedule = kind(**settings)
    return made


def packed(optimizer: Optimizer, scheduler: Any) -> Array:
    """Where a scheduler stands: its numbers, and those of the optimiser that it moves."""
    numbers = [value for _, values in _numbers(scheduler) for value in values]
    return np.array([float(value) for value in (*numbers, *_moved(optimizer.param_groups[0]))])


def unpack(optimizer: Optimizer, scheduler: Any, numbers: Array) -> None:
    """Puts a scheduler just made, of the same settings, where `packed` found it."""
    group, left = optimizer.param_groups[0], list(numbers)
    if len(left) != len(packed(optimizer, scheduler)):
        raise ConfigError(
            "the saved state belongs to another schedule", advice="go on with the schedule it was saved with"
        )
    state = scheduler.state_dict()
    for name, values in _numbers(scheduler):
        new = [type(old)(left.pop(0)) for old in values]
        state[name] = new if isinstance(state[name], list) else new[0]
    scheduler.load_state_dict(state)
    group["lr"] = left.pop(0)
    if "betas" in group:
        group["betas"] = (left.pop(0), left.pop(0))
    elif "momentum" in group:
        group["momentum"] = left.pop(0)


def _numbers(scheduler: Any) -> list[tuple[str, list[float]]]:
    """The entries of a scheduler's state that are numbers, in an order of their own."""
    entries: Mapping[str, Any] = scheduler.state_dict()
    lists = {name: entry if isinstance(entry, list) else [entry] for name, entry in entries.items()}
    return [
        (name, lists[name]) for name in sorted(lists) if all(isinstance(number, int | float) for number in lists[name])
    ]


def _moved(group: Mapping[str, Any]) -> list[float]:
    return [group["lr"], *(group["betas"] if "betas" in group else [group["momentum"]] if "momentum" in group else [])]


def _rate(optimizer: Optimizer) -> float:
    return float(optimizer.param_groups[0]["lr"])


def _one_of(names: Any) -> str:
    return f"use one of {', '.join(names)}"
