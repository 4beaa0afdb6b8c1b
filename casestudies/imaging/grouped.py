"""The figures by group (site, age, density), and whether the score leans on the group beyond the disease."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.imaging.audit.groups import levels
from casestudies.imaging.films import UNKNOWN
from casestudies.imaging.patients import Patients
from casestudies.imaging.prices import ends
from casestudies.imaging.rates import bounded
from casestudies.imaging.shortcut import shortcut
from casestudies.metrics import Answers, Bootstrap, bootstrap
from casestudies.metrics.intervals import percentile

if TYPE_CHECKING:
    from casestudies.imaging.conduct import Work

Floats = NDArray[np.float64]
Labels = NDArray[np.str_]
NOT_KNOWN = "not known"  # what `levels` calls rows without a value
FIGURES = ("auc", "sensitivity", "specificity", "ece")


def groups_told(work: Work) -> dict[str, Any] | None:
    """analysis/groups.json; None where no column is named."""
    films = work.films
    columns = [name for name in films.groups if name in films.table]
    if not columns:
        return None
    test = work.parts.test[films.label[work.parts.test] != UNKNOWN]
    whole = _figures(work, test, None)
    told = [_column(work, name, test, whole, number) for number, name in enumerate(columns)]
    return {
        "columns": [one for one in told if one is not None],
        "few": work.settings.groups.few,
        "level": work.settings.groups.level,
    }


def groups_of(values: pd.Series) -> tuple[Labels, list[str]] | None:
    """(images,) the group of each as the audit names it, and the groups in the order they are told in; None for text of
    many levels."""
    named = levels(values)
    if named is None:
        return None
    labels = named.to_numpy(dtype=str)
    middle = pd.to_numeric(values, errors="coerce").groupby(labels).median().fillna(np.inf)  # words: as they are spelt
    return labels, sorted(set(labels.tolist()), key=lambda name: (name == NOT_KNOWN, middle[name], name))


def _figures(work: Work, test: NDArray[np.intp], inside: NDArray[np.bool_] | None) -> Bootstrap:
    """Of the test images, or of those inside a group; all on the same resamples of patients."""
    films, champion, interval = work.films, work.fitted.champion, work.settings.interval
    decision = work.judged.decisions[champion]
    p = decision.probability(work.logits[champion][test])
    return bootstrap(
        films.label[test],
        {"": Answers(p, decision.act(p))},
        weight=None if inside is None else inside.astype(float),
        groups=films.units[test],
        metrics=FIGURES,
        rounds=interval.rounds,
        level=interval.level,
        seed=work.settings.seed,
    )


def _column(work: Work, name: str, test: NDArray[np.intp], whole: Bootstrap, number: int) -> dict[str, Any] | None:
    found = groups_of(work.films.table[name])
    if found is None:
        return None
    labels, names = found
    held = [group for group in names if (labels[test] == group).any()]
    rows = [_group(work, group, labels[test] == group, test, whole) for group in held]
    history = name in work.films.history  # known to go with the disease, and given as such
    return {"name": name, "groups": rows, "history": history, "shortcut": _tested(work, labels, test, number, history)}


def _group(
    work: Work, group: str, inside: NDArray[np.bool_], test: NDArray[np.intp], whole: Bootstrap
) -> dict[str, Any]:
    label = work.films.label[test][inside]
    diseased, well = int((label == 1).sum()), int((label == 0).sum())
    patients = len(np.unique(work.films.patient[test][inside]))
    told = {"group": group, "images": len(label), "patients": patients, "diseased": diseased, "figures": None}
    if min(diseased, well) < work.settings.groups.few:
        return told
    own = _figures(work, test, inside)
    figures, differences = {}, {}
    named = work.films.patient[test][inside]
    people = {"sensitivity": len(np.unique(named[label == 1])), "specificity": len(np.unique(named[label == 0]))}
    for metric in FIGURES:
        figures[metric] = ends(bounded(own.intervals[""][metric], people.get(metric, 0), own.level))
        draws = own.draws[""][metric] - whole.draws[""][metric]
        gap = own.intervals[""][metric].value - whole.intervals[""][metric].value
        differences[metric] = ends(percentile(gap, draws, own.level, "a resample holds one class only"))
    return {**told, "figures": figures, "differences": differences}


def _tested(work: Work, labels: Labels, test: NDArray[np.intp], number: int, history: bool) -> dict[str, Any] | None:
    """Three tests on patients, each with the group of their first image and the mean of their logits; None without two groups."""
    films, train = work.films, work.parts.train[work.films.label[work.parts.train] != UNKNOWN]
    before, now = Patients.of(films.patient[train]), Patients.of(films.patient[test])
    first = [_first(patients, labels[rows]) for patients, rows in ((before, train), (now, test))]
    score = now.together(work.logits[work.fitted.champion][test], "mean")
    if len(np.unique(first[0])) < 2 or len(np.unique(first[1])) < 2:
        return None
    found = shortcut(
        (before.label(films.label[train]), first[0]),
        (now.label(films.label[test]), first[1]),
        score,
        work.settings.seed + number,
    )
    level = work.settings.groups.level
    return {**asdict(found), "flagged": found.there(level) and not history, "used": found.used(level) and not history}


def _first(patients: Patients, labels: Labels) -> Labels:
    return np.asarray(labels[patients.first])
