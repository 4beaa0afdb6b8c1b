from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("torch")

from casestudies.explain.images.curves import blurred
from casestudies.explain.images.local import CELLS, lime_image, local_line, squares


def image(channels=1, seed=0):
    return np.random.default_rng(seed).random((channels, 32, 32), dtype=np.float32)


def test_the_line_is_that_of_the_lime_library():
    base = pytest.importorskip("lime.lime_base")
    from sklearn.metrics import pairwise_distances

    random = np.random.default_rng(0)
    kept = random.random((150, 20)) < 0.5
    kept[0] = True
    answers = kept @ random.normal(size=20) + 0.1 * random.normal(size=150)
    distance = pairwise_distances(kept.astype(float), np.ones((1, 20)), metric="cosine").ravel()
    theirs = base.LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / 0.25**2)))
    _, pairs, r2, _ = theirs.explain_instance_with_data(kept.astype(float), answers[:, None], distance, 0, 20, "none")
    ours = local_line(kept, answers)
    assert_allclose(ours.weights, [weight for _, weight in sorted(pairs)], atol=1e-9)
    assert ours.r2 == pytest.approx(r2)


def test_a_score_that_is_a_straight_line_is_found(bright):
    """Each square's weight is what its sharpness adds, shrunk a little by the ridge."""
    x = image()
    weight = np.zeros((1, 32, 32))
    weight[0, 8:12, 16:20] = 30.0  # one square of 4 pixels
    found = lime_image([bright(weight)], x, samples=2000, seed=0)
    wanted = float((weight * (x - blurred(x))).sum())
    assert_allclose(found.values[9, 17], wanted, rtol=0.05)
    assert np.abs(found.values[:8]).max() < 0.05 * abs(wanted)
    assert found.r2 > 0.99


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_colour_are_alike_and_the_seed_is_all_that_is_random(small, channels):
    net, x = small(0, channels), image(channels)
    first, again, other = (lime_image([net], x, 100, seed) for seed in (1, 1, 2))
    assert first.values.shape == (32, 32)
    assert_allclose(first.values, again.values)
    assert np.abs(first.values - other.values).max() > 0


def test_more_samples_agree_more_with_each_other(small):
    x = image()
    few, many = (np.mean([lime_image([small(seed)], x, n, 0).overlap for seed in range(3)]) for n in (80, 3000))
    assert 0 <= few < many <= 1


def test_squares_number_every_pixel_once():
    place = squares(28, CELLS)
    assert set(place.ravel()) == set(range(CELLS**2))
    assert_allclose(place[0, :4], 0)
    assert place[27, 27] == CELLS**2 - 1


def test_a_score_that_never_moves_has_no_line(bright):
    found = lime_image([bright(np.zeros((1, 32, 32)), 1.0)], image(), 60, 0)
    assert found.r2 == 0
    assert not found.values.any()
