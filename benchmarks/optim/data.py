"""The tables of the benchmark, all synthetic and made from a seed; each is written to a folder that every solver reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FOLDS = 5


def correlated(rows: int, columns: int, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Standardised columns that share some factors, three in ten of them informative, about a quarter of the rows events."""
    rng = np.random.default_rng(seed)
    factors = max(5, columns // 20)
    X = rng.standard_normal((rows, columns))
    X += 0.5 * rng.standard_normal((rows, factors)) @ rng.standard_normal((factors, columns))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return X, _events(X, rng, rng.random(columns) < 0.3, spread=1.5, shift=-1.5)


def sparse(rows: int, columns: int, density: float, seed: int = 0) -> tuple[Any, NDArray[np.int64]]:
    """Few cells filled, as with words and codes; a tenth of the columns informative."""
    from scipy.sparse import csr_matrix, random_array

    rng = np.random.default_rng(seed)
    X = random_array((rows, columns), density=density, format="csr", rng=rng, data_sampler=rng.standard_normal)
    X = csr_matrix(X)  # which every peer takes
    return X, _events(X, rng, rng.random(columns) < 0.1, spread=1.5, shift=-1.0)


def codes(rows: int, columns: int, bins: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Bins of equal count of correlated numbers; the log-odds rise by steps of their own in every third column."""
    rng = np.random.default_rng(seed)
    numbers = rng.standard_normal((rows, columns)) + 0.7 * rng.standard_normal((rows, 1))
    ranks = numbers.argsort(axis=0).argsort(axis=0)
    binned = (ranks * bins // rows).astype(np.uint8)
    heights = np.cumsum(rng.exponential(1.0, (bins, columns)), axis=0) * (np.arange(columns) % 3 == 0)
    margins = heights[binned, np.arange(columns)].sum(axis=1)
    margins = 1.5 * (margins - margins.mean()) / margins.std() - 1.5
    return binned, (rng.random(rows) < 1 / (1 + np.exp(-margins))).astype(np.int64)


def folds_of(y: NDArray[np.int64], count: int = FOLDS) -> NDArray[np.intp]:
    """(rows,) fold of each row: classes shared out evenly, and folds of one size, so that means and sums agree."""
    folds = np.empty(len(y), dtype=np.intp)
    folds[np.argsort(y, kind="stable")] = np.arange(len(y)) % count
    return folds


def write(folder: Path, X: Any, y: NDArray[np.int64], folds: NDArray[np.intp] | None = None) -> Path:
    """The folder, with X.npy (dense) or X.npz (sparse), y.npy and folds.npy in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(X, np.ndarray):
        np.save(folder / "X.npy", X)
    else:
        from scipy.sparse import save_npz

        save_npz(folder / "X.npz", X)
    np.save(folder / "y.npy", y)
    if folds is not None:
        np.save(folder / "folds.npy", folds)
    return folder


def _events(X: Any, rng: np.random.Generator, informative: NDArray[np.bool_], spread: float, shift: float) -> Any:
    """Labels drawn from a logistic model whose log-odds have the given spread over the rows."""
    weights = rng.standard_normal(X.shape[1]) * informative
    margins = X @ weights
    margins = spread * margins / margins.std() + shift
    return (rng.random(X.shape[0]) < 1 / (1 + np.exp(-margins))).astype(np.int64)
