from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

pytest.importorskip("torch")

import torch

from casestudies.explain.images.curves import SHARES, blurred, chance_map, contrast_map, curves, smooth
from casestudies.explain.images.likeness import randomised, rank_correlation, top_overlap
from casestudies.explain.images.pointing import hits, widened


def spot(side=64, row=20, column=40):
    """A flat image with one bright spot, and where it is."""
    image = np.full((1, side, side), 0.3, dtype=np.float32)
    mask = np.zeros((side, side), dtype=bool)
    mask[row - 3 : row + 3, column - 3 : column + 3] = True
    image[0, mask] = 0.9
    return image, mask


def test_taking_the_right_place_away_moves_the_score_and_the_wrong_place_does_not(bright):
    image, mask = spot()
    net = bright(np.where(mask, 1.0, 0.0)[None])
    deleted, inserted = curves([net], image, [mask.astype(float), -mask.astype(float), chance_map(64, 1)])
    whole, empty = 36 * 0.9, float((blurred(image)[0] * mask).sum())
    assert_allclose(deleted[0, 0], empty, rtol=1e-4)  # the spot is under 2 % of the image
    assert_allclose(deleted[1], whole, rtol=1e-4)  # what is named first is elsewhere
    assert_allclose(inserted[0], whole, rtol=1e-4)
    assert_allclose(inserted[1], empty, rtol=1e-4)
    assert deleted.shape == inserted.shape == (3, len(SHARES))


def test_the_share_of_pixels_is_what_it_says(bright):
    values = np.random.default_rng(0).random((20, 20))
    image = np.ones((1, 20, 20), dtype=np.float32)
    image[0, ::2] = 0  # so that blurring changes every pixel
    soft = blurred(image)
    changed = bright(np.ones((1, 20, 20)))
    deleted, _ = curves([changed], image, [values])
    for share, score in zip(SHARES, deleted[0], strict=True):
        first = np.argsort(-values, axis=None)[: round(share * 400)]
        wanted = image.ravel().copy()
        wanted[first] = soft.ravel()[first]
        assert_allclose(score, wanted.sum(), rtol=1e-4)


def test_blurring_keeps_the_mean_and_each_channel_to_itself():
    image = np.stack([spot()[0][0], np.full((64, 64), 0.5, dtype=np.float32)])
    soft = blurred(image)
    assert soft.dtype == np.float32
    assert_allclose(soft[1], 0.5, rtol=1e-5)
    assert_allclose(soft[0].mean(), image[0].mean(), rtol=0.02)
    assert soft[0].max() < 0.4


def test_contrast_points_at_what_stands_out():
    image, mask = spot()
    assert hits(contrast_map(image), mask)


def test_neighbours_that_cancel_say_nothing():
    checks = np.indices((64, 64)).sum(axis=0) % 2 * 2.0 - 1
    assert np.abs(smooth(checks)[10:-10, 10:-10]).max() < 1e-3
    assert_allclose(smooth(np.ones((64, 64)))[20:-20, 20:-20], 1, rtol=1e-3)


def test_the_true_place_is_widened_by_three_of_64_pixels():
    mask = np.zeros((64, 64), dtype=bool)
    mask[30, 30] = True
    wide = widened(mask)
    assert wide[30, 33]
    assert not wide[30, 34]
    assert wide.sum() == 25  # a diamond
    assert hits(np.pad([[1.0]], ((30, 33), (32, 31))), wide)
    assert not hits(np.pad([[1.0]], ((30, 33), (34, 29))), wide)


def test_a_map_is_like_itself_and_unlike_its_opposite():
    ours = np.random.default_rng(0).normal(size=(32, 32))
    places = np.kron(np.random.default_rng(1).normal(size=(8, 8)), np.ones((4, 4)))
    assert rank_correlation(places, np.exp(places)) == pytest.approx(1)
    assert rank_correlation(ours, ours) == pytest.approx(1)
    assert rank_correlation(ours, -ours) == pytest.approx(-1)
    assert rank_correlation(ours, np.ones((32, 32))) == 0
    assert top_overlap(ours, ours) == 1
    assert top_overlap(ours, -ours) == 0


@given(st.integers(0, 1000))
def test_the_tops_of_random_maps_have_five_per_cent_in_common(seed):
    random = np.random.default_rng(seed)
    both = [top_overlap(random.random((32, 32)), random.random((32, 32))) for _ in range(30)]
    assert 0.02 < np.mean(both) < 0.09


def test_shuffled_weights_are_the_same_numbers_elsewhere(small):
    net = small().body
    before = [weights.detach().clone() for weights in net.parameters()]
    shuffled = randomised(net, 1)
    for old, kept, new in zip(before, net.parameters(), shuffled.parameters(), strict=True):
        assert torch.equal(old, kept)
        assert_allclose(np.sort(new.detach().numpy().ravel()), np.sort(old.numpy().ravel()))
    first, again = randomised(net, 1)[0].weight, randomised(net, 2)[0].weight
    assert torch.equal(first, shuffled[0].weight)
    assert not torch.equal(first, again)
    assert not torch.equal(first, net[0].weight)
