"""What SMOTE before the split pretends: the same rows and the same trees, once as tutorials show it and once honestly."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.models.imbalance import PLAIN, Labelled, Learner, train
from casestudies.models.pretended import Figures, smote_before_split
from casestudies.workflow.analyses import Work
from casestudies.workflow.imbalance import FOLDS, drawn

Floats = NDArray[np.float64]
MOST = 8_000  # rows; the figures of three ways are told apart long before


def pretended_told(work: Work) -> dict[str, Any]:
    """analysis/pretended.json: figures of SMOTE before the split, inside the training folds, and of the rows as they are.

    F1 is at the cut 1/2, as tutorials take it; `ap` and `auc` need no cut.
    """
    settings = work.settings
    part = work.sample.take(drawn(work.sample, MOST, settings.seed))
    rows = Labelled.of(part.frame, work.kinds, part.y, part.weight)
    told: dict[str, Any] = {"rows": len(rows.y), "of": len(work.sample.y), "events": int(rows.y.sum()), "folds": FOLDS}
    learner = Learner(seed=settings.seed)
    try:
        folds = part.fold_labels(FOLDS, settings.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            before = smote_before_split(rows, folds, learner)
            inside, plain = (_judged(rows, folds, treatment, learner) for treatment in ("smote", PLAIN))
    except DataError as error:
        return {**told, "skipped": error.what}
    judged = {name: Figures.of(rows.y, p, rows.weight) for name, p in (("inside", inside), ("plain", plain))}
    return {**told, "before": asdict(before), **{name: asdict(figures) for name, figures in judged.items()}}


def _judged(rows: Labelled, folds: NDArray[np.intp], treatment: str, learner: Learner) -> Floats:
    """(rows,) what a model of the other folds says of each row, that row as it is."""
    p = np.empty(len(rows.y))
    for fold in np.unique(folds):
        held = folds == fold
        p[held] = train(treatment, rows.take(~held), learner)(rows.take(held)).raw
    return p
