"""Columns ranked in four ways, each on the same halves of the rows: linear with L1, by elimination, and by trees twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.boosting import BoostedTrees
from casestudies.models.elimination import eliminate
from casestudies.models.linear.solving import Floats
from casestudies.models.stability import fit_halves
from casestudies.tabular.codes import CategoryCodes

METHODS: Mapping[str, str] = {
    "l1": "L1 path",
    "rfe": "Recursive elimination",
    "gain": "Trees, gain",
    "shap": "Trees, SHAP",
}
_PAIRS, _SLOW_PAIRS = 25, 8  # pairs of halves for the L1 path; for methods that fit anew in each
_TREES, _LEAVES = 40, 8


def rank_on_halves(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    X: Floats,
    belongs: Floats,
    names: tuple[str, ...],
    y: Floats,
    weight: Floats,
    C: float,
    seed: int,
) -> dict[str, NDArray[np.intp]]:
    """Each column's rank, 0 the first, by each method on complementary halves.

    l1: the earlier a column enters the L1 path, the better; rfe: the longer it stands in recursive elimination; gain and
    shap: what a small boosted forest makes of it, as the loss it took away and as the mean size of its SHAP values.

    Parameters
    ----------
    frame: (rows,) feature columns; kinds: {column: kind}. X: (rows, columns) encoded, each of variance 1, or the L1
        path would hold the small variance of a rare level against it.
    belongs: (columns, sources) 1 where a column was made from the source; names: of the sources.
    y: (rows,) 0/1. weight: (rows,). C: inverse strength of the elimination's penalty.

    Returns
    -------
    by method (halves, sources): 50 halves of the path, the first 16 of them for the methods that fit anew in each.
    """
    Cs = _entry_grid(X, y, weight)
    fits = fit_halves(X, y, Cs, weight, pairs=_PAIRS, seed=seed, most=len(y))
    scores: dict[str, list[Floats]] = {"l1": list(_entered(fits.coef, X, belongs)), "rfe": [], "gain": [], "shap": []}
    codes = CategoryCodes(kinds).fit(frame[list(names)])
    table = codes.transform(frame).to_numpy()
    place = [codes.feature_names.index(name) for name in names]
    levels = tuple(codes.feature_names.index(name) for name in codes.categories)
    for half in fits.seen.T[: 2 * _SLOW_PAIRS]:
        gone = eliminate(X[half], belongs, y[half], 2.0 * weight[half], C)
        scores["rfe"].append(-np.argsort(gone.order).astype(np.float64))
        trees = BoostedTrees(trees=_TREES, leaves=_LEAVES, learning_rate=0.1, categorical=levels, seed=seed)
        trees.fit(table[half], y[half], sample_weight=weight[half])
        scores["gain"].append(trees.booster_.feature_importance("gain").astype(np.float64)[place])
        scores["shap"].append(np.abs(trees.contributions(table[half])[0]).mean(axis=0)[place])
    return {method: _ranks(np.array(each)) for method, each in scores.items()}


def _ranks(scores: Floats) -> NDArray[np.intp]:
    """(halves, sources) place of each by its score, the largest 0; ties keep the order of columns."""
    return np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1, kind="stable")


def _entry_grid(X: Floats, y: Floats, weight: Floats) -> Floats:
    """(Cs,) from where the first column enters up by three decades: 1 / C is then the largest slope at the base rate."""
    base = weight @ y / weight.sum()
    slope = float(np.abs((weight * (y - base)) @ X).max())
    return np.logspace(0, 3, 19) / max(slope, 1e-12)


def _entered(coef: Floats, X: Floats, belongs: Floats) -> Floats:
    """(halves, sources) the earlier a source has a coefficient on the L1 path the more; among equals, the larger one."""
    centred = X - X.mean(axis=0)
    size = np.empty((coef.shape[0], belongs.shape[1], coef.shape[2]))
    for source, member in enumerate(belongs.T > 0):
        spread = centred[:, member].T @ centred[:, member] / len(X)
        part = coef[:, member]
        size[:, source] = np.sqrt(np.maximum(np.einsum("hic,ij,hjc->hc", part, spread, part), 0.0))
    entered = (size > 0).any(axis=2)
    first = np.where(entered, np.argmax(size > 0, axis=2), size.shape[2])
    largest = size.max(axis=(1, 2), keepdims=True)[:, :, 0] + 1.0
    at = np.take_along_axis(size, np.minimum(first, size.shape[2] - 1)[:, :, None], axis=2)[:, :, 0]
    return np.asarray(at / largest - first)
