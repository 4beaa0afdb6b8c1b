"""Who is on both sides: patients, or twins, that a model learns from and is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.audit.twins import Twins
from casestudies.imaging.films import Films

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Leaks:
    """What two parts share.

    Parameters
    ----------
    patients: (pseudonym, one image here, one there). twins: (image here, image there, correlation of their thumbnails).
    images: how many images of the judging part have a patient or a twin in the other.
    alike: pairs that resemble each other no more than films of one body part may; they are no leak.
    """

    patients: tuple[tuple[str, str, str], ...]
    twins: tuple[tuple[str, str, float], ...]
    images: int
    alike: int

    def __bool__(self) -> bool:
        return bool(self.patients or self.twins)

    def lines(self) -> Iterator[str]:
        """Each pair in words, patients first."""
        for patient, one, other in self.patients:
            yield f"{patient}: {one} and {other}"
        for one, other, likeness in self.twins:
            yield f"{one} and {other} (correlation {likeness:.3f})"

    @property
    def count(self) -> str:
        """ "3 patients and 12 pairs of twins"."""
        return joined((many(len(self.patients), "patient"), many(len(self.twins), "pair", " of twins")))


def leaks(films: Films, twins: Twins, here: Rows, there: Rows) -> Leaks:
    """What the images `here` (that judge) share with those `there` (that were learnt from)."""
    inside, outside = (np.zeros(len(films), dtype=bool) for _ in range(2))
    inside[here], outside[there] = True, True
    shared = np.zeros(len(films), dtype=bool)
    patients: list[tuple[str, str, str]] = []
    if films.patients_known:
        both = np.intersect1d(films.patient[here].astype(str), films.patient[there].astype(str))
        shared |= inside & np.isin(films.patient.astype(str), both)
        patients = [(name, _first(films, here, name), _first(films, there, name)) for name in map(str, both)]
    forth = inside[twins.first] & outside[twins.second]
    back = inside[twins.second] & outside[twins.first]
    one = np.where(forth, twins.first, twins.second)
    other = np.where(forth, twins.second, twins.first)
    cross = (forth | back) & twins.sure
    shared[one[cross]] = True
    pairs = [(str(films.names[a]), str(films.names[b]), float(r)) for a, b, r in _triples(twins, one, other, cross)]
    return Leaks(tuple(patients), tuple(pairs), int(shared.sum()), int(((forth | back) & ~twins.sure).sum()))


def touching(films: Films, twins: Twins, here: Rows, there: Rows) -> Rows:
    """The images of `there` whose patient or sure twin is among those `here`."""
    inside = np.zeros(len(films), dtype=bool)
    inside[here] = True
    hit = np.zeros(len(films), dtype=bool)
    if films.patients_known:
        hit |= np.isin(films.patient.astype(str), films.patient[here].astype(str))
    hit[twins.second[twins.sure & inside[twins.first]]] = True
    hit[twins.first[twins.sure & inside[twins.second]]] = True
    return there[hit[there]]


def joined(parts: Iterable[str]) -> str:
    """Words with "and" between, the empty ones left out."""
    return " and ".join(part for part in parts if part)


def _triples(twins: Twins, one: Rows, other: Rows, some: NDArray[np.bool_]) -> Iterator[tuple[int, int, float]]:
    return zip(one[some].tolist(), other[some].tolist(), twins.likeness[some].tolist(), strict=True)


def _first(films: Films, rows: Rows, patient: str) -> str:
    return str(films.names[rows[np.argmax(films.patient[rows].astype(str) == patient)]])


def many(count: int, word: str, more: str = "") -> str:
    """ "3 pairs of twins", "1 pair of twins"; "" for none."""
    return f"{count:,} {word}{'s' if count != 1 else ''}{more}" if count else ""
