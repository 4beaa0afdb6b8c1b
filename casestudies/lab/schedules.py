"""Every schedule of the core, as it ran: the rate of each epoch, and where a noisy descent under it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from casestudies.lab.invented import Floats
from casestudies.optim import Steps, minimise
from casestudies.optim.functions import Function
from casestudies.optim.methods import Torch
from casestudies.optim.methods.schedules import SCHEDULES, schedule

RATE = 0.3  # times the steepest curvature, 1: well inside what is stable
NOISE = 0.5
START = (3.0, 3.0)
WORDS: Mapping[str, str] = {
    "constant": "the same throughout",
    "step": "down to 0.3 of itself every quarter of the epochs",
    "exponential": "down by the same factor every epoch",
    "cosine": "down along half a cosine",
    "warm_restarts": "down along cosines, each twice as long as the last, and back up",
    "cyclic": "up and down again and again",
    "one_cycle": "up in the first third, then down to next to nothing",
    "plateau": "down to 0.3 of itself where the value has not improved for a while",
}


@dataclass(frozen=True)
class Course:
    """shares: (epochs,) the rate of each epoch, of the largest. values: (epochs + 1,) of the bowl (x² + y²/5)/2, without noise."""

    name: str
    words: str
    shares: Floats
    values: Floats

    @property
    def settled(self) -> float:
        """The mean value over the last tenth of the epochs."""
        return float(self.values[-max(2, len(self.values) // 10) :].mean())


def courses(*, epochs: int = 60, noise: float = NOISE, seed: int = 0) -> tuple[Course, ...]:
    """All schedules, each with lengths that suit so many epochs, on one bowl whose gradient is off at random.

    Parameters
    ----------
    epochs: at least 8. noise: standard deviation of what each entry of the gradient is off by.
    """
    lengths = suited(epochs)
    return tuple(_course(name, lengths.get(name, {}), epochs, noise, seed) for name in SCHEDULES)


def suited(epochs: int) -> Mapping[str, Mapping[str, float]]:
    """Settings with which each schedule shows its shape within so many epochs."""
    return {
        "step": {"every": max(1, epochs // 4), "factor": 0.3},
        "exponential": {"factor": 0.02 ** (1 / epochs)},
        "cosine": {"epochs": epochs},
        "warm_restarts": {"epochs": max(1, epochs // 7)},
        "cyclic": {"epochs": max(1, epochs // 6)},
        "one_cycle": {"epochs": epochs},
        "plateau": {"patience": max(1, epochs // 12), "factor": 0.3},
    }


def _bowl(x: Any) -> Any:
    return (x[0] ** 2 + x[1] ** 2 / 5) / 2


def _course(name: str, lengths: Mapping[str, float], epochs: int, noise: float, seed: int) -> Course:
    objective = Function(_bowl).as_network(START, noise)
    method = Torch("sgd", RATE, schedule=schedule(name, **lengths), seed=seed)
    trace = minimise(objective, method, np.array(START)[:, None], stop=(Steps(epochs),)).trace.of(0)
    return Course(name.replace("_", " "), WORDS[name], trace["rate"][1:] / RATE, trace["value"])
