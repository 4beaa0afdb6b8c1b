from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("torch")

import torch

from casestudies.explain.images.cam import grad_cam


def image(side=16, seed=0, channels=1):
    return np.random.default_rng(seed).random((channels, side, side), dtype=np.float32)


def test_it_is_what_each_pixel_adds_where_the_maps_are_the_image(bright):
    x, weight = image(), np.random.default_rng(1).normal(size=(1, 16, 16))
    assert_allclose(grad_cam([bright(weight)], x), np.maximum(x[0] * weight[0], 0), rtol=1e-5)


def test_it_is_slope_times_map_by_differences(small):
    """The slope of the score in each place of each map, by moving it a little."""
    net, x = small(), image(seed=3)
    with torch.no_grad():
        maps = net.maps(torch.from_numpy(x)[None]).double()
        net.head.double()
        slope = torch.zeros_like(maps)
        for place in np.ndindex(*maps.shape):
            moved = maps.clone()
            moved[place] += 1e-6
            slope[place] = (net.score(moved) - net.score(maps))[0] / 1e-6
        wanted = torch.relu((slope * maps).sum(1))[0].numpy()
        net.head.float()
    found = grad_cam([net], x)
    assert found.shape == (16, 16)
    # a bilinear enlargement by two keeps the mean, but for the border
    assert_allclose(found.reshape(8, 2, 8, 2).mean((1, 3))[1:-1, 1:-1], smoothed(wanted)[1:-1, 1:-1], atol=1e-4)


def smoothed(values):
    """What four pixels between the middles of places have on average, when places are halved bilinearly."""
    padded = np.pad(values, 1, mode="edge")
    line = 0.125 * padded[:-2] + 0.75 * padded[1:-1] + 0.125 * padded[2:]
    return 0.125 * line[:, :-2] + 0.75 * line[:, 1:-1] + 0.125 * line[:, 2:]


def test_two_networks_have_the_mean_of_their_maps(small):
    x, first, second = image(), small(0), small(1)
    both = grad_cam([first, second], x)
    assert_allclose(both, (grad_cam([first], x) + grad_cam([second], x)) / 2, atol=1e-6)


def test_it_leaves_the_network_as_it_was(small):
    net, x = small(), image(channels=1)
    grad_cam([net], x)
    assert all(weights.grad is None for weights in net.body.parameters())
    assert not net.body._forward_hooks
    assert not net.body.training


def test_colour_images_have_one_map(small):
    assert grad_cam([small(0, channels=3)], image(channels=3)).shape == (16, 16)
