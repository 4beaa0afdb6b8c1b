"""What the decision is worth at other prices, and where the disease is rarer or commoner than in the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from casestudies.decisions.net_benefit import decision_curve
from casestudies.imaging.decision import bayes_cut, cheapest_cut
from casestudies.metrics.intervals import Interval
from casestudies.metrics.sums import sum_intervals

Floats = NDArray[np.float64]
_RATIOS = np.geomspace(1.0, 100.0, 25)  # of the price of a miss to that of a false alarm
_THRESHOLDS = np.linspace(0.01, 0.6, 60)


@dataclass(frozen=True, eq=False)
class Scored:
    """Images or patients with a label, and what a model says of them.

    Parameters
    ----------
    y, p: (rows,). patient: (rows,) pseudonyms.
    unit: (rows,) what intervals resample as one; None: the patient.
    """

    y: Floats
    p: Floats
    patient: NDArray[Any]
    unit: NDArray[Any] | None = None

    @property
    def units(self) -> NDArray[Any]:
        """(rows,) what intervals resample as one."""
        return self.patient if self.unit is None else self.unit


@dataclass(frozen=True)
class Resampling:
    """Rounds, coverage and seed of the intervals."""

    rounds: int
    level: float
    seed: int


def ratios_told(validation: Scored | None, test: Scored, how: Resampling) -> dict[str, list[float]]:
    """Share of cost saved, against the better of calling back all and none, for misses 1 to 100 times as dear as alarms.

    Beside the cut that follows the prices, the cut at 0.5, which does not. All on the same resamples of patients.

    Parameters
    ----------
    validation: the patients that the cheapest cut for each ratio is chosen on; None: the Bayes cut.
    """
    cuts = [
        bayes_cut(ratio, 1.0) if validation is None else cheapest_cut(validation.y, validation.p, ratio, 1.0)
        for ratio in _RATIOS
    ]
    acts = np.array([test.p > cut for cut in cuts]).T
    sick, half, n = test.y == 1, test.p > 0.5, len(_RATIOS)
    columns = np.column_stack([~acts & sick[:, None], acts & ~sick[:, None], ~half & sick, half & ~sick, sick, ~sick])

    def saved(sums: Floats) -> Floats:
        missed, alarms = sums[:, :n], sums[:, n : 2 * n]
        missed_half, alarms_half, diseased, healthy = sums[:, 2 * n :].T[:, :, None]
        constant = np.minimum(_RATIOS * diseased, healthy)
        return np.hstack(
            [1 - (_RATIOS * missed + alarms) / constant, 1 - (_RATIOS * missed_half + alarms_half) / constant]
        )

    found = _intervals(columns, saved, test, how)
    return {
        "ratio": _RATIOS.tolist(),
        "saved": [one.value for one in found[:n]],
        "low": [one.low for one in found[:n]],
        "high": [one.high for one in found[:n]],
        "at_half": [one.value for one in found[n:]],
    }


def net_benefit_told(models: Mapping[str, Scored]) -> dict[str, Any]:
    """Decision curves of models {name: their answers on the same patients}, and of calling back everybody."""
    curves = {name: decision_curve(one.y, one.p, _THRESHOLDS) for name, one in models.items()}
    first = next(iter(curves.values()))
    return {
        "threshold": first.threshold.tolist(),
        "everybody": first.everybody.tolist(),
        "models": {name: curve.model.tolist() for name, curve in curves.items()},
    }


def cuts_told(
    validation: Scored, test: Scored, used: float, miss: float, alarm: float, how: Resampling
) -> list[dict[str, Any]]:
    """Cost a patient, on the test patients, of the cut that is used, of other ways to choose it, and of none at all."""
    cuts = {
        "used": used,
        "cost": cheapest_cut(validation.y, validation.p, miss, alarm),
        "bayes": bayes_cut(miss, alarm),
        "half": 0.5,
        "nobody": np.inf,
        "everybody": -np.inf,
    }
    acts = np.column_stack([test.p > cut for cut in cuts.values()])
    sick = (test.y == 1)[:, None]
    cost = np.column_stack([miss * (~acts & sick) + alarm * (acts & ~sick), np.ones(len(test.y))])
    found = _intervals(cost, lambda sums: sums[:, :-1] / sums[:, -1:], test, how)
    return [
        {"name": name, "cut": float(cut) if np.isfinite(cut) else None, **ends(one)}
        for (name, cut), one in zip(cuts.items(), found, strict=True)
    ]


def elsewhere_told(
    share: float, test: Scored, used: float, miss: float, alarm: float, prevalence: float, how: Resampling
) -> dict[str, Any]:
    """Cost a patient where so many are diseased: at the cut that is used, at the Bayes cut for there, without a model.

    The classes are weighed to the stated share; within a class, patients are taken to be like those of the data.

    Parameters
    ----------
    share: of diseased among the patients that the probabilities were calibrated on.

    Source of the cut: Elkan 2001, "The foundations of cost-sensitive learning", section 3.1 (base rates).
    """
    there = float(expit(logit(bayes_cut(miss, alarm)) + logit(share) - logit(prevalence)))
    acts = np.column_stack([test.p > used, test.p > there])
    sick = test.y == 1
    columns = np.column_stack([~acts & sick[:, None], acts & ~sick[:, None], sick, ~sick])

    def cost(sums: Floats) -> Floats:
        diseased, healthy = sums[:, 4:5], sums[:, 5:6]
        return prevalence * miss * sums[:, :2] / diseased + (1.0 - prevalence) * alarm * sums[:, 2:4] / healthy

    now, best = _intervals(columns, cost, test, how)
    return {
        "prevalence": prevalence,
        "used": ends(now),
        "cut": there,
        "cheapest": ends(best),
        "called": float(prevalence * acts[sick, 1].mean() + (1.0 - prevalence) * acts[~sick, 1].mean()),
        "nobody": prevalence * miss,
        "everybody": (1.0 - prevalence) * alarm,
    }


def ends(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _intervals(columns: NDArray[Any], figures: Any, test: Scored, how: Resampling) -> list[Interval]:
    return sum_intervals(
        columns,
        figures,
        groups=test.units,
        rounds=how.rounds,
        level=how.level,
        seed=how.seed,
        undefined="one class only is there",
    )
