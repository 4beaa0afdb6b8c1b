"""How common the disease is by site, age or density: where it differs, a model can learn the site instead."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from casestudies.imaging.films import UNKNOWN, Films

MANY = 12  # levels of a column beyond which it is cut at its quartiles, or not told
_LEVEL = 0.01


def levels(values: pd.Series) -> pd.Series | None:
    """The column as few named levels: as it is, or a number by its quarters; None for text of many levels."""
    if values.nunique() <= MANY and not pd.api.types.is_float_dtype(values):
        return values.astype("str").where(values.notna(), "not known")
    number = pd.to_numeric(values, errors="coerce")
    if number.notna().sum() < values.notna().sum():
        return None
    if number.nunique() <= MANY:
        return number.map(lambda value: f"{value:g}", na_action="ignore").fillna("not known").astype("str")
    edges = np.unique(np.quantile(number.dropna(), (0.25, 0.5, 0.75)))
    names = [f"below {edges[0]:g}"]
    names += [f"{low:g} to below {high:g}" for low, high in pairwise(edges)]
    names += [f"{edges[-1]:g} or more"]
    cut = np.searchsorted(edges, number.to_numpy(dtype=float), side="right")
    named = pd.Series(np.array(names, dtype=object)[np.minimum(cut, len(edges))], index=values.index)
    return named.where(number.notna(), "not known").astype("str")


def by_group(films: Films) -> list[dict[str, Any]]:
    """For each column that figures are told by: images, patients and share of diseased of each level.

    Returns
    -------
    [{column, levels: [{level, images, patients, diseased}], p, uneven}]; diseased counts images. p: of the chi-square test
    that the disease is as common in each level, patient by patient; uneven: p below 0.01.
    """
    told = []
    known = np.flatnonzero(films.label != UNKNOWN)
    for column in films.groups:
        if column not in films.table or (named := levels(films.table[column])) is None:
            continue
        frame = pd.DataFrame(
            {"level": named.to_numpy()[known], "patient": films.patient[known], "sick": films.label[known] == 1}
        )
        persons = frame.groupby(["level", "patient"])["sick"].max().reset_index()
        rows, sick = (frame.groupby("level")["sick"].agg(how).to_dict() for how in ("size", "sum"))
        people = persons.groupby("level").size().to_dict()
        p = _even(pd.crosstab(persons["level"], persons["sick"]).to_numpy())
        told.append(
            {
                "column": column,
                "levels": [
                    {
                        "level": str(level),
                        "images": int(rows[level]),
                        "patients": int(people[level]),
                        "diseased": int(sick[level]),
                    }
                    for level in _ordered(films.table[column], named)
                    if level in rows
                ],
                "p": p,
                "uneven": p is not None and p < _LEVEL,
            }
        )
    return told


def _ordered(values: pd.Series, named: pd.Series) -> list[str]:
    """Levels as a person would list them: by the numbers they hold, or by name; the unknown last."""
    number = pd.to_numeric(values, errors="coerce")
    first = number.groupby(named).min() if number.notna().any() else pd.Series(dtype=float)
    return sorted(named.unique(), key=lambda level: (level == "not known", first.get(level, np.inf), level))


def _even(counts: np.ndarray) -> float | None:
    """p of the chi-square test; None where there is nothing to compare."""
    counts = counts[counts.sum(axis=1) > 0]
    if min(counts.shape) < 2:
        return None
    return float(chi2_contingency(counts, correction=False).pvalue)
