"""The patients of a finished run, each with one label and one probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.decision import Decision
from casestudies.imaging.films import UNKNOWN
from casestudies.imaging.findings import Findings
from casestudies.imaging.patients import Patients

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class People:
    """The patients of one part whose label is known: y (patients,) 1 = diseased, p (patients,) probability."""

    y: Floats
    p: Floats

    @classmethod
    def of(cls, f: Findings, part: str) -> Self:
        known = (f.predictions["part"] == part) & (f.predictions["label"] != UNKNOWN)
        rows = f.predictions[known]
        patients = Patients.of(rows["patient"].to_numpy())
        decision = Decision.from_dict(f.evaluation["decision"])
        p = decision.together(rows["probability"].to_numpy(dtype=np.float64), patients)
        return cls(patients.label(rows["label"].to_numpy()).astype(np.float64), p)

    @property
    def share(self) -> float:
        """Of diseased."""
        return float(self.y.mean())

    def acted(self, cut: float) -> tuple[float, float]:
        """Share of the diseased, and of the healthy, whose probability is above the cut."""
        act, sick = self.p > cut, self.y == 1
        return float(act[sick].mean()), float(act[~sick].mean())
