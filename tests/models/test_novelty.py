"""Scores of strangeness: the planted rows come first, the seed alone decides, and torch is loaded only when asked for."""

import subprocess
import sys

import numpy as np
import pytest

from casestudies.models.novelty import has_torch, isolation, reconstruction


def rows(seed=0):
    """Known rows on a plane of a cube, and new ones of which the last ten stand off it."""
    random = np.random.default_rng(seed)
    plane = random.normal(size=(1200, 2)) @ random.normal(size=(2, 8))
    off = plane[1190:] + 4 * random.normal(size=(10, 8))
    return plane[:1000], np.vstack([plane[1000:1190], off])


@pytest.mark.parametrize("score", [isolation, reconstruction])
def test_rows_off_the_plane_come_first_and_the_seed_decides(score):
    if score is reconstruction:
        pytest.importorskip("torch")
    known, new = rows()
    first = score(known, new, 0)
    assert set(np.argsort(-first)[:5]) <= set(range(190, 200))
    assert np.median(first[190:]) > np.quantile(first[:190], 0.95)
    assert (score(known, new, 0) == first).all()
    assert not (score(known, new, 1) == first).all()


def test_a_heavy_tail_counts_as_ten_deviations():
    pytest.importorskip("torch")
    known, new = rows()
    huge = new.copy()
    huge[0] = 1e9
    at_ten = new.copy()
    at_ten[0] = 10.0
    assert reconstruction(known, huge, 0)[0] == reconstruction(known, at_ten, 0)[0]


def test_looking_for_torch_does_not_load_it():
    code = "import sys; from casestudies.models.novelty import has_torch; has_torch(); print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
    assert isinstance(has_torch(), bool)
