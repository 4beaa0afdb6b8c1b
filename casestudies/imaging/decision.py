"""What the saved model does with a score: probability, call back or not, and which classes it cannot rule out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from casestudies.decisions import CostMatrix
from casestudies.decisions.conformal import ConformalCuts
from casestudies.errors import DataError
from casestudies.imaging.patients import By, Patients
from casestudies.models.calibration import Calibrator
from casestudies.models.temperature import Temperature
from casestudies.rows import vector

if TYPE_CHECKING:
    from casestudies.imaging.asked.deciding import Deciding

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
NEITHER = "neither"
_EDGE = float(np.finfo(np.float64).eps)  # keeps the log-odds of a certain mean finite
_ENDS = {inf: "nobody", -inf: "everybody"}  # cuts that JSON has no number for


@dataclass(frozen=True)
class Level:
    """The decision on single images, or on patients.

    cut: act where the probability is above it; inf: on nobody, -inf: on everybody.
    conformal: which classes stay possible.
    """

    cut: float
    conformal: ConformalCuts

    def act(self, probability: ArrayLike) -> Mask:
        return np.asarray(np.asarray(probability, dtype=np.float64) > self.cut)

    def to_dict(self) -> dict[str, Any]:
        return {"cut": _ENDS.get(self.cut, self.cut), "conformal": self.conformal.to_dict()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        ends = {name: value for value, name in _ENDS.items()}
        return cls(float(ends.get(told["cut"], told["cut"])), ConformalCuts.from_dict(told["conformal"]))


@dataclass(frozen=True)
class Decision:
    """How a logit is decided on, as chosen on validation patients.

    Parameters
    ----------
    temperature: what logits are divided by.
    line: slope and intercept that turn the log-odds of a patient's greatest (or mean) probability into the patient's own:
        the greatest of several is high more often than one is. None where no patient had two images.
    image, patient: the two levels, each with a cut of its own.
    patient_by: what a patient's probability is made of.
    miss, alarm: the prices that the cuts were chosen for.
    """

    temperature: float
    line: tuple[float, float] | None
    image: Level
    patient: Level
    patient_by: By
    miss: float
    alarm: float

    @classmethod
    def learnt(cls, logits: ArrayLike, label: ArrayLike, patient: NDArray[Any], deciding: Deciding) -> Self:
        """Chosen on validation images; those without a label are left out.

        Parameters
        ----------
        logits: (images,) before the temperature. label: (images,) 1, 0 or -1. patient: (images,) pseudonyms.

        Raises
        ------
        DataError: the images show one class only, so that there is nothing to choose between.
        """
        known = np.asarray(label) >= 0
        y, z = np.asarray(label)[known].astype(np.float64), vector(logits, "logits", len(known))[known]
        if len(np.unique(y)) < 2:
            what = f"the {len(y)} validation images with a label show one class only, so no cut can be chosen"
            raise DataError(what, where="split.validation", advice="give more patients, or a larger split.validation")
        temperature, patients = Temperature.of(z, y), Patients.of(patient[known])
        p, diseased = temperature.probability(z), patients.label(y).astype(np.float64)
        whole = patients.together(p, deciding.patient_by)
        line = _line(whole, diseased) if len(patients) < len(y) else None
        together = _straightened(whole, line)
        image = ConformalCuts.learnt(y, p, deciding.coverage, patients.code)
        person = ConformalCuts.learnt(diseased, together, deciding.coverage)
        return cls(
            temperature.value,
            line,
            Level(_cut(y, p, deciding), image),
            Level(_cut(diseased, together, deciding), person),
            deciding.patient_by,
            deciding.miss,
            deciding.alarm,
        )

    @property
    def cut(self) -> float:
        """Of images."""
        return self.image.cut

    def probability(self, logits: ArrayLike) -> Floats:
        """(images,) of the disease, as common as in the validation images."""
        return np.asarray(expit(np.asarray(logits, dtype=np.float64) / self.temperature))

    def act(self, probability: ArrayLike) -> Mask:
        """(images,) bool: whether an image is flagged."""
        return self.image.act(probability)

    def together(self, probability: Floats, patients: Patients) -> Floats:
        """(patients,) probability that a patient has the disease, from those of all the patient's images (images,)."""
        return _straightened(patients.together(probability, self.patient_by), self.line)

    def call_back(self, together: ArrayLike) -> Mask:
        """(patients,) bool, from what `together` gives."""
        return self.patient.act(together)

    def sets(self, probability: ArrayLike, classes: tuple[str, str]) -> NDArray[Any]:
        """(images,) in words which classes are possible: one of them, "a or b", or "neither"."""
        return in_words(self.image.conformal.sets(probability), classes)

    def patient_sets(self, together: ArrayLike, classes: tuple[str, str]) -> NDArray[Any]:
        """(patients,) the same for patients."""
        return in_words(self.patient.conformal.sets(together), classes)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; numbers come back bit for bit."""
        return {
            "temperature": self.temperature,
            "line": None if self.line is None else list(self.line),
            "image": self.image.to_dict(),
            "patient": self.patient.to_dict(),
            "patient_by": self.patient_by,
            "miss": self.miss,
            "alarm": self.alarm,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        levels = {name: Level.from_dict(told[name]) for name in ("image", "patient")}
        line = None if told["line"] is None else (float(told["line"][0]), float(told["line"][1]))
        return cls(**{**told, **levels, "line": line})


def _line(whole: Floats, diseased: Floats) -> tuple[float, float]:
    """Platt's two numbers; a patient's probability is then right at the Bayes cut, too."""
    told = Calibrator("sigmoid").fit(logit(np.clip(whole, _EDGE, 1.0 - _EDGE)), diseased).to_dict()
    return float(told["slope"]), float(told["intercept"])


def _straightened(whole: Floats, line: tuple[float, float] | None) -> Floats:
    if line is None:
        return whole
    return np.asarray(expit(line[0] * logit(np.clip(whole, _EDGE, 1.0 - _EDGE)) + line[1]))


def in_words(held: Mask, classes: tuple[str, str]) -> NDArray[Any]:
    """(rows,) text of sets (rows, 2) bool."""
    words = np.array([NEITHER, classes[0], classes[1], f"{classes[0]} or {classes[1]}"], dtype=object)
    return np.asarray(words[held[:, 0] + 2 * held[:, 1]])


def bayes_cut(miss: float, alarm: float) -> float:
    """The probability above which acting costs less, where probabilities are right."""
    return float(CostMatrix(fn=miss, fp=alarm).on({}, 1).threshold()[0])


def cheapest_cut(y: Floats, p: Floats, miss: float, alarm: float) -> float:
    """The cut that costs least on these rows, half-way between two neighbouring probabilities."""
    return CostMatrix(fn=miss, fp=alarm).on({}, len(y)).best_cut(y, p).threshold


def _cut(y: Floats, p: Floats, deciding: Deciding) -> float:
    if deciding.cut == "cost":
        return cheapest_cut(y, p, deciding.miss, deciding.alarm)
    return bayes_cut(deciding.miss, deciding.alarm) if deciding.cut == "bayes" else float(deciding.cut)
