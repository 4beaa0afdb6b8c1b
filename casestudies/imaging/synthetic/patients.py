"""Invented patients: history with a modest, known effect on risk, where they were examined and how many films were taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

DENSITIES = ("a", "b", "c", "d")  # BI-RADS composition, fatty to extremely dense
SITES = ("A", "B")
VIEWS = ("CC", "MLO", "ML", "LM")

_AGE, _AGE_SPREAD, _YOUNGEST, _OLDEST = 57.0, 11.0, 35, 88
_DENSITY_SHARES = (0.12, 0.40, 0.38, 0.10)
_FAMILY, _BIOPSY = 0.17, 0.12  # share with a history of each
_AT_B = 0.35
# log-odds of the disease; the constant makes 27 % of a large population ill (solved on 4 million draws)
_CONSTANT, _OF_AGE, _OF_DENSITY, _OF_FAMILY, _OF_BIOPSY = -1.2280, 0.045, 0.20, 0.65, 0.45
_AGE_UNKNOWN, _BIOPSY_UNKNOWN = 0.03, 0.05


@dataclass(frozen=True)
class Patient:
    """One invented patient. density: place in `DENSITIES`; risk: true probability of the disease; age in years."""

    number: int
    age: float
    density: int
    family_history: bool
    prior_biopsy: bool
    risk: float
    ill: bool
    site: str
    side: str
    films: int
    age_known: bool
    biopsy_known: bool

    @property
    def pseudonym(self) -> str:
        return f"p{self.number:04d}"


def drawn(number: int, seed: int, shortcut: float) -> Patient:
    """Patient `number` (from 1) of a seed: the same whoever else is drawn, and but for the site whatever the shortcut."""
    random = np.random.default_rng([seed, 7, number])
    age = float(np.clip(random.normal(_AGE, _AGE_SPREAD), _YOUNGEST, _OLDEST).round())
    density = int(random.choice(len(DENSITIES), p=_DENSITY_SHARES))
    family, biopsy, ill, at_b, age_told, biopsy_told = random.random(6)
    history = bool(family < _FAMILY), bool(biopsy < _BIOPSY)
    odds = _CONSTANT + _OF_AGE * (age - _AGE) + _OF_DENSITY * (density - 1.5)
    risk = 1 / (1 + np.exp(-(odds + _OF_FAMILY * history[0] + _OF_BIOPSY * history[1])))
    share = _AT_B + (0.6 if ill < risk else -0.3) * shortcut
    return Patient(
        number=number,
        age=age,
        density=density,
        family_history=history[0],
        prior_biopsy=history[1],
        risk=float(risk),
        ill=bool(ill < risk),
        site=SITES[int(at_b < share)],
        side=str(random.choice(["L", "R"])),
        films=int(random.integers(1, len(VIEWS) + 1)),
        age_known=bool(age_told >= _AGE_UNKNOWN),
        biopsy_known=bool(biopsy_told >= _BIOPSY_UNKNOWN),
    )


def table(patients: list[Patient]) -> pd.DataFrame:
    """What would be known of each, a row each: site, age, density, history (nan where nobody asked), laterality."""
    return pd.DataFrame(
        {
            "site": [who.site for who in patients],
            "age": [who.age if who.age_known else np.nan for who in patients],
            "density": [DENSITIES[who.density] for who in patients],
            "family_history": [float(who.family_history) for who in patients],
            "prior_biopsy": [float(who.prior_biopsy) if who.biopsy_known else np.nan for who in patients],
            "laterality": [who.side for who in patients],
        }
    )
