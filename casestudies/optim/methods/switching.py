"""Adam first, for its speed; then plain momentum, at the rate that Adam's own steps amount to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar

import numpy as np
from torch import Tensor

from casestudies.errors import ConfigError
from casestudies.optim.arrays import Array, Index, Mask
from casestudies.optim.methods.first_order import Torch, TorchState
from casestudies.optim.methods.schedules import Constant, Schedule
from casestudies.optim.networks import TorchObjective
from casestudies.optim.reasons import Reason


@dataclass(frozen=True)
class SwitchState(TorchState):
    """average: the running mean of the rates that batches suggested, not yet corrected for its start at 0.

    seen: batches in it. rate: of the second method; nan before the switch. switched: epochs taken before it, -1 = none.
    """

    average: float = 0.0
    seen: int = 0
    rate: float = np.nan
    switched: int = -1


@dataclass(frozen=True)
class Switch:
    """Adam until its steps, seen along the gradient, amount to one rate; from then on momentum at that rate.

    A step p of Adam at a gradient g is, projected, the step of gradient descent at the rate pᵀp / (-pᵀg). A mean of
    these, corrected for its start, that agrees with the newest is what the second method starts from. The test is made
    at every batch, the switch when the epoch is over, not before the second.

    Parameters
    ----------
    first: adam or adamw.
    schedule: of the second method, from the switch on.
    agreement: how near the mean and the newest rate have to be, relative to the mean. (The paper asks for 1e-9 as it
        stands, which is another demand in every unit.)

    Source: Keskar and Socher 2017, "Improving generalization performance by switching from Adam to SGD", algorithm 1.
    """

    first: Torch = field(default_factory=Torch)
    schedule: Schedule = field(default_factory=Constant)
    agreement: float = 1e-2

    certifies: ClassVar[str] = Torch.certifies

    def __post_init__(self) -> None:
        if self.first.optimizer not in ("adam", "adamw"):
            raise ConfigError(f"a switch from {self.first.optimizer!r}", advice="let `first` be adam or adamw")

    def start(self, objective: TorchObjective, x: Array | None) -> SwitchState:
        state = self.first.start(objective, x)
        return self._told(state, SwitchState(**{field.name: getattr(state, field.name) for field in fields(state)}))

    def step(self, objective: TorchObjective, state: SwitchState, problems: Index) -> SwitchState:
        """One epoch of the method whose turn it is."""
        if state.switched >= 0:
            return self._told(self._second(state.rate).step(objective, state, problems), state)
        rates = _Rates(self._betas[1], self.agreement, state.average, state.seen)
        then = self._told(self.first.step(objective, state, problems, rates), state)
        then = replace(then, average=rates.average, seen=rates.seen)
        if state.step == 0 or not rates.agreed or not rates.mean > 0 or then.exploded:
            return then
        slots, counts, moves = self._second(rates.mean).unmoved(objective)
        then = replace(then, rate=rates.mean, switched=then.step, slots=slots, counts=counts, rates=moves)
        return self._told(then, then)

    def finished(self, state: SwitchState) -> Mapping[Reason, Mask]:
        return self.first.finished(state)

    @property
    def _betas(self) -> tuple[float, float]:
        first, second = self.first.settings.get("betas", (0.9, 0.999))
        return first, second

    def _second(self, rate: float) -> Torch:
        momentum = self._betas[0]
        settings = {name: value for name, value in self.first.settings.items() if name in ("weight_decay", "fused")}
        return replace(
            self.first,
            optimizer="momentum",
            rate=(1 - momentum) * rate,  # gathers momentum to the full rate
            schedule=self.schedule,
            settings={**settings, "momentum": momentum},
        )

    def _told(self, then: TorchState, before: SwitchState) -> SwitchState:
        """`then` with what `before` knows of the switch, and with that in the trace."""
        known = {field.name: getattr(then, field.name) for field in fields(TorchState)}
        own = {name: getattr(before, name) for name in ("average", "seen", "rate", "switched")}
        known["figures"] = {**then.figures, "switched": np.array([float(before.switched >= 0)])}
        return SwitchState(**known, **own)


class _Rates:
    """The rates of gradient descent that Adam's steps amount to, batch by batch."""

    def __init__(self, keep: float, agreement: float, average: float, seen: int) -> None:
        self._keep, self._agreement = keep, agreement
        self.average, self.seen, self.agreed = average, seen, False

    @property
    def mean(self) -> float:
        return self.average / (1 - self._keep**self.seen)

    def batch(self, before: Tensor, gradient: Tensor, after: Tensor) -> None:
        step = (after - before).double()
        along = -float(step @ gradient.double())
        if not along:
            return
        rate = float(step @ step) / along
        self.average = self._keep * self.average + (1 - self._keep) * rate
        self.seen += 1
        self.agreed |= self.seen > 1 and self.mean > 0 and abs(self.mean - rate) < self._agreement * self.mean
