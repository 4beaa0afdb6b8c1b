"""From a model's margin to a probability that means what it says, and the choice whether that is worth doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn.exceptions import NotFittedError

from casestudies.errors import DataError, nearest, shown
from casestudies.models.linear import LogisticRegression

Floats = NDArray[np.float64]
Kind = Literal["none", "sigmoid", "isotonic"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # from the simplest on: the first of equals is taken

_TINY = float(np.finfo(np.float64).eps)  # keeps the log loss of a saturated probability finite


class Calibrator:
    """A never-falling curve from margins (log-odds) to probabilities.

    Parameters
    ----------
    kind: "none", the logistic curve as it is; "sigmoid", the logistic curve shifted and stretched (two numbers, Platt);
        "isotonic", the best never-falling curve, straight between its knots. Isotonic probabilities stay between
        1 / (n + 2) and its complement, the most that n rows can show (Laplace's rule), since a 0 or 1 would make one
        surprise infinitely bad.

    Raises
    ------
    ValueError: `kind` is not one of the three.

    Source: Platt 1999, "Probabilistic outputs for support vector machines"; Zadrozny & Elkan 2002, "Transforming
    classifier scores into accurate multiclass probability estimates", KDD.
    """

    def __init__(self, kind: Kind) -> None:
        if kind not in KINDS:
            raise ValueError(f"calibration {shown(kind)} is not known: {nearest(kind, KINDS)}")
        self.kind = kind
        self._line: tuple[float, float] | None = (1.0, 0.0) if kind == "none" else None  # slope, intercept
        self._knots: tuple[Floats, Floats] | None = None  # margins, probabilities

    def fit(self, margins: ArrayLike, y: ArrayLike, weight: ArrayLike | None = None) -> Self:
        """Learn the curve from rows the model has not seen.

        Parameters
        ----------
        margins: (rows,) log-odds from a model trained on other rows.
        y: (rows,) 1 = event, 0 = none.
        weight: (rows,) row weights, default ones; only their proportions matter.

        Raises
        ------
        DataError: margins that are not finite, labels other than 0 and 1, or lengths that differ.
        """
        margins, y, weight = _checked(margins, y, weight)
        if self.kind == "sigmoid":
            self._line = _platt(margins, y, weight)
        elif self.kind == "isotonic":
            self._knots = _isotonic(margins, y, weight)
        return self

    def probability(self, margins: ArrayLike) -> Floats:
        """(rows,) probability of the event; raises `NotFittedError` where the curve has yet to be learnt."""
        margins = np.asarray(margins, dtype=np.float64)
        if self._line is not None:
            slope, intercept = self._line
            return np.asarray(expit(slope * margins + intercept))
        if self._knots is not None:
            return np.asarray(np.interp(margins, *self._knots))
        raise NotFittedError(f"the {self.kind} calibration has not been fitted")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; numbers come back bit for bit."""
        told: dict[str, Any] = {"kind": self.kind}
        if self._line is not None:
            told |= {"slope": self._line[0], "intercept": self._line[1]}
        if self._knots is not None:
            told |= {"margins": self._knots[0].tolist(), "probabilities": self._knots[1].tolist()}
        return told

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        calibrator = cls(told["kind"])
        if "slope" in told:
            calibrator._line = float(told["slope"]), float(told["intercept"])
        if "margins" in told:
            calibrator._knots = np.asarray(told["margins"], float), np.asarray(told["probabilities"], float)
        return calibrator


@dataclass(frozen=True, eq=False)
class Choice:
    """The calibration that was chosen, and why.

    Parameters
    ----------
    calibrator: fitted on all out-of-fold margins.
    log_loss: mean log loss of each kind that was tried, each row judged by a curve fitted without its fold.
    standard_error: of the difference in log loss to "none", over the rows.
    probability: (rows,) of the chosen kind, each row by a curve fitted without its fold; for choosing cuts.
    reason: one sentence with the numbers.
    """

    calibrator: Calibrator
    log_loss: Mapping[Kind, float]
    standard_error: Mapping[Kind, float]
    probability: Floats
    reason: str


def choose_calibration(
    margins_oof: ArrayLike,
    y: ArrayLike,
    folds: ArrayLike,
    weight: ArrayLike | None = None,
    min_events_isotonic: int = 50,
) -> Choice:
    """Calibrate only if it lowers the cross-validated log loss, and then in the way that lowers it most.

    Parameters
    ----------
    margins_oof: (rows,) log-odds, each from a model that was not trained on the row.
    y, weight: (rows,) as for `Calibrator.fit`.
    folds: (rows,) label of the fold that each row was held out in; the curves are cross-fitted over the same folds.
    min_events_isotonic: with fewer rows of the rarer outcome isotonic is not tried, since it would learn their noise.

    Raises
    ------
    DataError: as `Calibrator.fit`, or fewer than two folds.
    """
    rows = _rows(margins_oof, y, folds, weight)
    rarer = int(min(((rows.y == label) & (rows.weight > 0)).sum() for label in (0, 1)))
    if rarer >= min_events_isotonic:
        return _choice(rows, KINDS)
    skipped = f"; isotonic not tried: {rarer} rows of the rarer outcome, {min_events_isotonic} wanted"
    return _choice(rows, ("none", "sigmoid"), note=skipped)


def fit_calibration(
    kind: Kind, margins_oof: ArrayLike, y: ArrayLike, folds: ArrayLike, weight: ArrayLike | None = None
) -> Choice:
    """The calibration that was asked for, with the same figures as a chosen one; arguments as `choose_calibration`."""
    kinds: tuple[Kind, ...] = ("none",) if kind == "none" else ("none", kind)
    return _choice(_rows(margins_oof, y, folds, weight), kinds, asked=kind, note="; as asked")


class _Rows(NamedTuple):
    margins: Floats
    y: Floats
    weight: Floats
    folds: NDArray[Any]


def _rows(margins: ArrayLike, y: ArrayLike, folds: ArrayLike, weight: ArrayLike | None) -> _Rows:
    margins, y, weight = _checked(margins, y, weight)
    folds = np.asarray(folds)
    if folds.shape != margins.shape or len(np.unique(folds)) < 2:
        raise DataError(
            f"folds of shape {folds.shape} hold {len(np.unique(folds))} labels for {len(margins)} rows",
            advice="give each row the label of its fold, two folds or more",
        )
    return _Rows(margins, y, weight, folds)


def _choice(rows: _Rows, kinds: Sequence[Kind], *, asked: Kind | None = None, note: str = "") -> Choice:
    """Cross-fit the kinds, take the one asked for or else the best, and fit it on all rows."""
    probability = {kind: _cross_fitted(kind, rows) for kind in kinds}
    losses = {kind: rows.weight * _row_log_loss(rows.y, p) for kind, p in probability.items()}
    log_loss = {kind: float(of_rows.mean()) for kind, of_rows in losses.items()}
    error = {kind: float(np.std(losses[kind] - losses["none"], ddof=1) / np.sqrt(len(rows.y))) for kind in kinds}
    chosen = min(kinds, key=log_loss.__getitem__) if asked is None else asked
    changes = "".join(
        f", {kind} {log_loss[kind]:.5f} ({log_loss[kind] - log_loss['none']:+.5f}, standard error {error[kind]:.5f})"
        for kind in kinds[1:]
    )
    verdict = "no calibration" if chosen == "none" else f"{chosen} calibration"
    return Choice(
        calibrator=Calibrator(chosen).fit(rows.margins, rows.y, rows.weight),
        log_loss=log_loss,
        standard_error=error,
        probability=probability[chosen],
        reason=f"{verdict}: cross-validated log loss {log_loss['none']:.5f} without{changes}{note}",
    )


def _cross_fitted(kind: Kind, rows: _Rows) -> Floats:
    """(rows,) probability of each row by a curve fitted without its fold."""
    probability = np.empty_like(rows.margins)
    for fold in np.unique(rows.folds):
        held = rows.folds == fold
        calibrator = Calibrator(kind).fit(rows.margins[~held], rows.y[~held], rows.weight[~held])
        probability[held] = calibrator.probability(rows.margins[held])
    return probability


def _platt(margins: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Slope and intercept by logistic regression on smoothed targets; a slope that would fall is set to 0.

    The targets are (events + 1) / (events + 2) and 1 / (others + 2), as if one more row of each kind had been seen, so
    that separable margins give a finite slope. A target t is two rows: an event of weight t, a non-event of 1 - t.
    """
    events, others = float(weight @ y), float(weight @ (1.0 - y))
    target = np.where(y == 1, (events + 1.0) / (events + 2.0), 1.0 / (others + 2.0))
    centre = np.average(margins, weights=weight)
    spread = np.sqrt(np.average((margins - centre) ** 2, weights=weight))
    if spread > 0:
        column = np.tile((margins - centre) / spread, 2)[:, None]
        split = np.concatenate([weight * target, weight * (1.0 - target)])
        outcome = np.repeat([1.0, 0.0], len(y))
        line = LogisticRegression(C=np.inf, tol=1e-12).fit(column, outcome, sample_weight=split)
        slope = float(np.ravel(line.coef_)[0]) / spread
        if slope > 0:
            return float(slope), float(np.ravel(line.intercept_)[0] - slope * centre)
    return 0.0, float(logit(np.average(target, weights=weight)))


def _isotonic(margins: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Knots of the never-falling curve, kept off 0 and 1."""
    from sklearn.isotonic import IsotonicRegression

    least = 1.0 / (np.count_nonzero(weight) + 2.0)
    curve = IsotonicRegression(y_min=least, y_max=1.0 - least).fit(margins, y, sample_weight=weight)
    return curve.X_thresholds_, curve.y_thresholds_


def _row_log_loss(y: Floats, probability: Floats) -> Floats:
    kept = np.clip(probability, _TINY, 1.0 - _TINY)
    return -np.log(np.where(y == 1, kept, 1.0 - kept))


def _checked(margins: ArrayLike, y: ArrayLike, weight: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """The three as (rows,) float64, the weights scaled to mean 1."""
    margins, y = np.asarray(margins, dtype=np.float64), np.asarray(y, dtype=np.float64)
    weight = np.ones(margins.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if margins.ndim != 1 or not margins.shape == y.shape == weight.shape:
        raise DataError(f"margins {margins.shape}, labels {y.shape} and weights {weight.shape} want one length")
    for name, values, fine in (
        ("margin", margins, np.isfinite(margins)),
        ("label", y, (y == 0) | (y == 1)),
        ("weight", weight, np.isfinite(weight) & (weight >= 0) & (weight.sum() > 0)),
    ):
        if not fine.all():
            row = int(np.argmin(fine))
            raise DataError(
                f"{int((~fine).sum())} of {len(y)} {name}s cannot be calibrated on, first {shown(values[row])}",
                where=f"row {row + 1}",
                advice="margins are finite, labels 0 or 1, weights from 0 up and not all 0",
            )
    return margins, y, weight / weight.mean()
