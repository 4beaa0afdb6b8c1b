from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("torch")

import torch

from casestudies.explain.images.curves import blurred
from casestudies.explain.images.seen import scores, slopes
from casestudies.explain.images.shapley import ADDS_UP, Shapley, integrated_gradients


def image(seed=0, channels=1):
    return np.random.default_rng(seed).random((channels, 16, 16), dtype=np.float32)


def test_a_straight_line_is_taken_apart_exactly(bright):
    x, base, weight = image(), image(1), np.random.default_rng(2).normal(size=(1, 16, 16))
    found = integrated_gradients([bright(weight, 0.7)], x, base, steps=1)
    assert_allclose(found.values, (x - base)[0] * weight[0], rtol=1e-4, atol=1e-6)
    assert found.missed < 1e-5
    assert_allclose(found.base, (base * weight).sum() + 0.7, rtol=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_steps_lie_nearer_to_the_baseline(bright, steps):
    """Of a square the sum over squared middles is known: the baseline's part is whole, the rest misses 1 / (2 steps^2)."""

    class Square(bright):
        def maps(self, x):
            return x**2

    x, base, weight = image(), image(1), np.random.default_rng(2).normal(size=(1, 16, 16))
    found = integrated_gradients([Square(weight)], x, base, steps)
    away = x - base
    whole = 2 * base * away + (1 - 0.5 / steps**2) * away**2
    assert_allclose(found.values, whole[0] * weight[0], rtol=1e-3, atol=1e-5)


def test_parts_and_score_add_up_better_with_more_steps(small):
    x = image()
    few, many = (integrated_gradients([small()], x, blurred(x), steps) for steps in (2, 256))
    assert_allclose(many.values.sum(), many.score - many.base, rtol=0.01)
    assert many.missed <= few.missed


def test_what_does_not_add_up_is_measured():
    off = Shapley(np.full((2, 2), 0.5), base=0.0, score=3.0)
    assert off.missed == pytest.approx(1 / 3)
    assert off.missed > ADDS_UP
    # of a difference of nearly nothing, the share would say nothing
    assert Shapley(np.zeros((2, 2)), base=1.0, score=1.01).missed == pytest.approx(0.01)


def test_it_is_what_the_shap_library_finds(small):
    """GradientExplainer draws places along the way to the same baseline; with many draws it comes to the same."""
    shap = pytest.importorskip("shap")
    net, x = small(), image(4)
    base = blurred(x)

    class Whole(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head = net.body, net.head

        def forward(self, rows):
            return net.score(net.maps(rows))[:, None]

    explainer = shap.GradientExplainer(Whole(), torch.from_numpy(base[None]))
    theirs = np.asarray(explainer.shap_values(torch.from_numpy(x[None]), nsamples=4000, rseed=0)).reshape(16, 16)
    ours = integrated_gradients([net], x, base, steps=200).values
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.995
    assert_allclose(theirs.sum(), ours.sum(), rtol=0.05)


def test_slopes_are_those_of_differences(small):
    net, x = small(), image(5, channels=1)[None]
    slope, (row, column) = slopes([net], x), (7, 9)
    step = np.zeros_like(x)
    step[0, 0, row, column] = 1e-2
    assert_allclose(
        slope[0, 0, row, column], (scores([net], x + step) - scores([net], x - step))[0] / 2e-2, rtol=0.05, atol=1e-3
    )


def test_the_score_of_several_networks_is_their_mean(small):
    rows = np.random.default_rng(0).random((70, 1, 16, 16), dtype=np.float32)  # more than one batch
    both = scores([small(0), small(1)], rows)
    assert_allclose(both, (scores([small(0)], rows) + scores([small(1)], rows)) / 2, atol=1e-5)
    assert_allclose(both[69], scores([small(0), small(1)], rows[69:])[0], atol=1e-5)
