"""From cached features to a head: the ridge by validation patients, and what each patient changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.imaging.asked.heading import Heading
from casestudies.imaging.heads import linear
from casestudies.imaging.heads.columns import Columns
from casestudies.imaging.heads.fitted import Head, Reads
from casestudies.imaging.heads.layers import Floats
from casestudies.imaging.heads.linear import LOOSE, Fit, Given, root
from casestudies.metrics import auc
from casestudies.optim import Logistic

_NORMAL = 1.959963984540054  # standard deviations on either side of a 95 % interval

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Task:
    """One reading, ready to be fitted: the training rows, and the validation rows (rows, columns) with their labels."""

    reads: Reads
    columns: Columns
    given: Given
    X: Floats
    y: Floats
    copies: int


def fit_head(
    features: Floats,
    history: pd.DataFrame | None,
    label: NDArray[np.generic],
    patient: NDArray[np.generic],
    train: Rows,
    validation: Rows,
    heading: Heading,
    seed: int,
    varied: Floats | None = None,
) -> Head:
    """The head of one network: every ridge is fitted on the training rows, and the best on validation patients is kept.

    Parameters
    ----------
    features: (rows, features) of all images, the network in evaluation mode.
    history: a row an image, only the columns to be read; None: the head reads the image alone.
    label: (rows,) 1 disease, 0 not; other values only in rows that are neither trained nor validated on.
    patient: (rows,) what is left out together: a patient, or a group of patients whose images are twins.
    train, validation: row numbers.
    seed: of a hidden layer's start.
    varied: (copies, len(train), features) of varied copies of the training images; they share the image's weight.

    Raises
    ------
    DataError: an empty part, one class only in training, lengths that differ, values that are not finite.
    """
    reads: Reads = "image" if history is None else "both"
    task = _task(reads, features, history, label, patient, train, validation, varied)
    return _fitted(task, heading, seed)


def history_only(
    history: pd.DataFrame,
    label: NDArray[np.generic],
    patient: NDArray[np.generic],
    train: Rows,
    validation: Rows,
    heading: Heading,
) -> Head:
    """What the patient's history says without any image: a linear head. Parameters and errors: see `fit_head`."""
    none = np.zeros((len(history), 0))
    task = _task("history", none, history, label, patient, train, validation, None)
    return _fitted(task, heading.model_copy(update={"hidden": 0}), 0)


def _task(
    reads: Reads,
    features: Floats,
    history: pd.DataFrame | None,
    label: NDArray[np.generic],
    patient: NDArray[np.generic],
    train: Rows,
    validation: Rows,
    varied: Floats | None,
) -> _Task:
    lengths = {"features": len(features), "labels": len(label), "patients": len(patient)}
    lengths |= {} if history is None else {"rows of history": len(history)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{count:,} {what}" for what, count in lengths.items())
        raise DataError(f"the head is given {told}", advice="give one of each for each image")
    for part, rows in (("training", train), ("validation", validation)):
        if not len(rows):
            raise DataError(f"the {part} part holds no image", advice="choose other shares in `split`")
        if not np.isin(label[rows], (0, 1)).all():
            raise DataError(f"the {part} part holds images without a label", advice="leave them out before the split")
    y = label.astype(np.float64)
    if len(np.unique(y[train])) < 2:
        raise DataError("all training images are of one class", advice="a classifier needs both")
    columns = Columns.of(features, history, train)
    of_train = None if history is None else history.iloc[train]
    copies = 0 if varied is None else len(varied)
    seen = [features[train], *([] if varied is None else varied)]
    X = np.vstack([columns.matrix(one, of_train) for one in seen])
    given = Given(
        X,
        np.tile(y[train], 1 + copies),
        np.full(len(X), 1.0 / (1 + copies)),
        np.tile(patient[train], 1 + copies),
        len(train),
    )
    judged = columns.matrix(features[validation], None if history is None else history.iloc[validation])
    return _Task(reads, columns, given, judged, y[validation], copies)


def _fitted(task: _Task, heading: Heading, seed: int) -> Head:
    ridges = sorted(set(heading.ridges), reverse=True)
    path = _bent_path(task, ridges, heading.hidden, seed) if heading.hidden else _straight_path(task, ridges)
    losses = [log_loss(fit.layers.margins(task.X), task.y) for fit in path]
    best = path[int(np.argmin(losses))]
    if heading.hidden:
        from casestudies.imaging.heads import hidden

        kept = hidden.fit(task.given, best.ridge, best.layers, polish=True)
    else:
        kept = linear.fit(task.given, best.ridge, best.layers)
    spread = root(task.given, kept.layers, kept.ridge)
    left = np.zeros(0) if kept.left_out is None else kept.left_out
    return Head(task.reads, task.columns, kept.layers, spread, told_of(task, path, losses, kept, spread), left)


def _straight_path(task: _Task, ridges: Sequence[float]) -> list[Fit]:
    """From the largest ridge down, each fit begun where the last one ended."""
    path: list[Fit] = []
    for ridge in ridges:
        path.append(linear.fit(task.given, ridge, path[-1].layers if path else None, tolerance=LOOSE))
    return path


def _bent_path(task: _Task, ridges: Sequence[float], units: int, seed: int) -> list[Fit]:
    """All from one start: a large ridge ends with all weights at 0, from where no slope leads away."""
    from casestudies.imaging.heads import hidden  # torch is wanted here only

    start = hidden.begun(task.given.X.shape[1], units, seed)
    return [hidden.fit(task.given, ridge, start, polish=False) for ridge in ridges]


def told_of(task: _Task, path: Sequence[Fit], losses: Sequence[float], kept: Fit, spread: Floats) -> dict[str, Any]:
    """What a report says of a head, as plain values.

    reads, features, beside (columns of the history), hidden, unknowns, rows, patients, copies. ridge: the kept one; ridges: of each, from the smallest on,
    validation and left_out (log loss of training images without their own patients), effective (parameters).
    fit: objective (nats a row, penalty included), gradient, suboptimality, converged, condition.
    train, validation, left_out: log_loss and auc, left_out also the largest shift of a log-odds; None where unknown.
    history: of each column, the change of the log-odds for one standard deviation, with its 95 % interval (Laplace).
    """
    given, y = task.given, task.given.y[: task.given.images]
    own = kept.layers.margins(given.X)[: given.images]
    left = kept.left_out
    return {
        "reads": task.reads,
        "features": task.columns.features,
        "beside": len(task.columns.history),
        "hidden": len(kept.layers.bias),
        "unknowns": len(kept.layers.unknowns()),
        "rows": given.images,
        "patients": len(np.unique(given.patient)),
        "copies": task.copies,
        "ridge": kept.ridge,
        "ridges": [
            {
                "ridge": fit.ridge,
                "validation": loss,
                "left_out": None if fit.left_out is None else log_loss(fit.left_out, y),
                "effective": fit.effective,
            }
            for fit, loss in sorted(zip(path, losses, strict=True), key=lambda pair: pair[0].ridge)
        ],
        "fit": {
            "objective": kept.objective,
            "gradient": kept.gradient,
            "suboptimality": kept.suboptimality if np.isfinite(kept.suboptimality) else None,
            "converged": kept.converged,
            "condition": kept.condition if np.isfinite(kept.condition) else None,
        },
        "train": _figures(own, y),
        "validation": _figures(kept.layers.margins(task.X), task.y),
        "left_out": None if left is None else {**_figures(left, y), "shift": float(np.abs(left - own).max())},
        "history": _history(task.columns, kept, spread),
    }


def log_loss(logits: Floats, y: Floats) -> float:
    """Mean of the log loss, in nats; right however sure a log-odds is."""
    return float(Logistic().value(logits, y).mean())


def _figures(logits: Floats, y: Floats) -> dict[str, float | None]:
    ranked = auc(y, logits)
    return {"log_loss": log_loss(logits, y), "auc": ranked if np.isfinite(ranked) else None}


def _history(columns: Columns, kept: Fit, spread: Floats) -> list[dict[str, Any]]:
    if kept.layers.inner is not None:
        return []
    weights = kept.layers.last * columns.stretch
    deviation = np.sqrt(linear.variances(spread))[:-1] * columns.stretch
    return [
        {
            "column": name,
            "weight": float(weight),
            "low": float(weight - _NORMAL * sure),
            "high": float(weight + _NORMAL * sure),
        }
        for name, weight, sure in zip(
            columns.history, weights[columns.features :], deviation[columns.features :], strict=True
        )
    ]
