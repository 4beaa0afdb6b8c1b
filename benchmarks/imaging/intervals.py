"""What an AUC with its interval by patient costs."""

from __future__ import annotations

import numpy as np

from benchmarks.recommendation.goals import Goal, asked
from benchmarks.rows import Measurement
from benchmarks.timing import measured

TEXT = (
    "An AUC and its 1000 resamples of patients by `metrics.bootstrap`, 745 images of 300 patients drawn at random; beside it a "
    "loop of as many calls of scikit-learn's `roc_auc_score`. The least CPU seconds of five, after one that is not counted. "
)


def measure(images: int = 745, patients: int = 300, rounds: int = 1000) -> Measurement:
    from casestudies.metrics import Answers, bootstrap

    rng = np.random.default_rng(0)
    who = np.sort(np.concatenate([np.arange(patients), rng.integers(0, patients, images - patients)]))
    y = (rng.random(patients) < 0.4)[who].astype(float)
    p = 1 / (1 + np.exp(-(rng.normal(size=images) + 1.4 * y)))

    def ours() -> np.ndarray:
        return bootstrap(y, {"": Answers(p)}, groups=who, metrics=["auc"], rounds=rounds).draws[""]["auc"]

    ours()
    draws, cpu, _ = measured(ours, 5)
    theirs, loop, _ = measured(lambda: _looped(y, p, who, rounds))
    rows = [
        ["`metrics.bootstrap`", f"{1e3 * cpu:.0f}", f"{draws.std():.4f}"],
        ["`roc_auc_score` in a loop", f"{1e3 * loop:.0f}", f"{theirs.std():.4f}"],
    ]
    head = ["", "CPU ms", "standard deviation of the resampled AUC"]
    goals = [Goal(f"AUC with {rounds:,} resamples of {images} images, CPU s", cpu, 0.05)]
    caption = f"{images} images of {patients} patients"
    return [asked("An AUC with its interval", goals), {"caption": caption, "head": head, "rows": rows}], {}


def _looped(y: np.ndarray, p: np.ndarray, who: np.ndarray, rounds: int) -> np.ndarray:
    from sklearn.metrics import roc_auc_score

    rng, found = np.random.default_rng(0), []
    groups = [np.flatnonzero(who == one) for one in np.unique(who)]
    for _ in range(rounds):
        rows = np.concatenate([groups[one] for one in rng.integers(0, len(groups), len(groups))])
        found.append(roc_auc_score(y[rows], p[rows]))
    return np.array(found)
