"""Customers under contract, by segment: what their remaining time is worth, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from casestudies.models.customers.likelihood import Array, Estimate
from casestudies.models.customers.staying import AtRisk, Stay, fit_staying

Way = Literal["snapshot", "cohort"]
CurveKind = Literal["model", "life_table"]
ALL = ""  # the segment of all customers, and of those whose own is too small or was never seen
_FEWEST = 20.0  # leavers that a segment needs for a curve of its own
_STRETCH = 10.0  # leavers of a stretch of the life table
_GONE, _MANY = 0.01, 0.2  # see `Segment.too_old`


@dataclass(frozen=True)
class Segment:
    """How long the customers of one segment stay. model: None where the life table is used as it is."""

    table: AtRisk
    model: Estimate | None

    @classmethod
    def fitted(cls, table: AtRisk, curve: CurveKind) -> Segment:
        model = fit_staying(table)  # also refuses tables in which nobody left, or everybody
        return cls(table, model if curve == "model" else None)

    def stay(self, longest: int) -> Stay:
        if self.model is None:
            return Stay.of_table(self.table.pooled(_STRETCH))
        return Stay.of_model(float(self.model.theta[0]), float(self.model.theta[1]), longest)

    def drawn(self, rng: np.random.Generator, count: int, longest: int) -> list[Stay]:
        """As the rows might have been: the model's parameters by their covariance, the table by new leavers."""
        if self.model is not None:
            thetas = self.model.theta * np.exp(self.model.draws(rng, count))
            return [Stay.of_model(float(alpha), float(beta), longest) for alpha, beta in thetas]
        people = np.maximum(np.round(self.table.at_risk), 1).astype(np.int64)
        chance = np.nan_to_num(self.table.pooled(_STRETCH).hazards())
        drawn = rng.binomial(people, chance, size=(count, len(people))) / people * self.table.at_risk
        return [Stay.of_table(AtRisk(self.table.at_risk, left).pooled(_STRETCH)) for left in drawn]

    @property
    def too_old(self) -> bool:
        """Far more customers have been here for long than these chances to leave would let survive.

        Then the outcome covers more than one period, or those who left in many periods stand in the table.
        """
        survival = Stay.of_table(self.table).survival(len(self.table))[:-1]
        share = self.table.at_risk[survival < _GONE].sum() / self.table.at_risk.sum()
        return bool(share > _MANY)

    def to_dict(self) -> dict[str, Any]:
        model = None if self.model is None else self.model.to_dict()
        return {"at_risk": self.table.at_risk.tolist(), "left": self.table.left.tolist(), "model": model}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Segment:
        table = AtRisk(np.array(told["at_risk"], dtype=float), np.array(told["left"], dtype=float))
        return cls(table, None if told["model"] is None else Estimate.from_dict(told["model"]))


@dataclass(frozen=True)
class ContractModel:
    """The curves of all segments, in steps of `window` periods: what an outcome covers is what can be counted.

    steps: length of the curves, as far as any customer had come when they were fitted. The chance to leave of the last step
    holds from there on, so that what a customer is worth depends on its own tenure alone.
    """

    segments: Mapping[str, Segment]
    steps: int
    window: int = 1

    @classmethod
    def fitted(
        cls,
        tenure: Array,
        left: Array,
        weight: Array,
        segment: np.ndarray | None = None,
        *,
        way: Way = "snapshot",
        window: int = 1,
        curve: CurveKind = "model",
    ) -> ContractModel:
        """Parameters: as `AtRisk`; segment: (customers,) str. Raises DataError where nobody left, or everybody."""
        make = AtRisk.of_snapshot if way == "snapshot" else AtRisk.of_cohort
        tenure = tenure / window
        segments = {ALL: Segment.fitted(make(tenure, left, weight), curve)}
        for name in [] if segment is None else sorted(set(segment.tolist()) - {ALL}):
            own = segment == name
            gone = float(weight[own] @ left[own])
            if _FEWEST <= gone < weight[own].sum():
                segments[name] = Segment.fitted(make(tenure[own], left[own], weight[own]), curve)
        return cls(segments, int(tenure.max()) + 2, window)

    def worth(self, tenure: Array, segment: np.ndarray | None, horizon: float, rate: float) -> Array:
        """(customers,) what a margin of 1 a period is worth; see `Stay.worth`. horizon: periods. rate: a period."""
        curves = {name: one.stay(self.steps) for name, one in self.segments.items()}
        return self._worth(curves, self._steps(tenure), self._names(segment, len(tenure)), horizon, rate)

    def drawn(
        self,
        rng: np.random.Generator,
        count: int,
        tenure: Array,
        segment: np.ndarray | None,
        horizon: float,
        rate: float,
    ) -> Array:
        """(count, customers) the same, with curves as they might have been."""
        step, names = self._steps(tenure), self._names(segment, len(tenure))
        curves = {name: one.drawn(rng, count, self.steps) for name, one in self.segments.items()}
        return np.stack(
            [
                self._worth({name: drawn[k] for name, drawn in curves.items()}, step, names, horizon, rate)
                for k in range(count)
            ]
        )

    def _steps(self, tenure: Array) -> NDArray[np.intp]:
        """(customers,) whole steps; those beyond the curves are alike, since the chance to leave changes no more."""
        return np.minimum(np.floor(tenure / self.window), self.steps).astype(np.intp)

    def _names(self, segment: np.ndarray | None, rows: int) -> np.ndarray:
        if segment is None:
            return np.full(rows, ALL, dtype=object)
        return np.where(np.isin(segment, list(self.segments)), segment, ALL)

    def _worth(
        self, curves: Mapping[str, Stay], step: NDArray[np.intp], names: np.ndarray, horizon: float, rate: float
    ) -> Array:
        out = np.empty(len(step))
        each = (1 + rate) ** self.window - 1
        for name, curve in curves.items():
            own = names == name
            if own.any():
                worth = curve.worth(self.steps, horizon / self.window, each)
                out[own] = worth[step[own]] * self.window
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain values; `from_dict` gives an equal model back."""
        segments = {name: one.to_dict() for name, one in self.segments.items()}
        return {"window": self.window, "steps": self.steps, "segments": segments}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> ContractModel:
        segments = {name: Segment.from_dict(one) for name, one in told["segments"].items()}
        return cls(segments, int(told["steps"]), int(told["window"]))
