"""One recommender, one split, one process: its predictions, CPU and wall seconds, and peak memory over its imports.

Runs in the environments of peers, so it needs numpy alone. The request names `data` (.npz with user, item, rating of the
training rows; test_user, test_item; shape), `settings`, `repeats` and `out` (folder for predictions.npy and measured.json).
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.measured import _cpu, peak


@dataclass(frozen=True, eq=False)
class Ratings:
    """user, item, rating: (rows,) of training. shape: users, items. scale: lowest and highest rating."""

    user: np.ndarray
    item: np.ndarray
    rating: np.ndarray
    shape: tuple[int, int]
    scale: tuple[float, float]

    def few(self, rows: int) -> Ratings:
        """So many from all over the table, to warm up on."""
        some = np.linspace(0, len(self.user) - 1, rows).astype(np.intp)
        return Ratings(self.user[some], self.item[some], self.rating[some], self.shape, self.scale)


Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]  # one that also has `course` tells what it knew on the way
Given = Callable[[Ratings, Mapping[str, Any]], Any]  # the peer's own form of the data: converting is timed by itself
Fit = Callable[[Any, Mapping[str, Any]], Predict]


def main(given: Given, fit: Fit, libraries: tuple[str, ...]) -> None:
    """Answers the request named on the command line."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    out, settings = Path(request["out"]), request["settings"]
    with np.load(request["data"]) as held:
        data = {name: held[name] for name in held.files}
    scale = (float(data["rating"].min()), float(data["rating"].max()))
    train = Ratings(data["user"], data["item"], data["rating"], tuple(map(int, data["shape"])), scale)
    warnings.simplefilter("ignore")
    few = train.few(100)
    fit(given(few, settings), {**settings, **request.get("warm", {})})
    base = peak()
    cpu, wall, converted = [], [], []
    for _ in range(request.get("repeats", 1)):
        used = _cpu()
        own = given(train, settings)
        converted.append(_cpu() - used)
        used, began = _cpu(), time.perf_counter()
        predict = fit(own, settings)
        cpu.append(_cpu() - used)
        wall.append(time.perf_counter() - began)
    most = peak() - base
    told = np.asarray(predict(data["test_user"], data["test_item"]), dtype=np.float64)
    np.save(out / "predictions.npy", np.clip(np.where(np.isfinite(told), told, train.rating.mean()), *scale))
    if hasattr(predict, "course"):
        seconds, on_the_way = predict.course(data["test_user"], data["test_item"])
        np.savez(out / "course.npz", cpu=seconds, predictions=np.clip(on_the_way, *scale).astype(np.float32))
    answer = {
        "cpu": cpu,
        "wall": wall,
        "converted": converted,
        "peak": most,
        "versions": {name: version(name) for name in libraries},
    }
    (out / "measured.json").write_text(json.dumps(answer), encoding="utf-8")
