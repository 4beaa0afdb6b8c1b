"""Three cases that both sides score: a card of points, a network on a table, and a network on films."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from benchmarks.explain.networks import OfFilms, of_points, of_tables
from casestudies.explain import (
    Explanation,
    additivity_error,
    agreement,
    deletion_test,
    explain_any,
    explain_lime,
    explain_linear,
)
from casestudies.explain.images.curves import SHARES, blurred, curves
from casestudies.explain.images.likeness import rank_correlation
from casestudies.explain.images.pointing import hits
from casestudies.explain.images.shapley import integrated_gradients

ROWS, COLUMNS, TOP, SEED = 60, 20, 5, 0
FILMS, SIDE = 24, 40  # a tenth of the pixels divides them, as the peer wants it
Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Case:
    """name, arrays: what the peer is given. ours: our scores, by the names that the peer gives them."""

    name: str
    arrays: Arrays
    ours: Mapping[str, float]


def cases() -> list[Case]:
    return [_points(), _table(), _films()]


def _points() -> Case:
    """Whole points on whole values, so that sums are exact and an exact test of them can pass."""
    rng = np.random.default_rng(SEED)
    X = rng.integers(-3, 4, (ROWS, COLUMNS)).astype(np.float64)
    weights = rng.integers(-12, 13, COLUMNS)
    told = explain_linear(weights, 0.0, X, np.zeros(COLUMNS), _names())
    wrong = told.values.copy()
    wrong[::3, 0] += 1.0  # every third explanation misses its score by a point
    sums = [
        additivity_error(Explanation(row[None], 0.0, told.names, "by hand"), (x @ weights)[None]) == 0
        for row, x in zip(wrong, X, strict=True)
    ]
    score = _scored(of_points(weights.tolist()))
    dropped = deletion_test(score, X, told, np.zeros(COLUMNS), k=2).top_drop
    ours = {"sums that are right": float(np.mean(sums)), "deletion, top columns": dropped}
    return Case("points", {"x": X, "weights": weights, "a": told.values, "wrong": wrong, "k": np.array(2)}, ours)


def _table() -> Case:
    rng = np.random.default_rng(SEED)
    X, background = rng.normal(size=(ROWS, COLUMNS)), rng.normal(size=(100, COLUMNS))
    score = _scored(of_tables(COLUMNS, SEED))
    shap = explain_any(score, X, background, calls=7_600).explanation
    lime = explain_lime(score, X, background, _names(), samples=500, seeds=2)
    other = np.array([one.effects for one in lime])
    between = [agreement(a, b, k=TOP) for a, b in zip(shap.values, other, strict=True)]
    ours = {
        "deletion, top columns": deletion_test(score, X, shap, np.zeros(COLUMNS), k=2).top_drop,
        "overlap of two explanations": float(np.mean([one.overlap for one in between])),
        "rank correlation of two explanations": float(np.mean([one.spearman for one in between])),
    }
    return Case("table", {"x": X, "a": shap.values, "other": other, "k": np.array(2)}, ours)


def _films() -> Case:
    rng = np.random.default_rng(SEED)
    images = np.empty((FILMS, 1, SIDE, SIDE), np.float32)
    masks = np.zeros((FILMS, SIDE, SIDE), dtype=bool)
    for image, mask in zip(images, masks, strict=True):
        row, column = rng.integers(5, SIDE - 5, 2)
        mask[row - 2 : row + 3, column - 2 : column + 3] = True
        image[0] = np.clip(0.4 + 0.1 * gaussian_filter(rng.normal(size=(SIDE, SIDE)), 3) * 6 + 0.35 * mask, 0, 1)
    network = OfFilms(SEED).eval()
    soft = blurred(images)
    maps = np.array([integrated_gradients([network], x, b, 16).values for x, b in zip(images, soft, strict=True)])
    at = SHARES.index(0.1)
    deleted = [curves([network], x, [one])[0][0, at] for x, one in zip(images, maps, strict=True)]
    other = np.abs(images - soft).sum(axis=1)
    ours = {
        "points at the place": float(np.mean([hits(one, mask) for one, mask in zip(maps, masks, strict=True)])),
        "score without the top tenth": float(np.mean(deleted)),
        "rank correlation of two maps": float(
            np.mean([rank_correlation(a, b) for a, b in zip(_coarse(maps), _coarse(other), strict=True)])
        ),
    }
    arrays = {
        "x": images,
        "soft": soft,
        "a": maps,
        "mask": masks,
        "coarse": _coarse(maps),
        "other": _coarse(other),
        "k": np.array(round(0.1 * SIDE**2)),
    }
    return Case("films", arrays, ours)


def _coarse(maps: np.ndarray) -> np.ndarray:
    """(n, 8, 8) means of blocks, on which our rank correlation of maps is defined."""
    step = SIDE // 8
    return np.asarray(maps, dtype=np.float64).reshape(-1, 8, step, 8, step).mean(axis=(2, 4))


def _scored(network: torch.nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    def score(rows: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(np.asarray(rows, dtype=np.float32)))[:, 0].double().numpy()

    return score


def _names() -> list[str]:
    return [f"column {number}" for number in range(1, COLUMNS + 1)]
