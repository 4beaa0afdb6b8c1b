"""Images one by one: read, decoded, made small and let go, so that memory holds one film and what the network sees."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, one_line
from casestudies.imaging.preparation import Facts, Preparation
from casestudies.imaging.reading.film import Film, Refused
from casestudies.imaging.reading.planned import Planned

_MEGABYTE = 2**20
_TOP = 2**16 - 1  # what files of assumed bits are divided by while they are read


@dataclass(frozen=True)
class Skipped:
    """An image that was not taken, and why. unread: it could not be read; else it is of another view or modality."""

    name: str
    reason: str
    unread: bool = True


@dataclass(frozen=True, eq=False)
class Taken:
    """Images as the network sees them.

    pixels: (rows, channels, side, side). rows: their numbers in the plan. facts, sizes: of each, sizes (rows, 2) height and width.
    masks: (rows, side, side) or None; masks_lost: masks that cannot be read, or are of another size. preparation: with the bits that all films decided together. sha256: of names and contents.
    """

    pixels: NDArray[np.float32]
    rows: list[int]
    facts: list[Facts]
    sizes: NDArray[np.int64]
    masks: NDArray[np.bool_] | None
    masks_lost: int
    skipped: tuple[Skipped, ...]
    preparation: Preparation
    sha256: str
    bytes: int


def taken(plan: Planned, preparation: Preparation, memory_mb: int, *, free: bool, views: Iterable[str] = ()) -> Taken:
    """Read every image of a plan.

    Parameters
    ----------
    free: the bits of files that do not say theirs are found; else they are those of the preparation.
    views: (images,) as a table says; they go before those of headers.

    Raises
    ------
    ConfigError: the prepared images would need more than half of the memory.
    """
    count = len(plan.names)
    if plan.blind:
        nothing = np.zeros((count, 0, 0, 0), dtype=np.float32), list(range(count)), [Facts("", bits=0)] * count
        return Taken(*nothing, np.zeros((count, 2), dtype=np.int64), None, 0, (), preparation, "", 0)
    shape = (count, preparation.channels, preparation.side, preparation.side)
    needed = int(np.prod(shape)) * 4 // _MEGABYTE
    if needed > memory_mb / 2:
        what = f"{count:,} images of {preparation.side} pixels a side need {needed:,} MB, over half of run.memory_mb ({memory_mb:,})"
        raise ConfigError(what, where="reading.side", advice="write a smaller side, or a larger run.memory_mb")
    reading = _Taking(plan, preparation, np.empty(shape, dtype=np.float32), list(views), free)
    for row, name in enumerate(plan.names):
        reading.take(row, name)
    return reading.done()


class _Taking:
    """What is kept of the films that went by."""

    def __init__(
        self, plan: Planned, preparation: Preparation, pixels: NDArray[np.float32], views: list[str], free: bool
    ) -> None:
        self.plan, self.preparation, self.pixels, self.views, self.free = plan, preparation, pixels, views, free
        side = preparation.side
        self.masks = np.zeros((len(pixels) if plan.masked else 0, side, side), dtype=bool)
        self.masks_lost = 0
        self.rows: list[int] = []
        self.facts: list[Facts] = []
        self.sizes: list[tuple[int, int]] = []
        self.greatest: list[float] = []  # grey values of films of assumed bits
        self.skipped: list[Skipped] = []
        self.digest, self.bytes = hashlib.sha256(), 0

    def take(self, row: int, name: str) -> None:
        if not name.isprintable():  # line breaks, and bytes that are no UTF-8: no table or report could hold it
            self.skipped.append(Skipped(one_line(name), "its name holds characters that cannot be printed; rename it"))
            return
        try:
            content = self.plan.content(row)
            if isinstance(content, bytes):
                self.digest.update(f"{name}\n{hashlib.sha256(content).hexdigest()}\n".encode())
                self.bytes += len(content)
            film = self.plan.decode(content, name, self.preparation)
            if reason := self._unwanted(row, film.facts):
                self.skipped.append(Skipped(name, reason, unread=False))
                return
            self.pixels[len(self.rows)] = self.preparation.prepare(film.pixels, film.facts)
        except DataError as refusal:
            self.skipped.append(Skipped(name, refusal.what + (f"; {refusal.advice}" if refusal.advice else "")))
            return
        self._keep(row, film)

    def _keep(self, row: int, film: Film) -> None:
        height, width = film.pixels.shape[:2]
        if self.plan.masked:
            self.masks[len(self.rows)] = self._mask(row, film.facts, (height, width))
        if film.facts.assumed:
            self.greatest.append(float(film.pixels.max()))
        self.rows.append(row)
        self.facts.append(film.facts)
        self.sizes.append((height, width))

    def _mask(self, row: int, facts: Facts, size: tuple[int, int]) -> NDArray[np.bool_]:
        """Where the lesion is; nowhere, if its mask cannot be read or is of another image."""
        try:
            mask = self.plan.mask(row, self.preparation)
            if mask is not None and mask.shape != size:
                raise Refused("its mask has another size")
        except Refused:
            self.masks_lost += 1
            mask = None
        nowhere = np.zeros((self.preparation.side, self.preparation.side), dtype=bool)
        return nowhere if mask is None else self.preparation.prepare_mask(mask, facts)

    def _unwanted(self, row: int, facts: Facts) -> str:
        """Why a film that can be read is left out; "" where it is not."""
        wanted = self.preparation
        view = (self.views[row] if self.views else "") or facts.view
        if wanted.view is not None and view.upper() != wanted.view.upper():
            return f"view {view or 'unknown'}, not {wanted.view}"
        if wanted.modalities and facts.format == "DICOM" and facts.modality not in wanted.modalities:
            return f"modality {facts.modality or 'unknown'}, not {' or '.join(wanted.modalities)}"
        return ""

    def done(self) -> Taken:
        count = len(self.rows)
        # no copy of the pixels unless images were refused
        pixels = self.pixels if count == len(self.pixels) else self.pixels[:count].copy()
        preparation = self.preparation
        if self.free and self.greatest and preparation.window == "file":
            preparation = preparation.with_bits_of(self.greatest)
            if preparation.bits < 16:
                assumed = np.array([facts.assumed for facts in self.facts])
                pixels[assumed] = np.minimum(pixels[assumed] * np.float32(_TOP / (2**preparation.bits - 1)), 1.0)
        masks: Any = self.masks[:count] if self.plan.masked and self.masks[:count].any() else None
        return Taken(
            pixels=pixels,
            rows=self.rows,
            facts=self.facts,
            sizes=np.array(self.sizes, dtype=np.int64).reshape(count, 2),
            masks=masks,
            masks_lost=self.masks_lost,
            skipped=tuple(self.skipped),
            preparation=preparation,
            sha256=self.digest.hexdigest(),
            bytes=self.bytes,
        )
