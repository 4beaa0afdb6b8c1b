"""The table before the fit: gaps that tell, copies, far cells, and labels to look at again. Nothing is changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.label_noise import Suspects, relabelled, suspects
from casestudies.tabular import Code
from casestudies.tabular.missingness import gaps_that_tell
from casestudies.tabular.outliers import Outliers, outliers
from casestudies.workflow.compare import Comparison, Sample
from casestudies.workflow.load import Loaded
from casestudies.workflow.studies import Words
from casestudies.workflow.table_settings import TableSettings

Floats = NDArray[np.float64]

REVIEWED = 200  # rows on the review list at most: a day's work with the records
_EXTREMES = 3  # far cells told of by column
_SHOWN = 10  # suspected labels in the report
_COPIES = (Code.DUPLICATE_ROWS, Code.DUPLICATES_ACROSS, Code.SAME_ROW_OTHER_LABEL, Code.REPEATED_ID)


def quality_told(
    loaded: Loaded, comparison: Comparison, sample: Sample, settings: TableSettings, words: Words
) -> dict[str, Any]:
    """Everything the section on data quality says.

    Parameters
    ----------
    sample: all rows of the table.
    """
    gaps = gaps_that_tell(sample.frame, sample.y, sample.weight, level=settings.interval.level)
    found = outliers(sample.frame, loaded.checked.kinds)
    p = _out_of_fold(comparison, len(sample.y))
    review = review_list(loaded, comparison, sample, words)
    return {
        "missing": [asdict(gap) for gap in gaps],
        "copies": [problem.fact for problem in loaded.checked.problems.first() if problem.code in _COPIES],
        "outliers": [_outliers(told, loaded, sample.frame) for told in found],
        "far": _far(found, comparison, sample),
        "labels": _labels(p, comparison, sample, settings.seed),
        "review": review.head(_SHOWN).to_dict("records"),
    }


def review_list(loaded: Loaded, comparison: Comparison, sample: Sample, words: Words) -> pd.DataFrame:
    """Labels to look at again, the most suspect first: data/review.csv.

    Returns
    -------
    At most 200 rows: row, line (of the file), id where there is one, label, probability (of the event, by a model that
    never saw the row), and why it is listed.
    """
    p = _out_of_fold(comparison, len(sample.y))
    known = np.flatnonzero(~np.isnan(p))
    found = _suspects(p, sample)
    rows = known[found.ranked(REVIEWED)] if found is not None else known[:0]
    names = {True: words.event, False: f"no {words.event}"}
    event = sample.y[rows] > 0
    places = loaded.checked.places
    columns: dict[str, Any] = {"row": places.rows[rows], "line": np.asarray(places.lines)[rows]}
    for name in loaded.checked.in_role("identifier"):
        columns["id"] = loaded.checked.frame[name].iloc[rows].astype("str").to_numpy()
    columns["label"] = [names[bool(flag)] for flag in event]
    columns["probability"] = p[rows].round(4)
    columns["why"] = [_why(bool(flag), float(value), found, names) for flag, value in zip(event, p[rows], strict=True)]
    return pd.DataFrame(columns)


def _why(event: bool, p: float, found: Suspects | None, names: dict[bool, str]) -> str:
    chance, usual = (1 - p, found.thresholds[0]) if event else (p, found.thresholds[1])  # type: ignore[union-attr]
    return (
        f"labelled {names[event]}, but {names[not event]} has a probability of {chance:.0%}; rows labelled "
        f"{names[not event]} have {usual:.0%} on average"
    )


def _out_of_fold(comparison: Comparison, rows: int) -> Floats:
    """(rows,) the champion's probability of the event for every row, by a fit that did not see it; nan if there is none."""
    champion = comparison.choice.champion
    p = np.full(rows, np.nan)
    p[comparison.parts[0][0]] = comparison.trained[champion].calibration.probability
    judged = comparison.judged[champion].p
    if judged is not None:
        p[comparison.rows] = judged
    return p


def _suspects(p: Floats, sample: Sample) -> Suspects | None:
    """Of the rows with a probability; None where all of them have one label."""
    known = ~np.isnan(p)
    y = sample.y[known]
    return suspects(y, p[known], sample.weight[known]) if 0 < y.sum() < len(y) else None


def _labels(p: Floats, comparison: Comparison, sample: Sample, seed: int) -> dict[str, Any] | None:
    found = _suspects(p, sample)
    judged = comparison.judged[comparison.choice.champion]
    if found is None or judged.p is None:
        return None
    known = np.flatnonzero(~np.isnan(p))
    event = sample.y[known] > 0
    listed = known[found.ranked(REVIEWED)]
    held = sample.take(comparison.rows)
    there = np.flatnonzero(np.isin(comparison.rows, listed))
    change = relabelled(held.y, judged.p, judged.act, there, held.costs, held.weight, seed=seed)
    return {
        "rows": len(known),
        "contradicted": int(found.listed.sum()),
        "events_contradicted": float(found.listed[event].mean()),
        "others_contradicted": float(found.listed[~event].mean()),
        "thresholds": found.thresholds,
        "listed": len(listed),
        "judged": len(held.y),
        "change": asdict(change),
    }


def _outliers(told: Outliers, loaded: Loaded, frame: pd.DataFrame) -> dict[str, Any]:
    extremes = []
    for at in told.extremes(_EXTREMES):
        row, line = loaded.checked.places.of(at)
        extremes.append({"row": row, "line": line, "value": float(frame[told.column].iloc[at])})
    return {
        "column": told.column,
        "cells": told.count,
        "lump": told.lump,
        "low": told.low,
        "high": told.high,
        "extremes": extremes,
    }


def _far(found: tuple[Outliers, ...], comparison: Comparison, sample: Sample) -> dict[str, Any] | None:
    """Whether rows with far cells matter for the money: their stake, and the decisions with those cells on the fence."""
    slips = [told for told in found if not told.lump]
    if not slips:
        return None
    far = np.any([told.far for told in slips], axis=0)
    out: dict[str, Any] = {"rows": int(far.sum()), "share": float(sample.weight[far].sum() / sample.weight.sum())}
    if sample.costs is not None:
        stake = np.maximum(np.abs(sample.costs.caught), np.abs(sample.costs.alarm)) * sample.weight
        out["stake"] = float(stake[far].sum() / stake.sum()) if stake.sum() > 0 else 0.0
    return out | {"clipped": _clipped(slips, far, comparison, sample)}


def _clipped(
    slips: list[Outliers], far: NDArray[np.bool_], comparison: Comparison, sample: Sample
) -> dict[str, Any] | None:
    """The first part's judged rows decided again with far cells on the fence, by the model that judged them."""
    champion = comparison.choice.champion
    trained, judged = comparison.trained[champion], comparison.judged[champion]
    first = comparison.part == 0
    rows = comparison.rows[first]
    moved = np.flatnonzero(far[rows])
    if judged.p is None or not len(moved):
        return None
    held = sample.take(rows)
    columns = {told.column: told.clipped(held.frame[told.column].iloc[moved]) for told in slips}
    p = judged.p[first].copy()
    p[moved] = trained.model.probability(held.frame.iloc[moved].assign(**columns))
    act, before = trained.decider.act(p, held.costs), judged.act[first]
    out: dict[str, Any] = {"rows": len(rows), "far": len(moved), "changed": int((act != before).sum())}
    if held.costs is not None:
        totals = [held.costs.total(held.y, decision, held.weight) for decision in (before, act)]
        out["cost"] = totals
    return out
