"""The 27 nonlinear regression problems of NIST's Statistical Reference Datasets, as functions to be fitted.

`nonlinear.json` beside this file says where they come from. A run with this module by its path (`runpy.run_path`) serves
the test and the benchmark alike.
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

_WORDS = {name: getattr(torch, name) for name in ("exp", "cos", "sin", "arctan", "log")} | {"pi": math.pi}


@dataclass(frozen=True)
class Run:
    """One problem from one of its two published starts; `difficulty` is NIST's own word."""

    name: str
    difficulty: str
    which: int
    start: NDArray[np.float64]
    certified: NDArray[np.float64]
    squares: float
    residuals: Callable[[torch.Tensor], torch.Tensor]

    def digits(self, x: NDArray[np.float64]) -> float:
        """Correct digits of the worst parameter (log relative error), from 0 to the 11 that are certified."""
        error = np.abs(x - self.certified) / np.abs(self.certified)
        return float(np.clip(-np.log10(np.maximum(error, 1e-11)), 0.0, 11.0).min())


def runs() -> Iterator[Run]:
    table = json.loads(Path(__file__).with_name("nonlinear.json").read_text(encoding="utf-8"))
    for name, problem in table.items():
        if name == "about":
            continue
        for which, start in enumerate(problem["starts"], 1):
            yield Run(
                name,
                problem["difficulty"],
                which,
                np.array(start, dtype=float),
                np.array(problem["certified"]),
                problem["squares"],
                _residuals(problem),
            )


def _residuals(problem: dict) -> Callable[[torch.Tensor], torch.Tensor]:
    """The table states its model as a formula of b1, b2, ..., and x, or x1 and x2."""
    x, y = (torch.tensor(problem[name], dtype=torch.float64) for name in ("x", "y"))
    columns = {"x": x} if x.ndim == 1 else {f"x{i}": column for i, column in enumerate(x, 1)}
    response = eval(problem.get("response", "y"), _WORDS | {"y": y})
    model = compile(problem["model"], "model", "eval")
    return lambda b: eval(model, _WORDS | columns | {f"b{i}": value for i, value in enumerate(b, 1)}) - response
