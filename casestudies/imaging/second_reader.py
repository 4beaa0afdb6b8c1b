"""Whom the model leaves to a second reader: patients whose set of possible classes is not one class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions.conformal import ConformalCuts
from casestudies.imaging.films import UNKNOWN, Films
from casestudies.imaging.prices import ends
from casestudies.metrics.sums import sum_intervals
from casestudies.workflow.answers import Answer

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work

Floats = NDArray[np.float64]
_PROMISES = (0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99)


def second_reader_told(work: Work) -> Answer:
    """analysis/second_reader.json: the sets of test patients at the promise that was asked for, and at others."""
    people = _patients(work.judged.predictions)
    test, validation = (people[people["part"] == part] for part in ("test", "validation"))
    decision = work.judged.decisions[work.fitted.champion]
    cuts = decision.patient.conformal
    interval = work.settings.interval
    y, p = _columns(test)
    found = sum_intervals(
        _counts(y, cuts.sets(p)),
        _shares,
        groups=_units(work.films, test),
        rounds=interval.rounds,
        level=interval.level,
        seed=work.settings.seed,
        undefined="there is no such patient",
    )
    told = {
        "coverage": cuts.coverage,
        "patients": len(y),
        "promised_from": {"event": cuts.events, "other": cuts.others},
        "never_ruled_out": {"event": bool(np.isinf(cuts.event)), "other": bool(np.isinf(cuts.other))},
        **{name: ends(one) for name, one in zip(_NAMES, found, strict=True)},
        "promises": _promised(validation, test),
    }
    again = test[cuts.sets(p).sum(axis=1) != 1]
    listed = pd.DataFrame(
        {
            "patient": again["patient"],
            "images": again["images"],
            "probability": again["probability"],
            "possible": decision.patient_sets(again["probability"].to_numpy(), work.films.classes),
        }
    )
    return Answer(told, {"lists/second_reader.csv": listed.sort_values("probability", ascending=False, kind="stable")})


def _patients(predictions: pd.DataFrame) -> pd.DataFrame:
    """One row a patient with a label, in the order in which patients first appear."""
    grouped = predictions.groupby(["part", "patient"], sort=False, observed=True)
    people = grouped.agg(
        diseased=("label", "max"),
        least=("label", "min"),
        probability=("patient_probability", "first"),
        images=("name", "size"),
    ).reset_index()
    return people[(people["diseased"] == 1) | (people["least"] != UNKNOWN)]


def _units(films: Films, people: pd.DataFrame) -> NDArray[Any] | None:
    """(patients,) what intervals resample as one; None: each patient."""
    if films.patients_known:
        return None
    first = np.unique(films.patient, return_index=True)
    return np.asarray(films.units[first[1]][np.searchsorted(first[0], people["patient"])])


def _columns(people: pd.DataFrame) -> tuple[Floats, Floats]:
    return people["diseased"].to_numpy(float), people["probability"].to_numpy(float)


_NAMES = ("covered_event", "covered_other", "second", "missed", "alarmed", "wrong")


def _counts(y: Floats, sets: NDArray[np.bool_]) -> NDArray[Any]:
    """(patients, 7) 0/1: diseased, well; each of them covered; to a second reader; diseased and well answered wrongly."""
    sick, one = y == 1, sets.sum(axis=1) == 1
    columns = (
        sick,
        ~sick,
        sick & sets[:, 1],
        ~sick & sets[:, 0],
        ~one,
        sick & one & sets[:, 0],
        ~sick & one & sets[:, 1],
    )
    return np.column_stack(columns)


def _shares(sums: Floats) -> Floats:
    """(rounds, 6) the figures of `_NAMES`."""
    sick, well, covered_sick, covered_well, second, missed, alarmed = sums.T
    answered = sick + well - second
    return np.column_stack(
        [
            covered_sick / sick,
            covered_well / well,
            second / (sick + well),
            missed / sick,
            alarmed / well,
            (missed + alarmed) / answered,
        ]
    )


def _promised(validation: pd.DataFrame, test: pd.DataFrame) -> list[dict[str, Any]]:
    """What other promises would have come to, each learnt on the validation patients."""
    (y_val, p_val), (y, p) = _columns(validation), _columns(test)
    out = []
    for coverage in _PROMISES:
        sums = _counts(y, ConformalCuts.learnt(y_val, p_val, coverage).sets(p)).sum(axis=0, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            out.append({"coverage": coverage, **dict(zip(_NAMES, _shares(sums[None, :])[0].tolist(), strict=True))})
    return out
