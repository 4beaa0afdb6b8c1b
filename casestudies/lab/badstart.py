"""A logistic model that begins surely wrong: cross-entropy brings it back, the squared error of probabilities does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from casestudies.lab.invented import Floats, outcomes
from casestudies.optim import Finding, Logistic, Steps, diagnose, minimise
from casestudies.optim.batches import TensorRows
from casestudies.optim.methods import Torch
from casestudies.optim.networks import TorchObjective

ROWS, COLUMNS = 120, 3
GOOD = 0.95  # of the accuracy that the model behind the data has
CROSS_ENTROPY, SQUARED = "cross-entropy", "squared error of the probability"


@dataclass(frozen=True)
class Descent:
    """accuracy: (steps + 1,) share of rows on the right side. value: (steps + 1,) of its own loss, the mean over rows.

    slope: length of the first gradient. findings: of the core's diagnosis.
    """

    name: str
    accuracy: Floats
    value: Floats
    slope: float
    findings: tuple[Finding, ...]

    def reached(self, accuracy: float) -> int | None:
        """The first step with so many rows right; None = there was none."""
        there = np.flatnonzero(self.accuracy >= accuracy)
        return int(there[0]) if len(there) else None


@dataclass(frozen=True)
class Start:
    """Both descents from one start. margin: the mean distance of rows on the wrong side of it. goal: accuracy to reach."""

    descents: tuple[Descent, Descent]
    margin: float
    goal: float

    @property
    def steeper(self) -> float:
        """How many times as long the first gradient of cross-entropy is."""
        entropy, squared = self.descents
        return entropy.slope / squared.slope if squared.slope else float("inf")


def from_bad(*, far: float = 6.0, rate: float = 1.0, steps: int = 300, seed: int = 0) -> Start:
    """Gradient descent with both losses, from coefficients that point the wrong way.

    Parameters
    ----------
    far: length of the coefficients at the start; 0 = no opinion, 10 = all but certain of the wrong answer.
    steps: at most 400.
    """
    rows = outcomes(ROWS, COLUMNS, seed)
    towards = _direction(rows.X, rows.y)
    begin = np.append(-far * towards, 0.0)[:, None]
    margins = rows.X @ begin[:-1, 0] * np.where(rows.y > 0, 1, -1)
    goal = GOOD * float(np.mean((rows.X @ towards > 0) == (rows.y > 0)))
    losses: dict[str, Any] = {CROSS_ENTROPY: Logistic(), SQUARED: _squared}
    inputs = TensorRows(torch.from_numpy(rows.X), torch.from_numpy(rows.y))
    made = []
    for name, loss in losses.items():
        model = nn.Linear(COLUMNS, 1, dtype=torch.float64)
        objective = TorchObjective(model, loss, inputs, inputs, _accuracy)
        slope = float(np.linalg.norm(objective.gradient(begin)))
        found = minimise(objective, Torch("gd", rate, seed=seed), begin, stop=(Steps(min(steps, 400)),))
        trace = found.trace.of(0)
        findings = tuple(one for one in diagnose(found.trace, found, objective) if one.code != "overfit")
        made.append(Descent(name, trace["held_out_metric"], trace["value"], slope, findings))
    wrong = margins[margins < 0]
    return Start((made[0], made[1]), float(-wrong.mean()) if len(wrong) else 0.0, goal)


def slopes(margin: Floats) -> tuple[Floats, Floats]:
    """How strongly either loss pushes a row whose label is 1: the size of its slope in the margin, of cross-entropy and of (p - 1)²/2.

    With p = 1 / (1 + exp(-margin)): 1 - p, and the same times p (1 - p), which is next to nothing where p is near 0.
    """
    p = 1 / (1 + np.exp(-margin))
    return 1 - p, (1 - p) * p * (1 - p)


def waiting(margin: float) -> tuple[float, float]:
    """How long a row at -`margin` takes to the border when it follows its own slope: cross-entropy, squared error.

    In steps of rate 1, as the steps become short: m + 1 - e⁻ᵐ, and eᵐ - 1 + 3m + 3 (1 - e⁻ᵐ) + (1 - e⁻²ᵐ)/2. The first
    grows like the margin, the second like its exponential.
    """
    e = np.exp(-margin)
    return float(margin + 1 - e), float(1 / e - 1 + 3 * margin + 3 * (1 - e) + (1 - e * e) / 2)


def _squared(output: Tensor, labels: Tensor) -> Tensor:
    return (torch.sigmoid(output.reshape(-1)) - labels).square() / 2


def _accuracy(output: NDArray[Any], labels: NDArray[Any]) -> float:
    return float(np.mean((output.reshape(-1) > 0) == (labels > 0)))


def _direction(X: Floats, y: Floats) -> Floats:
    """Of unit length, from the middle of the noughts to the middle of the ones."""
    between = X[y > 0].mean(axis=0) - X[y == 0].mean(axis=0)
    return np.asarray(between / np.linalg.norm(between))
