"""One solver, one table, one process: its coefficients, CPU and wall seconds, and peak memory over its imports.

Runs in the environments of peers, so it needs numpy alone. `benchmarks.optim.running` writes the request and reads the
answer.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

# (X, y, folds, Cs, options) -> (fits, Cs, features + 1) coefficients, the intercept last; the fits are one for each fold
# left out, or a single one on all rows where there are no folds
Fit = Callable[[Any, np.ndarray, "np.ndarray | None", np.ndarray, Mapping[str, Any]], np.ndarray]

_RUNS, _LONG = 5, 2.0  # a fit is done again until it has run so often or so many CPU seconds


def main(fit: Fit, libraries: tuple[str, ...]) -> None:
    """Answers the request named on the command line.

    The request: `data` (folder), `Cs`, `options` (of the solver), `out` (folder for coefficients.npy and measured.json).
    """
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Cs, options, out = np.asarray(request["Cs"]), request["options"], Path(request["out"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(*_warm_up(request), Cs, options)  # what is compiled or imported at the first call is no part of the solver
    imports = peak()
    X, y, folds = _read(Path(request["data"]))
    cpu: list[float] = []
    wall: list[float] = []
    said: set[str] = set()
    most, coefficients = 0.0, None
    while len(cpu) < _RUNS and sum(cpu) < _LONG:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            began, used = time.perf_counter(), _cpu()
            coefficients = fit(X, y, folds, Cs, options)
            cpu.append(_cpu() - used)
            wall.append(time.perf_counter() - began)
        most = most or peak() - imports
        said |= {warning.category.__name__ for warning in caught}
    np.save(out / "coefficients.npy", np.asarray(coefficients, dtype=np.float64))
    answer = {
        "cpu": cpu,
        "wall": wall,
        "peak": most,
        "warnings": sorted(said),
        "versions": {name: version(name) for name in libraries},
    }
    (out / "measured.json").write_text(json.dumps(answer), encoding="utf-8")


def outside(folds: np.ndarray | None, rows: int) -> list[np.ndarray]:
    """The rows each fit sees."""
    if folds is None:
        return [np.arange(rows)]
    return [np.flatnonzero(folds != fold) for fold in np.unique(folds)]


def splits(folds: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(seen, held out) row numbers of each fold, as scikit-learn's `cv` takes them."""
    return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in np.unique(folds)]


def _cpu() -> float:
    """CPU seconds of all threads so far, and of processes that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak() -> float:
    """Most MB this process ever held. `ru_maxrss` would begin with what the process that started it held."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _read(folder: Path) -> tuple[Any, np.ndarray, np.ndarray | None]:
    if (folder / "X.npy").exists():
        X = np.load(folder / "X.npy")
    else:
        from scipy.sparse import load_npz

        X = load_npz(folder / "X.npz")
    folds = folder / "folds.npy"
    return X, np.load(folder / "y.npy"), np.load(folds) if folds.exists() else None


def _warm_up(request: Mapping[str, Any]) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """A small table of the same kind."""
    folder, rng = Path(request["data"]), np.random.default_rng(0)
    X: Any = rng.standard_normal((200, 5))
    if not (folder / "X.npy").exists():
        from scipy.sparse import csr_matrix

        X = csr_matrix(X)
    elif np.load(folder / "X.npy", mmap_mode="r").dtype == np.uint8:
        X = rng.integers(0, 4, (200, 5)).astype(np.uint8)
    y = (rng.random(200) < 0.3).astype(np.int64)
    return X, y, np.arange(200) % 5 if (folder / "folds.npy").exists() else None
