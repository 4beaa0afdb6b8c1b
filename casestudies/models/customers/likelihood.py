"""The likelihood of independent rows as an objective of the core, and what its optimum says of the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.optim import L2, Loss, Penalty, Reason, Steps, Suboptimality, minimise
from casestudies.optim.gauss_newton import LocalModel
from casestudies.optim.methods import LevenbergMarquardt

Array = NDArray[np.float64]
_TOLERANCE = 1e-14  # of the likelihood, relative; parameters are right to about its square root
_ENOUGH = 1e-10  # what is accepted where rounding stops a fit before that
_STEPS = 300
_WIDEST = 3.0  # standard deviation of the logarithm of a parameter in the draws: a factor of 20 either way
_UNCLEAR = np.log(5.0)  # standard deviation of a logarithm


@dataclass(frozen=True)
class Point:
    """A log likelihood at one place.

    value: (rows,) of each row. slope: (rows, parameters) its derivatives. bend: (parameters, parameters) second
    derivatives, summed over the rows with their weights.
    """

    value: Array
    slope: Array
    bend: Array


class Likelihood(Protocol):
    """A model of rows that do not depend on each other, with parameters above 0."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters, in their order."""

    @property
    def weights(self) -> Array:
        """(rows,) how many equal customers each row stands for."""

    def at(self, theta: Array) -> Point:
        """The likelihood and its derivatives by the parameters themselves."""


@dataclass(frozen=True)
class Estimate:
    """Parameters by maximum likelihood.

    theta: (parameters,). bend: (parameters, parameters) second derivatives of minus the log likelihood by the parameters'
    logarithms. value: the log likelihood. customers: sum of the weights. rows: different ones. steps: of the solver.
    """

    names: tuple[str, ...]
    theta: Array
    bend: Array
    value: float
    customers: float
    rows: int
    steps: int

    @property
    def parameters(self) -> dict[str, float]:
        return dict(zip(self.names, self.theta.tolist(), strict=True))

    @property
    def covariance(self) -> Array:
        """(parameters, parameters) of the logarithms, by the curvature at the optimum.

        Where rows say next to nothing of a direction, a weak prior keeps it within a factor of 20 of the estimate.
        """
        flat = self.bend + np.eye(len(self.theta)) / _WIDEST**2
        values, vectors = np.linalg.eigh((flat + flat.T) / 2)
        values = np.maximum(values, 1 / _WIDEST**2)
        covariance: Array = (vectors / values) @ vectors.T
        return covariance

    @property
    def unclear(self) -> tuple[str, ...]:
        """Parameters of which the rows say no more than an order of magnitude."""
        wide = np.sqrt(np.diag(self.covariance)) > _UNCLEAR
        return tuple(name for name, one in zip(self.names, wide, strict=True) if one)

    def draws(self, rng: np.random.Generator, count: int) -> Array:
        """(count, parameters) logarithms of parameters over those of the estimate."""
        values, vectors = np.linalg.eigh(self.covariance)
        normal = rng.standard_normal((count, len(values)))
        drawn: Array = (normal * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        return drawn

    def to_dict(self) -> dict[str, Any]:
        """Plain values; `from_dict` gives an equal estimate back."""
        return {
            "parameters": self.parameters,
            "bend": self.bend.tolist(),
            "log_likelihood": self.value,
            "customers": self.customers,
            "rows": self.rows,
            "steps": self.steps,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Estimate:
        named = told["parameters"]
        return cls(
            tuple(named),
            np.array(list(named.values()), dtype=float),
            np.array(told["bend"], dtype=float),
            float(told["log_likelihood"]),
            float(told["customers"]),
            int(told["rows"]),
            int(told["steps"]),
        )


def fit(likelihood: Likelihood, start: Sequence[float]) -> Estimate:
    """The parameters that make the rows most likely.

    Damped Newton steps in the logarithms of the parameters, with exact second derivatives: what makes gradient methods
    crawl here, parameters that can grow together with hardly a difference, costs Newton's method nothing.

    Parameters
    ----------
    start: parameters above 0 to begin with.

    Raises
    ------
    DataError: no optimum was found.
    """
    u = np.log(np.asarray(start, dtype=float))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # steps that go too far are refused
        found = minimise(
            _Objective(likelihood),
            LevenbergMarquardt(),
            u[:, None],
            stop=(Suboptimality(_TOLERANCE), Steps(_STEPS)),
        )
    if found.reason is not Reason.CONVERGED and not found.certificate.suboptimality.max() <= _ENOUGH:
        raise DataError(
            f"the parameters {', '.join(likelihood.names)} have no best values here: {found.reason}",
            where=type(likelihood).__name__,
            advice="bring more customers or a longer time",
        )
    best = found.x[:, 0]
    model = _Objective(likelihood).near(best)
    weights = likelihood.weights
    return Estimate(
        likelihood.names,
        np.exp(best),
        model.matrix(),
        -model.value,
        float(weights.sum()),
        len(weights),
        int(found.state.step),
    )


class _Unlikeliness(Loss):
    """Minus the margin, where the margin of a row is its log likelihood."""

    smooth, convex, attained = True, True, True
    interval = (0.0, 0.0)

    def value(self, z: Array, y: Array) -> Array:
        return -z

    def slope(self, z: Array, y: Array) -> Array:
        return np.full_like(z, -1.0)

    def curvature(self, z: Array, y: Array) -> Array:
        return np.zeros_like(z)

    def inverse_link(self, z: Array) -> Array:
        return z


@dataclass(frozen=True)
class _Objective:
    """What `LevenbergMarquardt` asks of an objective whose margins bend with its unknowns."""

    likelihood: Likelihood

    @property
    def problems(self) -> int:
        return 1

    @property
    def loss(self) -> Loss:
        return _Unlikeliness()

    @property
    def penalty(self) -> Penalty:
        return L2(np.zeros(1), np.ones(len(self.likelihood.names), dtype=bool))

    def select(self, problems: NDArray[np.intp]) -> Self:
        return self

    def near(self, x: Array) -> _Near:
        return _Near(self.likelihood, x)


class _Near(LocalModel):
    """The likelihood near one place, as a function of the logarithms; its parabola is exact."""

    exact = True

    def __init__(self, likelihood: Likelihood, x: Array) -> None:
        theta = np.exp(x)
        self._point, weights = likelihood.at(theta), likelihood.weights
        value, self._slope = self._point.value, self._point.slope * theta
        super().__init__(_Unlikeliness(), np.zeros(len(value)), weights, value[:, None], np.zeros(len(x)), x)
        self._theta = theta

    def pull(self, U: Array) -> Array:
        return self._slope.T @ U[:, 0]

    def push(self, v: Array) -> Array:
        return (self._slope @ v)[:, None]

    def jacobian(self, rows: NDArray[np.intp]) -> Array:
        return self._slope[rows][:, None, :]

    def metric(self) -> Array:
        return np.maximum(np.abs(np.diag(self.matrix())), 1e-8 * max(abs(self.value), 1.0))

    def product(self, v: Array) -> Array:
        return self.matrix() @ v

    def matrix(self) -> Array:
        bend = self._point.bend * np.outer(self._theta, self._theta)
        bend[np.diag_indices_from(bend)] += self._slope.T @ self.weights
        return -bend
