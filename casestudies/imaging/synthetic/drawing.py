"""Invented films of invented patients, with what real films never come with: the lesion, the risk, the exposure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice, takewhile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.imaging.films import Films
from casestudies.imaging.synthetic import lesions
from casestudies.imaging.synthetic import patients as people
from casestudies.imaging.synthetic.acquisition import seen
from casestudies.imaging.synthetic.tissue import Tissue

NOTICE = "SYNTHETIC, no patient"
CLASSES = ("no cancer", "cancer")
PATCH_MM = 32.0  # edge of what a film shows

HISTORY = ("age", "family_history", "prior_biopsy")
GROUPS = ("site", "density", "age")


@dataclass(frozen=True, eq=False)
class Shot:
    """One film that is to be drawn: of whom, which of theirs (from 0), what it shows, and its random stream from there on."""

    who: people.Patient
    film: int
    kind: str
    random: np.random.Generator

    @property
    def name(self) -> str:
        return f"{self.who.pseudonym}_{self.film + 1}.png"


@dataclass(frozen=True, eq=False)
class Drawn:
    """Films and what is true of them.

    films: as the study reads them. truth: (rows,) `kind` (of `lesions.KINDS`), `risk` (probability of the disease), `dose` and `blur`.
    provenance: that they are synthetic, and the numbers they were made from.
    """

    films: Films
    truth: pd.DataFrame
    provenance: Mapping[str, object]


def films(patients: int = 600, side: int = 64, seed: int = 0, shortcut: float = 0.0, contrast: float = 1.5) -> Films:
    """Synthetic films; see `drawn`."""
    return drawn(patients, side, seed, shortcut, contrast).films


def drawn(patients: int = 600, side: int = 64, seed: int = 0, shortcut: float = 0.0, contrast: float = 1.5) -> Drawn:
    """Mammogram-like patches of 32 mm, one to four of a patient, the same bytes for the same numbers.

    Every patient and every film has a random stream of its own, so a smaller set is the beginning of a larger one, and a shortcut changes
    the sites (and what their scanners see) and nothing else.

    Parameters
    ----------
    patients: how many; 600 have some 1,500 films in two seconds. side: pixels.
    shortcut: 0 to 1, how far site B is over-represented among the diseased: at 0.8 it has 83 % of them and 11 % of the others.
    contrast: factor of every lesion; at 1.5 a small network reaches an AUC near 0.88, at 0 only the history is left to learn from.
    """
    shown = list(takewhile(lambda shot: shot.who.number <= patients, shots(seed, shortcut)))
    numbers = {"patients": patients, "side": side, "seed": seed, "shortcut": shortcut, "contrast": contrast}
    return _drawn(shown, side, contrast, numbers)


def first(rows: int, seed: int = 0, side: int = 64) -> Films:
    """The first films of a seed, however many patients they are of."""
    numbers = {"rows": rows, "side": side, "seed": seed}
    return _drawn(list(islice(shots(seed), rows)), side, 1.5, numbers).films


def shots(seed: int, shortcut: float = 0.0) -> Iterator[Shot]:
    """The films of a seed, patient by patient, without end; drawing their pixels is what takes the time."""
    for number in count(1):
        who = people.drawn(number, seed, shortcut)
        for film in range(who.films):
            random = np.random.default_rng([seed, 7, number, film + 1])
            yield Shot(who, film, lesions.drawn_kind(random, who.ill), random)


def table(shown: Sequence[Shot]) -> pd.DataFrame:
    """What would be known of each film beside its pixels: site, age, density, history, laterality, view."""
    known = people.table([shot.who for shot in shown])
    return known.assign(view=[people.VIEWS[shot.film] for shot in shown])


def _drawn(shown: list[Shot], side: int, contrast: float, numbers: Mapping[str, object]) -> Drawn:
    tissue = Tissue(side)
    grey = np.empty((len(shown), side, side), np.uint8)
    masks = np.zeros((len(shown), side, side), bool)
    truth = []
    for row, shot in enumerate(shown):
        density = shot.who.density
        lesion = lesions.drawn(shot.random, shot.kind, side)
        masks[row] = lesions.outline(lesion)
        canvas = tissue.drawn(shot.random, density) + contrast * (1 - 0.12 * density) * lesion
        grey[row], exposure = seen(shot.random, canvas, shot.who.site)
        truth.append({"kind": shot.kind, "risk": shot.who.risk, **exposure})
    provenance = {"notice": NOTICE, "generator": "casestudies.imaging.synthetic", **numbers}
    return Drawn(_as_films(shown, grey, masks), pd.DataFrame(truth), provenance)


def _as_films(shown: list[Shot], grey: NDArray[np.uint8], masks: NDArray[np.bool_]) -> Films:
    side = grey.shape[-1]
    facts = {"height": side, "width": side, "bits": 8, "inverted": False, "format": "synthetic"}
    return Films(
        pixels=grey[:, None].astype(np.float32) / np.float32(255),
        names=np.array([shot.name for shot in shown]),
        label=np.array([shot.who.ill for shot in shown], np.int8),
        patient=np.array([shot.who.pseudonym for shot in shown]),
        patients_known=True,
        part=np.full(len(shown), ""),
        table=table(shown),
        facts=pd.DataFrame(facts, index=range(len(shown))).assign(spacing=PATCH_MM / side),
        history=HISTORY,
        groups=GROUPS,
        masks=masks,
        classes=CLASSES,
    )
