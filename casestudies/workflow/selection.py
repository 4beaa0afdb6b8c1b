"""Which columns the outcome needs, how surely that is known, and whether SHAP and LIME of the saved model agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from casestudies.models.selection import select
from casestudies.workflow.compare import Sample
from casestudies.workflow.explaining import Explained
from casestudies.workflow.table_settings import TableSettings

FEWEST = 30  # rows of either outcome; below, halves of the rows say nothing
IDLE = 0.05  # of the largest column's effect: below it a column does next to nothing in the model
_CLEAR = 0.1  # of the case's largest effect: a smaller one may have either sign


def selection_told(
    sample: Sample, kinds: Mapping[str, str], settings: TableSettings, explained: Explained
) -> dict[str, Any]:
    """The choice of columns on all rows, and the check of each column by the explanations of the saved model.

    Parameters
    ----------
    kinds: {column: kind} of the features. explained: of the saved model, with LIME in the cases of the report.

    Returns
    -------
    `selection` (`models.selection.Selection` as plain values) and `checks`, one for each selected column; or `skipped`,
    why nothing was chosen.
    """
    counted = sample.weight > 0
    events = int((sample.y[counted] > 0).sum())
    fewer = min(events, int(counted.sum()) - events)
    if fewer < FEWEST:
        return {"skipped": f"There are {fewer} rows of the rarer outcome, and the choice of columns wants {FEWEST}."}
    folds = sample.fold_labels(settings.split.folds, settings.seed)
    chosen = select(sample.frame, kinds, sample.y, sample.weight, folds, settings.seed)
    cases = [case for case in explained.cases if "lime" in case]
    checks = [_check(name, explained.everywhere["importance"], cases) for name in chosen.selected]
    return {"selection": chosen.to_dict(), "checks": checks, "cases": len(cases), "rows": explained.everywhere["rows"]}


def _check(name: str, importance: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One column as SHAP (mean size over many rows) and LIME (mean size over the cases) see it, and where they part."""
    shap = dict(zip(importance["names"], importance["mean"], strict=True))
    sizes = dict.fromkeys(shap, 0.0)
    same, compared = 0, 0
    for case in cases:
        lime = dict(zip(case["lime"]["names"], case["lime"]["effects"], strict=True))
        exact = dict(zip(case["names"], np.asarray(case["effects"], dtype=float).tolist(), strict=True))
        for column, effect in lime.items():
            sizes[column] = sizes.get(column, 0.0) + abs(effect) / len(cases)
        clear = _CLEAR * max((abs(effect) for effect in exact.values()), default=0.0)
        if abs(exact.get(name, 0.0)) >= clear > 0:
            compared += 1
            same += int(np.sign(exact[name]) == np.sign(lime.get(name, 0.0)))
    told = {
        "name": name,
        "shap": shap.get(name, 0.0),
        "shap_rank": _rank(name, shap),
        "lime": sizes.get(name, 0.0) if cases else None,
        "lime_rank": _rank(name, sizes) if cases else None,
        "same": same,
        "compared": compared,
    }
    return told | {"doubts": _doubts(told, max(shap.values(), default=0.0), max(sizes.values(), default=0.0))}


def _rank(name: str, sizes: Mapping[str, float]) -> int:
    """1 for the largest; behind all others where the model does not read the column."""
    return 1 + sum(size > sizes.get(name, 0.0) for other, size in sizes.items() if other != name)


def _doubts(told: Mapping[str, Any], largest: float, largest_lime: float) -> list[str]:
    found = []
    by_lime = told["lime"] is None or told["lime"] < IDLE * largest_lime
    if told["shap"] < IDLE * largest and by_lime:
        found.append(
            "selected, but next to nothing in the saved model" + (" by SHAP and LIME" * (told["lime"] is not None))
        )
    if told["compared"] > 1 and 2 * told["same"] < told["compared"]:
        found.append(
            f"SHAP and LIME give it opposite directions in {told['compared'] - told['same']} of {told['compared']} cases"
        )
    return found
