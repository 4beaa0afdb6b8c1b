"""Methods that look at many points at a time and use no gradient, from libraries: CMA-ES and a genetic algorithm."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from casestudies.errors import MissingExtra, UsageError, nearest, shown
from casestudies.lab.descent import Walk
from casestudies.lab.surfaces import Floats, Landscape

MOST = 1_000  # evaluations
_WIDE = 0.3  # of the box's shorter side: the spread of the first points of CMA-ES


@dataclass(frozen=True)
class Breed:
    """A method by populations. library: what has to be installed, with the extra `tune`."""

    title: str
    words: str
    library: str
    search: Callable[[Landscape, Floats, int, int, int], Floats]


def search(
    landscape: Landscape,
    breed: str,
    *,
    start: Sequence[float] | None = None,
    evaluations: int = 400,
    size: int = 20,
    seed: int = 0,
) -> Walk:
    """Look for the least value in the box; a step is a population, and its point the best of it.

    Parameters
    ----------
    breed: "cmaes" or "genetic". start: where CMA-ES begins, if that lies in the box; None = the landscape's own. evaluations: at most 1,000, in whole populations of `size`.

    Raises
    ------
    UsageError: no such method. MissingExtra: its library is not installed.
    """
    if breed not in BREEDS:
        raise UsageError(f"there is no method {shown(breed)}", where="method", advice=nearest(breed, BREEDS))
    needed(breed)
    kind = BREEDS[breed]
    populations = max(1, min(evaluations, MOST) // size)
    tried = kind.search(landscape, np.array(landscape.start if start is None else start), populations, size, seed)
    heights = landscape.values(tried).reshape(populations, size)
    best = tried.reshape(populations, size, -1)[np.arange(populations), heights.argmin(axis=1)]
    least = np.minimum.accumulate(heights.min(axis=1))
    reason = f"It looked at {populations} populations of {size} points."
    return Walk(kind.title, None, best, least, size * np.arange(1.0, populations + 1), reason, ())


def needed(method: str) -> None:
    """Raises MissingExtra where this method's library is not installed; nothing for methods that need none."""
    kind = BREEDS.get(method)
    if kind is not None and find_spec(kind.library) is None:
        raise MissingExtra(kind.library, "tune", where=kind.title)


def _by_cmaes(landscape: Landscape, start: Floats, populations: int, size: int, seed: int) -> Floats:
    """Points drawn around a centre; centre and spread follow the better half."""
    from cmaes import CMA

    box = np.array(landscape.box)
    wide = _WIDE * float(np.ptp(box, axis=1).min())
    optimiser = CMA(np.clip(start, *box.T), wide, bounds=box, seed=seed, population_size=size)
    tried = []
    for _ in range(populations):
        points = np.array([optimiser.ask() for _ in range(size)])
        optimiser.tell(list(zip(points, landscape.values(points).tolist(), strict=True)))
        tried.append(points)
    return np.concatenate(tried)


def _by_genes(landscape: Landscape, start: Floats, populations: int, size: int, seed: int) -> Floats:
    """Points in all of the box; the better are crossed with each other and now and then changed."""
    import optuna
    from optuna.distributions import BaseDistribution, FloatDistribution

    space: dict[str, BaseDistribution] = {
        f"x{n}": FloatDistribution(low, high) for n, (low, high) in enumerate(landscape.box)
    }
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study = optuna.create_study(sampler=optuna.samplers.NSGAIISampler(population_size=size, seed=seed))
        tried = []
        for _ in range(populations * size):
            trial = study.ask(space)
            tried.append([trial.params[name] for name in space])
            study.tell(trial, float(landscape.values(np.array(tried[-1:]))[0]))
    finally:
        optuna.logging.set_verbosity(before)
    return np.array(tried)


BREEDS: Mapping[str, Breed] = {
    "cmaes": Breed(
        "CMA-ES", "a cloud of points that moves, stretches and shrinks with its better half", "cmaes", _by_cmaes
    ),
    "genetic": Breed(
        "Genetic algorithm (NSGA-II)", "the better points are crossed and now and then changed", "optuna", _by_genes
    ),
}
