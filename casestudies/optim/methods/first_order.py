"""Gradient descent in all its forms, by torch's own optimisers; a step is one epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch.optim import Optimizer

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.methods.base import NotMeasured, unknown
from casestudies.optim.methods.best import Best
from casestudies.optim.methods.epoch import Epoch, Watch, randomness
from casestudies.optim.methods.optimizers import Kind, kind, load_slots, save_slots, steepest
from casestudies.optim.methods.schedules import Constant, Plateau, Schedule, packed, unpack
from casestudies.optim.networks import TorchObjective
from casestudies.optim.reasons import Reason

_PROBE = 256  # rows looked at after each epoch, at most
_SHARE, _ENOUGH = 8, 64  # or an eighth of them, at least 64: a look at 256 of 800 images took a tenth of their epoch
_GROWTH = 10.0  # times the starting value: a network worse than before it learnt anything does not come back by itself


@dataclass(frozen=True)
class TorchState(NotMeasured):
    """See `State`. All that the next epoch depends on is here, so a step is a function of the state.

    buffers: of the module. slots, counts, rates: of the optimiser and its schedule.
    gradient: (parameters, 1) of the last batch. start: (1,) the value before the first step.
    exploded: the last epoch did; `x` and all else are as before it.
    figures: what the trace is told besides.
    """

    step: int
    passes: float
    x: Array
    value: Array
    gradient_norm: Array
    step_size: Array
    buffers: tuple[NDArray[np.generic], ...]
    slots: Array
    counts: Array
    rates: Array
    gradient: Array
    start: Array
    best: Best
    exploded: bool
    figures: Mapping[str, Array]


@dataclass(frozen=True)
class Torch:
    """An optimiser of torch's under a schedule of torch's, an epoch at a time.

    `State.value` is the mean loss over the epoch, while the parameters moved; where all rows make one batch, or are few
    (`_PROBE`), it is the loss at the point itself, dropout off. An epoch whose loss is not finite, or more than ten times the one at
    the start, is not taken: the state stays at the last good point (`Reason.DIVERGED`).

    Everything random in an epoch (the order of rows, dropout, augmentation) comes from `seed` and the epoch's number,
    so a resumed solve repeats the uninterrupted one bit for bit on the same machine, and nobody else's random numbers
    are disturbed.

    Parameters
    ----------
    optimizer: gd (all rows before each step), sgd, momentum, nesterov, adagrad, rmsprop, adam or adamw.
    rate: the learning rate, the largest that the schedule reaches.
    schedule: see `schedules`.
    clip: gradients longer than this are shortened to it; None = not.
    settings: further settings of the optimiser, by torch's names ({"weight_decay": 0.01}).
    seed: from 0 up.

    Raises
    ------
    ConfigError: an unknown name or setting, or a rate or limit that is not above 0.
    """

    optimizer: str = "adam"
    rate: float = 1e-3
    schedule: Schedule = field(default_factory=Constant)
    clip: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0

    certifies: ClassVar[str] = "first-order steps give no estimate"

    def __post_init__(self) -> None:
        kind(self.optimizer, self.settings)
        for name, value in (("rate", self.rate), ("clip", self.clip)):
            if value is not None and not 0 < value < np.inf:
                raise ConfigError(f"{name} is {value}", advice=f"give {name} a finite number above 0")

    def start(self, objective: TorchObjective, x: Array | None) -> TorchState:
        """At `x`, else where the module is; its buffers count either way."""
        here, buffers = objective.point()
        x = here if x is None else np.array(x, dtype=np.float64)
        objective.put(x)
        slots, counts, rates = self.unmoved(objective)
        value, figures = _looked_at(objective, np.nan)
        held_out = objective.judge()
        figures |= {"held_out_loss": held_out.loss, "held_out_metric": held_out.metric}
        return TorchState(
            step=0,
            passes=0.0,
            x=x,
            value=np.array([value]),
            gradient_norm=unknown(),
            step_size=unknown(),
            buffers=buffers,
            slots=slots,
            counts=counts,
            rates=rates,
            gradient=np.zeros_like(x),
            start=np.array([value]),
            best=Best(0, np.array([held_out.figure]), x, buffers),
            exploded=False,
            figures=_columns(figures | {"baseline": objective.baseline()}),
        )

    def step(
        self, objective: TorchObjective, state: TorchState, problems: Index, watch: Watch | None = None
    ) -> TorchState:
        """One epoch of the one problem there is; `watch` sees every batch."""
        objective.put(state.x, state.buffers)
        optimizer, scheduler = self._resumed(objective, state)
        epoch = Epoch(objective, state.gradient, self.clip, watch)
        with randomness(self.seed, state.step, objective.device) as generator:
            for _ in epoch.steps(optimizer, generator, whole=self._kind.whole):
                rate = optimizer.param_groups[0]["lr"]
                if self.schedule.each_batch and scheduler.last_epoch < self._moves(objective):
                    scheduler.step()
        x, buffers = objective.point()
        value, figures = _looked_at(objective, epoch.loss)
        figures |= epoch.figures() | {"rate": rate, "steepest": steepest(self.optimizer, rate, self.settings)}
        worst = np.maximum(value, figures["probe_loss"])
        if not (np.isfinite(x).all() and worst - state.start[0] <= (_GROWTH - 1) * abs(state.start[0])):
            objective.put(state.x, state.buffers)
            return _refused(state, figures | {"rejected": worst})
        held_out = objective.judge()
        figures |= {"held_out_loss": held_out.loss, "held_out_metric": held_out.metric}
        if not self.schedule.each_batch and scheduler.last_epoch < self._moves(objective):
            watched = value if objective.held_out is None else held_out.figure
            scheduler.step(*((watched,) if isinstance(self.schedule, Plateau) else ()))
        slots, counts = save_slots(optimizer, objective.parameters, self._kind.slots)
        return TorchState(
            step=state.step + 1,
            passes=state.passes + 1,
            x=x,
            value=np.array([value]),
            gradient_norm=np.array([np.abs(epoch.gradient).max()]),
            step_size=np.ones(1),
            buffers=buffers,
            slots=slots,
            counts=counts,
            rates=packed(optimizer, scheduler),
            gradient=epoch.last,
            start=state.start,
            best=state.best.or_better(state.step + 1, np.array([held_out.figure]), x, buffers),
            exploded=False,
            figures=_columns(figures),
        )

    def unmoved(self, objective: TorchObjective) -> tuple[Array, Array, Array]:
        """`slots`, `counts` and `rates` before the first step."""
        optimizer, scheduler = self._made(objective)
        slots, counts = save_slots(optimizer, objective.parameters, self._kind.slots)
        return slots, counts, packed(optimizer, scheduler)

    def finished(self, state: TorchState) -> Mapping[Reason, Mask]:
        return {Reason.DIVERGED: np.array([state.exploded])}

    @property
    def _kind(self) -> Kind:
        return kind(self.optimizer, self.settings)

    def _batches(self, objective: TorchObjective) -> int:
        """Steps of the optimiser in an epoch."""
        return 1 if self._kind.whole else objective.rows.batches

    def _moves(self, objective: TorchObjective) -> float:
        return self.schedule.moves(self._batches(objective))

    def _made(self, objective: TorchObjective) -> tuple[Optimizer, Any]:
        make: Any = self._kind.made_by
        optimizer: Optimizer = make(objective.parameters, lr=self.rate, **{**self._kind.fixed, **self.settings})
        return optimizer, self.schedule.made(optimizer, self._batches(objective))

    def _resumed(self, objective: TorchObjective, state: TorchState) -> tuple[Optimizer, Any]:
        optimizer, scheduler = self._made(objective)
        load_slots(optimizer, objective.parameters, self._kind.slots, state.slots, state.counts)
        unpack(optimizer, scheduler, state.rates)
        return optimizer, scheduler


def _looked_at(objective: TorchObjective, running: float) -> tuple[float, dict[str, float]]:
    """The value, and what a look at some of the rows shows; `running` is the mean loss while the parameters moved."""
    exact = objective.rows.batches == 1 or len(objective.rows) <= _PROBE
    rows = len(objective.rows)
    loss, dead = objective.probe(rows if exact else min(_PROBE, max(_ENOUGH, rows // _SHARE)))
    value = loss if exact or np.isnan(running) else running
    return value, {"probe_loss": loss, **{f"dead/{layer}": share for layer, share in dead.items()}}


def _refused(state: TorchState, figures: Mapping[str, float]) -> TorchState:
    """Where the epoch began, with the news that it exploded."""
    return replace(
        state,
        step=state.step + 1,
        passes=state.passes + 1,
        step_size=np.zeros(1),
        exploded=True,
        figures=_columns(figures),
    )


def _columns(figures: Mapping[str, float]) -> dict[str, Array]:
    return {name: np.array([float(value)]) for name, value in figures.items()}
