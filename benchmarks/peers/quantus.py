"""Quantus: scores of explanations that were made elsewhere, of networks that both sides have."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
import quantus
from quantus.functions.similarity_func import correlation_spearman
from torch import nn

from benchmarks.explain.networks import OfFilms, of_points, of_tables

Arrays = Mapping[str, np.ndarray]
_SEED = 0
_ZERO = 0.0  # what columns are replaced by; its default, "black", is the smallest value of the row


def _points(given: Arrays) -> dict[str, float]:
    network, x = of_points(given["weights"].tolist()), given["x"][:, None].astype(np.float32)
    sums = quantus.Completeness(perturb_baseline=_ZERO, abs=False, normalise=False, disable_warnings=True)(
        model=network, x_batch=x, y_batch=_firsts(x), a_batch=given["wrong"][:, None].astype(np.float32), **_PLAIN
    )
    return {
        "sums that are right": float(np.mean(sums)),
        "deletion, top columns": _dropped(network, x, given["a"][:, None], int(given["k"])),
    }


def _table(given: Arrays) -> dict[str, float]:
    network, x = of_tables(given["x"].shape[1], _SEED), given["x"][:, None].astype(np.float32)
    top = 5
    named = np.zeros(given["a"].shape, dtype=bool)
    np.put_along_axis(named, np.argsort(-np.abs(given["other"]), axis=1, kind="stable")[:, :top], True, axis=1)
    overlap = quantus.TopKIntersection(k=top, abs=True, normalise=False, disable_warnings=True)(
        model=network,
        x_batch=x,
        y_batch=_firsts(x),
        a_batch=given["a"][:, None],
        s_batch=named[:, None],
        **_PLAIN,
    )
    return {
        "deletion, top columns": _dropped(network, x, given["a"][:, None], int(given["k"])),
        "overlap of two explanations": float(np.mean(overlap)),
        "rank correlation of two explanations": _alike(np.abs(given["a"]), np.abs(given["other"])),
    }


def _films(given: Arrays) -> dict[str, float]:
    network, x = OfFilms(_SEED).eval(), given["x"]
    soft = given["soft"].reshape(len(x), -1)

    def blur(arr: np.ndarray, indices: np.ndarray, **_: object) -> np.ndarray:
        out = arr.copy()
        np.put_along_axis(out, indices, np.take_along_axis(soft, indices, axis=1), axis=1)
        return out

    points = quantus.PointingGame(abs=False, normalise=False, disable_warnings=True)(
        model=network,
        x_batch=x,
        y_batch=_firsts(x),
        a_batch=given["a"][:, None],
        s_batch=given["mask"][:, None],
        **_PLAIN,
    )
    left = _flipped(network, x, given["a"][:, None], int(given["k"]), abs=False, perturb_func=blur)
    return {
        "points at the place": float(np.mean(points)),
        "score without the top tenth": float(left.mean()),
        "rank correlation of two maps": _alike(given["coarse"].reshape(len(x), -1), given["other"].reshape(len(x), -1)),
    }


_PLAIN = {"device": "cpu", "channel_first": True, "softmax": False}
_CASES: Mapping[str, Callable[[Arrays], dict[str, float]]] = {"points": _points, "table": _table, "films": _films}


def _dropped(network: nn.Module, x: np.ndarray, a: np.ndarray, k: int) -> float:
    """Mean distance of the score when the k columns largest in size are 0."""
    import torch

    with torch.inference_mode():
        whole = network(torch.from_numpy(x))[:, 0].numpy()
    return float(np.abs(_flipped(network, x, a, k, abs=True, perturb_baseline=_ZERO) - whole).mean())


def _flipped(network: nn.Module, x: np.ndarray, a: np.ndarray, k: int, **options: object) -> np.ndarray:
    """(n,) scores without the first k features."""
    metric = quantus.PixelFlipping(features_in_step=k, normalise=False, disable_warnings=True, **options)
    scores = metric(model=network, x_batch=x, y_batch=_firsts(x), a_batch=a, batch_size=len(x), **_PLAIN)
    return np.array([one[0] for one in scores])


def _alike(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.mean([correlation_spearman(one, other) for one, other in zip(a, b, strict=True)]))


def _firsts(x: np.ndarray) -> np.ndarray:
    """The output that is explained: there is one."""
    return np.zeros(len(x), dtype=int)


def main() -> None:
    """Scores the cases of the folder that the request names, and writes them beside it."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    warnings.simplefilter("ignore")
    scores = {}
    for name, scored in _CASES.items():
        with np.load(Path(request["data"]) / f"{name}.npz") as held:
            scores[name] = scored(dict(held))
    versions = {name: version(name) for name in ("quantus", "torch", "numpy")}
    told = {"scores": scores, "versions": versions}
    (Path(request["out"]) / "measured.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
