"""The audit: what the images are, which belong together, which contradict each other, which stand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.imaging.asked.auditing import Auditing
from casestudies.imaging.audit.groups import by_group
from casestudies.imaging.audit.leaks import leaks, many
from casestudies.imaging.audit.outliers import quality_told
from casestudies.imaging.audit.twins import Twins, families_of, twins
from casestudies.imaging.films import UNKNOWN, Films
from casestudies.tabular.problems import Code, Problem

_LISTED = 50  # pairs of twins that are named; all conflicts are among them


@dataclass(frozen=True, eq=False)
class Audit:
    """What was found before anything was learnt.

    Parameters
    ----------
    told: plain values for profile.json. groups: (rows,) numbers; images of one patient, and twins, share one.
    left_out: (rows,) bool, twins whose labels contradict each other: not to be learnt from.
    twins: all pairs.
    """

    told: dict[str, Any]
    groups: NDArray[np.intp]
    left_out: NDArray[np.bool_]
    twins: Twins


def audit(films: Films, auditing: Auditing) -> Audit:
    """Look at all images once.

    Raises
    ------
    DataError: the images have too much in common for `audit.twins`.
    """
    found = twins(films.pixels, auditing.twins)
    groups = _groups(films, found)
    one, other = films.label[found.first], films.label[found.second]
    conflict = found.sure & (one != other) & (one != UNKNOWN) & (other != UNKNOWN)
    left_out = np.zeros(len(films), dtype=bool)
    if auditing.conflicts == "leave out":
        left_out[found.first[conflict]] = left_out[found.second[conflict]] = True
    told = {
        **_counted(films),
        "facts": _facts(films),
        "twins": {**_twins_told(films, found, conflict), "cut": auditing.twins, "left_out": int(left_out.sum())},
        "largest_group": int(np.bincount(groups).max(initial=0)),
        "groups": int(groups.max(initial=-1) + 1),
        "given": _given(films, found),
        "by_group": by_group(films),
        "quality": quality_told(films),
    }
    return Audit(told, groups, left_out, found)


def doubts(films: Films, found: Audit) -> list[Problem]:
    """What the audit found, as facts beside those of the reader."""
    told, problems = found.told["twins"], []
    if told["pairs"]:
        rule = f"images that are twins: {many(told['pairs'], 'pair')}, {told['sure']:,} of them for certain"
        advice = "they stay on one side of every split; see the report for the pairs"
        problems.append(Problem(Code.DUPLICATE_ROWS, "note", rule, advice, count=told["images"]))
    if told["conflicts"]:
        rule = f"twins with different labels: {many(told['conflicts'], 'pair')}"
        advice = "have them read again; audit.conflicts says whether they are learnt from"
        problems.append(Problem(Code.SAME_ROW_OTHER_LABEL, "warning", rule, advice, count=told["conflicts"]))
    for part in found.told["given"] or []:
        if part["count"]:
            rule = f"the file's own {part['between']} parts share {part['count']}"
            advice = "write split.kind: patients, to draw parts that keep them together"
            problems.append(Problem(Code.DUPLICATES_ACROSS, "warning", rule, advice, count=part["images"]))
    return problems


def _groups(films: Films, found: Twins) -> NDArray[np.intp]:
    """(rows,) numbers from 0, in the order of first appearance."""
    rows = len(films)
    patient = pd.factorize(films.patient)[0].astype(np.intp) if films.patients_known else np.arange(rows)
    return families_of(int(patient.max(initial=-1)) + 1, patient[found.first], patient[found.second])[patient]


def _counted(films: Films) -> dict[str, Any]:
    """Images and patients by class."""
    patients = pd.Series(films.patient).value_counts()
    sick = films.label == 1
    return {
        "images": len(films),
        "classes": list(films.classes),
        "diseased": int(sick.sum()),
        "healthy": int((films.label == 0).sum()),
        "unknown": int((films.label == UNKNOWN).sum()),
        "patients": len(patients) if films.patients_known else None,
        "diseased_patients": len(np.unique(films.patient[sick].astype(str))) if films.patients_known else None,
        "images_per_patient": _spread(patients) if films.patients_known else None,
        "masks": films.masks is not None and int(films.masks.any(axis=(1, 2)).sum()),
    }


def _facts(films: Films) -> dict[str, Any]:
    """What the reader found of the files: sizes, formats, depth, spacing."""
    facts = films.facts
    told: dict[str, Any] = {}
    if {"height", "width"} <= set(facts) and len(facts):
        told["size"] = {name: _spread(facts[name]) for name in ("height", "width")}
    for name in ("format", "bits"):
        if name in facts:
            told[name] = {str(level): int(count) for level, count in facts[name].dropna().value_counts().items()}
    if "inverted" in facts:
        told["inverted"] = int(facts["inverted"].fillna(False).astype(bool).sum())
    if "spacing" in facts and (spacing := pd.to_numeric(facts["spacing"], errors="coerce").dropna()).size:
        told["spacing"] = {**_spread(spacing), "known": len(spacing)}
    return told


def _spread(values: pd.Series) -> dict[str, float]:
    return {"least": float(values.min()), "median": float(values.median()), "greatest": float(values.max())}


def _twins_told(films: Films, found: Twins, conflict: NDArray[np.bool_]) -> dict[str, Any]:
    """Counts, and the pairs that a person should look at: conflicts first, then the most alike of different patients."""
    apart = (
        films.patient[found.first] != films.patient[found.second] if films.patients_known else np.ones(len(found), bool)
    )
    order = np.lexsort((found.first, -found.likeness, ~apart, ~conflict))[:_LISTED]
    return {
        "pairs": len(found),
        "sure": int(found.sure.sum()),
        "images": len(np.union1d(found.first, found.second)),
        "conflicts": int(conflict.sum()),
        "of_two_patients": int((apart & found.sure).sum()) if films.patients_known else None,
        "listed": [
            {
                "one": str(films.names[found.first[i]]),
                "other": str(films.names[found.second[i]]),
                "correlation": float(found.likeness[i]),
                "sure": bool(found.sure[i]),
                "labels": [_class(films, found.first[i]), _class(films, found.second[i])],
                "conflict": bool(conflict[i]),
            }
            for i in order
        ],
    }


def _class(films: Films, row: int) -> str:
    label = int(films.label[row])
    return "unknown" if label == UNKNOWN else films.classes[label]


def _given(films: Films, found: Twins) -> list[dict[str, Any]] | None:
    """What the file's own parts share with one another; None where it has none."""
    words = films.part.astype(str)
    parts = {name: np.flatnonzero(words == name) for name in ("test", "validation", "train")}
    if not (len(parts["test"]) and len(parts["train"])):
        return None
    told = []
    for here, there in (("test", "train"), ("test", "validation"), ("validation", "train")):
        shared = leaks(films, found, parts[here], parts[there])
        told.append(
            {
                "between": f"{here} and {there}",
                "patients": len(shared.patients),
                "twins": len(shared.twins),
                "alike": shared.alike,
                "images": shared.images,
                "count": shared.count,
            }
        )
    return told
