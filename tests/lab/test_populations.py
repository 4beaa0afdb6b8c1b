"""Populations: the libraries' own loops, whole populations, the same for the same seed, one line where they are missing."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("cmaes")
pytest.importorskip("optuna")

from casestudies.errors import MissingExtra
from casestudies.lab import populations
from casestudies.lab.descent import walk
from casestudies.lab.populations import BREEDS, MOST, search
from casestudies.lab.surfaces import LANDSCAPES

RASTRIGIN = LANDSCAPES["rastrigin"]


def rastrigin(x):
    return 20 + float(np.sum(x**2 - 10 * np.cos(2 * np.pi * x)))


def test_cma_es_is_the_library_asked_and_told():
    from cmaes import CMA

    box = np.array(RASTRIGIN.box)
    own = CMA(np.array(RASTRIGIN.start), 0.3 * 5.4, bounds=box, seed=5, population_size=20)
    best, least = [], []
    for _ in range(6):
        points = [own.ask() for _ in range(20)]
        heights = [rastrigin(point) for point in points]
        own.tell(list(zip(points, heights, strict=True)))
        best.append(points[int(np.argmin(heights))])
        least.append(min(heights))
    found = search(RASTRIGIN, "cmaes", evaluations=120, seed=5)
    assert found.points == pytest.approx(np.array(best), abs=1e-9)
    assert found.values == pytest.approx(np.minimum.accumulate(least))
    assert found.evaluations.tolist() == [20, 40, 60, 80, 100, 120]


@pytest.mark.parametrize("name", BREEDS)
def test_populations_stay_in_the_box_and_repeat_with_their_seed(name):
    one, again, other = (search(RASTRIGIN, name, evaluations=100, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.points, again.points)
    assert not np.array_equal(one.points, other.points)
    box = np.array(RASTRIGIN.box)
    assert ((one.points >= box[:, 0]) & (one.points <= box[:, 1])).all()
    assert (np.diff(one.values) <= 0).all()
    assert search(RASTRIGIN, name, evaluations=10**9, size=500).evaluations[-1] <= MOST


def test_populations_leave_the_hollow_that_holds_every_gradient():
    """From one start, over seeds: gradient methods end where they began, populations often do not."""
    near = walk(RASTRIGIN, "gd", steps=100)
    assert near.values[-1] == pytest.approx(7.96, abs=0.01)  # the hollow at (2, -2): 4 + 4 and a little less
    ends = [search(RASTRIGIN, "cmaes", evaluations=600, seed=seed).values[-1] for seed in range(8)]
    assert max(ends) < near.values[-1]
    assert sum(end < 1e-2 for end in ends) >= 2


@pytest.mark.parametrize("name", BREEDS)
def test_a_missing_library_is_one_line_of_advice(name, monkeypatch):
    monkeypatch.setattr(populations, "find_spec", lambda library: None)
    with pytest.raises(MissingExtra, match=r"is not installed.*casestudies\[tune\]"):
        search(RASTRIGIN, name)
