"""Two methods or more on one landscape from one start, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casestudies.errors import UsageError
from casestudies.lab.descent import WAYS, Walk, walk
from casestudies.lab.populations import BREEDS, search
from casestudies.lab.surfaces import Landscape, landscape_named

MOST = 4  # methods in one picture
NEAR = 1e-3  # above the least value: arrived
_BESIDE = 0.05  # of the box's longer side: at a place


@dataclass(frozen=True)
class Duel:
    """walks: in the order they were asked for."""

    landscape: Landscape
    start: tuple[float, ...]
    walks: tuple[Walk, ...]

    @property
    def labels(self) -> list[str]:
        """One for each walk, all different."""
        names = [walk.label for walk in self.walks]
        return [f"{name} ({n})" if names.count(name) > 1 else name for n, name in enumerate(names, 1)]

    def arrived(self) -> list[int | None]:
        """Of each walk: the evaluations until it was within 0.001 of the least value; None = it never was."""
        return [walk.reached(self.landscape.least + NEAR) for walk in self.walks]

    def ended(self, walk: Walk) -> str:
        """Where a walk came to its end, in words."""
        place = walk.points[-1]
        if not np.isfinite(place).all():
            return "beyond all numbers"
        box = np.array(self.landscape.box)
        near = _BESIDE * float(np.ptp(box, axis=1).max())
        spot = "(" + ", ".join(f"{x:.3g}" for x in place + 0.0) + ")"
        if min(np.linalg.norm(place - np.array(goal)) for goal in self.landscape.minima) <= near:
            return f"at {spot}, by the minimum" if walk.values[-1] <= self.landscape.least + NEAR else f"at {spot}"
        outside = bool(((place < box[:, 0]) | (place > box[:, 1])).any())
        return f"at {spot}" + (", outside the picture" if outside else "")


def duel(
    landscape: str,
    methods: Sequence[str],
    *,
    rates: Mapping[str, float] | None = None,
    start: Sequence[float] | None = None,
    steps: int = 100,
    seed: int = 0,
) -> Duel:
    """Send methods down a landscape.

    Parameters
    ----------
    landscape: one of `LANDSCAPES`. methods: at most four of `WAYS` and `BREEDS`.
    rates: by method; the lab's choice for the rest. start: None = the landscape's own.
    steps: of each method; populations of 20 points, as many, up to 1,000 points in all.

    Raises
    ------
    UsageError: an unknown name, no method or too many, a start that does not fit. MissingExtra: a library is missing.
    """
    if not 0 < len(methods) <= MOST:
        raise UsageError(f"{len(methods)} methods at once", where="methods", advice=f"give one to {MOST}")
    ground = landscape_named(landscape)
    begin = ground.start if start is None else tuple(float(x) for x in start)
    walks = [
        search(ground, name, start=begin, evaluations=20 * steps, seed=seed)
        if name in BREEDS
        else walk(ground, name, rate=(rates or {}).get(name), start=begin, steps=steps, seed=seed)
        for name in methods
    ]
    return Duel(ground, begin, tuple(walks))


def methods() -> dict[str, str]:
    """The titles of all that can be sent down, by name."""
    return {name: way.title for name, way in WAYS.items()} | {name: breed.title for name, breed in BREEDS.items()}
