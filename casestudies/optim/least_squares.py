"""Curve fitting: the parameters that make a sum of squared residuals smallest, to the last digit that can be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import DataError, MissingExtra, one_line, shown
from casestudies.optim.arrays import Array
from casestudies.optim.reasons import Reason
from casestudies.optim.solve import Certificate, Solution
from casestudies.optim.trace import Trace

if TYPE_CHECKING:
    import torch

_EPS = np.finfo(np.float64).eps
_TIGHT = 4 * _EPS  # tolerances of the trust region; SciPy takes smaller ones for 0
_REFINEMENTS = 6
_ENOUGH = 1e-8  # see `stopping.Suboptimality`
_CERTIFIES = "the share of the sum of squares that lies in the tangent plane of the model"


@dataclass(frozen=True)
class FitState:
    """See `State`; one problem.

    x: (parameters, 1). residuals: (rows,). jacobian: (rows, parameters).
    """

    step: int
    passes: float
    x: Array
    residuals: Array
    jacobian: Array
    step_size: Array
    decrement: Array

    @property
    def value(self) -> Array:
        """Half the sum of squares."""
        return 0.5 * np.array([self.residuals @ self.residuals])

    @property
    def gradient_norm(self) -> Array:
        return np.abs(self.jacobian.T @ self.residuals).max(keepdims=True)

    @cached_property
    def tangent(self) -> Tangent:
        return Tangent.at(self.x[:, 0], self.residuals, self.jacobian)

    @property
    def suboptimality(self) -> Array:
        return np.array([self.tangent.share])

    @property
    def condition(self) -> Array:
        return np.array([self.tangent.condition])

    products = np.full(1, np.nan)
    misfits = np.full(1, -1.0)


@dataclass(frozen=True)
class Tangent:
    """The plane that touches the model at a point, each parameter in its own unit, by QR: normal equations would lose
    half the digits.

    step: (parameters,) to the point of the plane that is nearest to the observations (Gauss and Newton).
    slope: steepest descent of the length of the residuals, as a cosine; 0 = the point is that point.
    share: how much of the sum of squares lies in the plane; 0 where that drowns in rounding.
    condition: steepest over flattest curvature.
    """

    step: Array
    slope: float
    share: float
    condition: float

    @classmethod
    def at(cls, x: Array, residuals: Array, jacobian: Array) -> Tangent:
        length = np.linalg.norm(jacobian, axis=0)
        length[length == 0] = 1.0
        Q, R = np.linalg.qr(jacobian / length)
        inside = Q.T @ residuals
        step, _, _, values = np.linalg.lstsq(R, -inside, rcond=_EPS * len(x))
        total, part = np.linalg.norm(residuals), np.linalg.norm(inside)
        noise = _EPS * np.linalg.norm(np.abs(residuals) + np.abs(jacobian) @ np.abs(x))
        return cls(
            step=step / length,
            slope=float(np.abs(jacobian.T @ residuals / length).max() / total) if total > 0 else 0.0,
            share=float(part / total) ** 2 if part > noise else 0.0,
            condition=float(values[0] / values[-1]) ** 2 if values[-1] > 0 else np.inf,
        )


def least_squares(residuals: Callable[[torch.Tensor], torch.Tensor], start: ArrayLike) -> Solution[FitState]:
    """Fits a curve: finds the parameters whose residuals have the smallest sum of squares.

    SciPy's trust region does the way from afar, with exact derivatives and each parameter in its own unit. It judges a
    step by the sum of squares, which near the minimum no longer tells apart parameters that agree to eight digits; so
    a few Gauss-Newton steps follow, judged by the slope, which still does.

    Parameters
    ----------
    residuals: the function of a (parameters,) float64 tensor that gives (rows,) residuals, in torch operations.
    start: (parameters,) a first guess; its order of magnitude matters more than its digits.

    Returns
    -------
    Solution of one problem; `x` is the (parameters,) vector itself, and `state` holds residuals and Jacobian there. The
    trace has a row for each point from which a step was taken.

    Raises
    ------
    DataError: a start that is no vector of finite numbers; residuals that are not finite there, fewer than parameters,
        not float64, or that cannot be differentiated.
    MissingExtra: torch is not installed.

    Source: Branch, Coleman and Li 1999 (the trust region); Björck 1996, section 9.2 (Gauss-Newton by QR); Bates and
    Watts 1981 (the share as a measure of convergence).

    >>> import torch
    >>> t = torch.arange(5.0, dtype=torch.float64)
    >>> fit = least_squares(lambda b: b[0] * torch.exp(b[1] * t) - 3 * torch.exp(-0.5 * t), [1.0, 0.0])
    >>> fit.x.round(6).tolist()
    [3.0, -0.5]
    """
    from scipy.optimize import least_squares as trust_region

    walk = _Walk(_Model(residuals), _vector(start))
    with np.errstate(over="ignore"):  # far-off trials may; they are refused
        spent = trust_region(
            walk.model.residuals,
            walk.state.x[:, 0],
            jac=walk.jacobian,
            method="trf",
            x_scale="jac",
            ftol=_TIGHT,
            xtol=_TIGHT,
            gtol=_TIGHT,
            max_nfev=1000 * len(walk.state.x),
        )
    for _ in range(_REFINEMENTS):
        if not walk.refined():
            break
    state = walk.state
    certificate = Certificate(state.suboptimality, _CERTIFIES)
    reason = Reason.STEPS if spent.status == 0 else Reason.STALLED
    reason = Reason.CONVERGED if state.tangent.share <= _ENOUGH else reason
    return Solution(state.x[:, 0], (reason,), certificate, walk.trace, state)


class _Model:
    """The residuals and their derivatives as NumPy arrays."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        try:
            import torch
        except ImportError:
            raise MissingExtra("torch", "torch", where="least_squares") from None
        self._function, self._torch = function, torch
        self._tangents = torch.func.jacfwd(lambda b: (function(b),) * 2, has_aux=True)

    def residuals(self, x: Array) -> Array:
        with self._torch.no_grad():
            return self._function(self._torch.tensor(x)).numpy()

    def derivatives(self, x: Array) -> tuple[Array, Array]:
        """(rows,) residuals and (rows, parameters) their Jacobian."""
        jacobian, residuals = self._tangents(self._torch.tensor(x))
        return residuals.numpy(force=True), jacobian.numpy(force=True)

    def first(self, x: Array) -> tuple[Array, Array]:
        """`derivatives` at the start, where mistakes in the function show.

        Raises
        ------
        DataError: see `least_squares`.
        """
        torch, where = self._torch, "residuals"
        told = self._function(torch.tensor(x))
        if not isinstance(told, torch.Tensor) or told.dtype != torch.float64 or told.ndim != 1:
            shown = (
                f"{told.dtype} of shape {tuple(told.shape)}" if isinstance(told, torch.Tensor) else type(told).__name__
            )
            raise DataError(f"not a vector of float64 but {shown}", where=where, advice="return one tensor of rows")
        bad = np.flatnonzero(~np.isfinite(told.numpy(force=True)))
        if bad.size:
            raise DataError(
                f"{bad.size} are not finite at the start, first {told[bad[0]].item()}",
                where=f"{where}, row {bad[0] + 1}",
                advice="start where the model has a value",
            )
        if len(told) < len(x):
            raise DataError(
                f"{len(told)} cannot determine {len(x)} parameters", where=where, advice="give at least as many rows"
            )
        try:
            return self.derivatives(x)
        except RuntimeError as error:
            raise DataError(
                f"they cannot be differentiated: {one_line(str(error))}",
                where=where,
                advice="use torch operations only",
            ) from None


class _Walk:
    """Where the fit stands, and the trace of how it came there."""

    state: FitState

    def __init__(self, model: _Model, start: Array) -> None:
        self.model, self.trace = model, Trace()
        unknown = np.full(1, np.nan)
        self._to(FitState(0, 1.0, start[:, None], *model.first(start), step_size=unknown, decrement=unknown))

    def jacobian(self, x: Array) -> Array:
        """Asked by the trust region at each point that it accepts."""
        if not np.array_equal(x, self.state.x[:, 0]):
            self._to(self._at(x))
        return self.state.jacobian

    def refined(self) -> bool:
        """Takes a Gauss-Newton step if that makes the slope smaller."""
        here = self.state
        if here.tangent.share == 0:
            return False
        there = self._at(here.x[:, 0] + here.tangent.step)
        sound = np.isfinite(there.residuals).all() and np.isfinite(there.jacobian).all()
        better = sound and there.tangent.slope < here.tangent.slope and there.value <= here.value * (1 + _ENOUGH)
        if better:
            self._to(there)
        return bool(better)

    def _at(self, x: Array) -> FitState:
        here = self.state
        residuals, jacobian = self.model.derivatives(x)
        promised = -(here.jacobian.T @ here.residuals) @ (x - here.x[:, 0])
        return FitState(
            here.step + 1, here.passes + 1, x[:, None].copy(), residuals, jacobian, np.ones(1), np.array([promised])
        )

    def _to(self, state: FitState) -> None:
        bad = np.argwhere(~np.isfinite(state.jacobian))
        if bad.size:
            raise DataError(
                f"the derivative by parameter {bad[0][1] + 1} is not finite at {shown(state.x[:, 0].tolist())}",
                where=f"residuals, row {bad[0][0] + 1}",
                advice="start elsewhere, or write the model without the kink",
            )
        self.state = state
        self.trace.record(state, np.array([0]))


def _vector(start: ArrayLike) -> Array:
    advice = "give one finite number per parameter"
    try:
        x = np.array(start, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"not numbers but {shown(start)}", where="start", advice=advice) from None
    if x.ndim != 1 or x.size == 0 or not np.isfinite(x).all():
        raise DataError(f"{shown(start)} is no vector of finite numbers", where="start", advice=advice)
    return x
