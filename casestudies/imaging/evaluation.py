"""How good each model is on the test patients, with the cut and the calibration that validation patients chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError, UsageError
from casestudies.imaging.decision import Decision
from casestudies.imaging.figures import NAMES, Figures, figures
from casestudies.imaging.films import UNKNOWN, Films
from casestudies.imaging.incumbent import INCUMBENT, incumbent_logits
from casestudies.imaging.patients import Patients
from casestudies.imaging.prices import (
    Resampling,
    Scored,
    cuts_told,
    elsewhere_told,
    ends,
    net_benefit_told,
    ratios_told,
)
from casestudies.metrics import Bootstrap, paired
from casestudies.metrics.calibration_line import calibration_line

if TYPE_CHECKING:
    from casestudies.imaging.asked.deciding import Deciding
    from casestudies.imaging.splits import Parts
    from casestudies.workflow.settings import Interval as Coverage

Floats = NDArray[np.float64]
FEW = 20  # diseased patients; with fewer, models are not put in an order
_COMPARED = ("auc", "expected_cost", "log_loss")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Figures on the test part.

    Parameters
    ----------
    metrics: {model: {figure: {value, low, high, unit, and the reason where something is missing}}}.
    told: what else the report says, as plain values.
    predictions: one row a validation or test image, of the champion; `probability:MODEL` of the others.
    decisions: {model: Decision}, each chosen on the validation part.
    misses: the diseased test images that the champion does not flag, the least probable first.
    """

    metrics: dict[str, Figures]
    told: dict[str, Any]
    predictions: pd.DataFrame
    decisions: dict[str, Decision]
    misses: pd.DataFrame


def evaluate(
    models: Mapping[str, Floats],
    films: Films,
    parts: Parts,
    deciding: Deciding,
    interval: Coverage,
    seed: int,
    champion: str | None = None,
) -> Evaluation:
    """Calibrate and cut each model on the validation images, and judge it on the test images.

    Patients are what is resampled (where they are not known, images with their twins), all models see the same resamples,
    and images without a label are left out.

    Parameters
    ----------
    models: {name: (images,) logits of all `films`}; of "incumbent" any score, nan where there is none.
    champion: the model that the others are compared with; None: the first.

    Raises
    ------
    DataError: a part has no image with a label, or validation one class only. UsageError: an unknown champion.
    """
    first = champion or next(iter(models))
    if first not in models:
        raise UsageError(f"there is no model {first!r}", advice=f"there are {', '.join(models)}")
    label = films.label
    test, validation = (rows[label[rows] != UNKNOWN] for rows in (parts.test, parts.validation))
    if not len(test):
        raise DataError("no test image has a label", where="split.test", advice="give labels, or a larger split.test")
    logits, sentence = dict(models), None
    if INCUMBENT in logits:
        logits[INCUMBENT], sentence = incumbent_logits(logits[INCUMBENT], label, validation)
    decisions = {
        name: Decision.learnt(z[validation], label[validation], films.patient[validation], deciding)
        for name, z in logits.items()
    }
    probability = {name: decisions[name].probability(z) for name, z in logits.items()}
    how = Resampling(interval.rounds, interval.level, seed)
    unit = None if films.patients_known else films.units[test]
    seen = {
        name: Scored(label[test].astype(float), p[test], films.patient[test], unit) for name, p in probability.items()
    }
    metrics, images = figures(seen, decisions, deciding, how)
    compared = [first, *(name for name in (INCUMBENT, "history") if name in models and name != first)]
    chosen_on = _people(films, validation, probability[first], decisions[first])
    judged = {name: _people(films, test, probability[name], decisions[name]) for name in compared}
    decision, prices = decisions[first].patient, (deciding.miss, deciding.alarm)
    told = {
        "champion": first,
        **_counted(films, test, deciding),
        "temperatures": {name: one.temperature for name, one in decisions.items()},
        "decision": decisions[first].to_dict(),
        "line": _line(seen[first], how),
        "against_half": metrics[first].pop("cost_ratio"),
        "cuts": [
            one
            if one["name"] != "used"
            else {**one, **{end: metrics[first]["patient_cost"][end] for end in ("low", "high")}}
            for one in cuts_told(chosen_on, judged[first], decision.cut, *prices, how)
        ],
        "ratios": ratios_told(chosen_on if deciding.cut == "cost" else None, judged[first], how),
        "net_benefit": net_benefit_told(judged),
        "elsewhere": None
        if deciding.prevalence is None
        else elsewhere_told(float(chosen_on.y.mean()), judged[first], decision.cut, *prices, deciding.prevalence, how),
        "paired": _paired(images, first),
        "incumbent": sentence,
    }
    for name in metrics.keys() - {first}:
        metrics[name].pop("cost_ratio")
    rows = np.concatenate([parts.validation, parts.test])
    predictions = _predictions(films, parts, rows, logits, probability, decisions, first)
    return Evaluation(metrics, told, predictions, decisions, _misses(films, test, probability[first], decisions[first]))


def _paired(images: Bootstrap, champion: str) -> list[dict[str, Any]]:
    """The champion beside each other model, in ranking, money and probabilities."""
    out = []
    for rival in images.intervals:
        for metric in _COMPARED if rival != champion else ():
            found = paired(images, metric, champion, rival)
            told = {"metric": NAMES.get(metric, metric), "model": champion, "rival": rival}
            out.append(
                {**told, "difference": found.difference, "low": found.low, "high": found.high, "p": found.p_value}
            )
    return out


def _counted(films: Films, test: NDArray[np.intp], deciding: Deciding) -> dict[str, Any]:
    patients = Patients.of(films.patient[test])
    diseased = patients.label(films.label[test])
    return {
        "images": len(test),
        "positives": int((films.label[test] == 1).sum()),
        "patients": len(patients),
        "positive_patients": int((diseased == 1).sum()),
        "patients_known": films.patients_known,
        "several": bool(patients.images.max() > 1),
        "few": bool((diseased == 1).sum() < FEW),
        "classes": list(films.classes),
        "prices": {"miss": deciding.miss, "alarm": deciding.alarm},
        "patient_by": deciding.patient_by,
        "accuracy_at": deciding.accuracy_at,
        "prevalence": deciding.prevalence,
    }


def _people(films: Films, rows: NDArray[np.intp], probability: Floats, decision: Decision) -> Scored:
    """The patients of some images, with one probability each."""
    patients = Patients.of(films.patient[rows])
    return Scored(
        patients.label(films.label[rows]).astype(float),
        decision.together(probability[rows], patients),
        patients.names,
        None if films.patients_known else films.units[rows][patients.first],
    )


def _line(seen: Scored, how: Resampling) -> dict[str, Any]:
    """Whether the probabilities hold on the test patients; images count as if each were a patient's only one."""
    weight = 1.0 / Patients.of(seen.patient).images[Patients.of(seen.patient).code]
    found = calibration_line(seen.y, seen.p, weight, how.level)
    return {"slope": ends(found.slope), "level": ends(found.level)}


def _predictions(
    films: Films,
    parts: Parts,
    rows: NDArray[np.intp],
    logits: Mapping[str, Floats],
    probability: Mapping[str, Floats],
    decisions: Mapping[str, Decision],
    champion: str,
) -> pd.DataFrame:
    decision, p = decisions[champion], probability[champion][rows]
    part = np.where(np.isin(rows, parts.test), "test", "validation")
    together = np.empty(len(rows))
    for name in ("validation", "test"):
        patients = Patients.of(films.patient[rows][part == name])
        together[part == name] = decision.together(p[part == name], patients)[patients.code]
    return pd.DataFrame(
        {
            "part": part,
            "name": films.names[rows].astype(str),
            "patient": films.patient[rows].astype(str),
            "label": films.label[rows],
            "logit": logits[champion][rows],
            "probability": p,
            "act": decision.act(p),
            "set": decision.sets(p, films.classes),
            "patient_probability": together,
            "patient_act": decision.call_back(together),
            **{f"probability:{name}": one[rows] for name, one in probability.items() if name != champion},
        }
    )


def _misses(films: Films, test: NDArray[np.intp], probability: Floats, decision: Decision) -> pd.DataFrame:
    patients = Patients.of(films.patient[test])
    called = decision.call_back(decision.together(probability[test], patients))[patients.code]
    missed = (films.label[test] == 1) & ~decision.act(probability[test])
    rows = test[missed]
    known = [name for name in dict.fromkeys([*films.history, *films.groups]) if name in films.table]
    listed = pd.DataFrame(
        {
            "file": films.names[rows].astype(str),
            "patient": films.patient[rows].astype(str),
            "probability": probability[rows],
            "possible": decision.sets(probability[rows], films.classes),
            "patient_called_back": np.where(called[missed], "yes", "no"),
            **{name: films.table[name].iloc[rows].to_numpy() for name in known},
        }
    )
    return listed.sort_values("probability", kind="stable", ignore_index=True)
