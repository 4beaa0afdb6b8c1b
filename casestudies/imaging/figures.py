"""The figures of every model on the judged images and patients, each with an interval that claims no more than was seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.decisions import CostMatrix, Costs
from casestudies.imaging.decision import Decision
from casestudies.imaging.patients import Patients
from casestudies.imaging.prices import Resampling, Scored, ends
from casestudies.imaging.rates import bounded
from casestudies.metrics import Answers, Bootstrap, Interval, bootstrap
from casestudies.metrics.intervals import percentile
from casestudies.metrics.predictive import npv_metric, ppv_metric
from casestudies.metrics.reached import sensitivity_at_metric, specificity_at_metric

if TYPE_CHECKING:
    from casestudies.imaging.asked.deciding import Deciding

Figures = dict[str, dict[str, Any]]
NAMES = {"expected_cost": "cost"}  # as metrics.json calls them
_IMAGES = ("auc", "sensitivity", "specificity", "expected_cost", "savings", "log_loss", "brier", "ece")
_HALF = ("accuracy", "expected_cost")
_PATIENTS = ("auc", "sensitivity", "specificity", "expected_cost", "savings")
_HALF_NAMES = {"expected_cost": "cost_at_half"}


def figures(
    seen: Mapping[str, Scored], decisions: Mapping[str, Decision], deciding: Deciding, how: Resampling
) -> tuple[dict[str, Figures], Bootstrap]:
    """All figures of all models, and the resampled figures of images for comparisons."""
    one = next(iter(seen.values()))
    y, patients, unit = one.y, Patients.of(one.patient), deciding.currency or "cost units"
    drawn: dict[str, Any] = {"rounds": how.rounds, "level": how.level, "seed": how.seed}
    extra = [
        sensitivity_at_metric(deciding.accuracy_at),
        specificity_at_metric(deciding.accuracy_at),
        ppv_metric(deciding.prevalence),
        npv_metric(deciding.prevalence),
    ]
    costs = costs_of(deciding, len(y))
    answers = {name: Answers(s.p, decisions[name].act(s.p)) for name, s in seen.items()}
    halves = {name: Answers(s.p, s.p > 0.5) for name, s in seen.items()}
    images = bootstrap(y, answers, costs=costs, groups=one.units, metrics=[*_IMAGES, *extra], **drawn)
    half = bootstrap(y, halves, costs=costs, groups=one.units, metrics=_HALF, **drawn)
    together = {name: decisions[name].together(s.p, patients) for name, s in seen.items()}
    people = {name: Answers(p, decisions[name].call_back(p)) for name, p in together.items()}
    diseased = patients.label(y)
    alone = None if one.unit is None else one.unit[patients.first]
    persons = bootstrap(
        diseased, people, costs=costs_of(deciding, len(patients)), groups=alone, metrics=_PATIENTS, **drawn
    )
    apart = patients.names if alone is None else alone
    sides = (len(np.unique(apart[diseased == 1])), len(np.unique(apart[diseased == 0])))
    share = float(y.mean()) if deciding.prevalence is None else deciding.prevalence
    found: dict[str, Figures] = {}
    for name in seen:
        found[name] = {
            **_entries(images, name, NAMES, f"{unit} per image", sides),
            **_entries(half, name, _HALF_NAMES, f"{unit} per image"),
            **{
                f"patient_{key}": value
                for key, value in _entries(persons, name, NAMES, f"{unit} per patient", sides).items()
            },
            "cost_ratio": ends(_cost_ratio(images, half, name)),
        }
        _bound_predictive(found[name], share)
        _bound_costs(found[name], "", float(y.mean()), deciding)
        _bound_costs(found[name], "patient_", float(diseased.mean()), deciding)
    return found, images


def _bound_predictive(told: Figures, share: float) -> None:
    """Predictive values of 1 get the lower bound that sensitivity or specificity has: no miss seen is not none there is.

    share: of diseased, where the values are told for.
    """
    found, spared = told["sensitivity"], told["specificity"]
    if told["npv"]["value"] == 1.0 and spared["value"] > 0:
        rest = (1.0 - share) * spared["value"]
        told["npv"]["low"] = min(told["npv"]["low"], rest / (rest + share * (1.0 - found["low"])))
    if told["ppv"]["value"] == 1.0 and found["value"] > 0:
        caught = share * found["value"]
        told["ppv"]["low"] = min(told["ppv"]["low"], caught / (caught + (1.0 - share) * (1.0 - spared["low"])))


def _bound_costs(told: Figures, level: str, share: float, deciding: Deciding) -> None:
    """Costs in which no miss, or no alarm, was seen may be as high as the bound of sensitivity, or specificity, allows.

    share: of diseased. level: "" for images, "patient_" for patients.
    """
    cost, saved = told[f"{level}cost"], told[f"{level}savings"]
    found, spared = told[f"{level}sensitivity"], told[f"{level}specificity"]
    more = share * deciding.miss * (1.0 - found["low"]) if found["value"] == 1.0 else 0.0
    more += (1.0 - share) * deciding.alarm * (1.0 - spared["low"]) if spared["value"] == 1.0 else 0.0
    least = min(share * deciding.miss, (1.0 - share) * deciding.alarm)
    if more > 0.0 and least > 0.0:
        cost["high"] = max(cost["high"], cost["value"] + more)
        saved["low"] = min(saved["low"], saved["value"] - more / least)


def costs_of(deciding: Deciding, rows: int) -> Costs:
    """The prices of a miss and of a false alarm, the same in every row."""
    return CostMatrix(fn=deciding.miss, fp=deciding.alarm).on({}, rows)


def _entries(
    drawn: Bootstrap, model: str, names: Mapping[str, str], money: str, sides: tuple[int, int] = (0, 0)
) -> Figures:
    """sides: patients with the disease, and without, whose number bounds shares of 0 and 1."""
    people = {"sensitivity": sides[0], "sens_at_spec": sides[0], "specificity": sides[1], "spec_at_sens": sides[1]}
    out = {}
    for metric, found in drawn.intervals[model].items():
        unit = money if metric == "expected_cost" else drawn.metrics[metric].unit
        out[names.get(metric, metric)] = _entry(bounded(found, people.get(metric, 0), drawn.level), unit)
    return out


def _entry(found: Interval, unit: str) -> dict[str, Any]:
    return {**ends(found), "unit": unit} | ({"reason": found.reason} if found.reason else {})


def _cost_ratio(images: Bootstrap, half: Bootstrap, model: str) -> Interval:
    """Cost at the cut over cost at 0.5, on the same resamples."""
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = images.draws[model]["expected_cost"] / half.draws[model]["expected_cost"]
        now, then = (one.intervals[model]["expected_cost"].value for one in (images, half))
        value = float(np.float64(now) / then)
    return percentile(value if np.isfinite(value) else np.nan, draws, images.level, "the cut at 0.5 costs nothing")
