"""Gradients by layer against torch's own, and each cure against the ill it is for."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import nn

from casestudies.lab.gradients import ROWS, WIDTH, Design, by_start, trained
from casestudies.lab.invented import rings
from casestudies.lab.sections.gradients import starts_told


def by_hand(depth, activation, gain, seed=0):
    """Root mean square of each layer's gradient, of a network built without the lab."""
    generator = torch.Generator().manual_seed(seed)
    sizes = [2, *[WIDTH] * depth, 1]
    layers = [nn.Linear(a, b) for a, b in pairwise(sizes)]
    for layer in layers:
        nn.init.xavier_normal_(layer.weight, gain, generator=generator)
        nn.init.zeros_(layer.bias)
    data = rings(ROWS, seed)
    x = torch.from_numpy(data.X).float()
    for layer in layers[:-1]:
        x = activation(layer(x))
    z = layers[-1](x)[:, 0]
    nn.functional.binary_cross_entropy_with_logits(z, torch.from_numpy(data.y).float()).backward()
    return np.array([float(layer.weight.grad.square().mean().sqrt()) for layer in layers])


@pytest.mark.parametrize(("start", "gain"), [("xavier", 1.0), ("small", 0.2), ("large", 3.0)])
@pytest.mark.parametrize(("activation", "function"), [("tanh", torch.tanh), ("sigmoid", torch.sigmoid)])
def test_the_gradient_of_each_layer_is_torchs(start, gain, activation, function):
    found = trained(Design(4, activation, start), epochs=3)
    assert found.layers == pytest.approx(by_hand(4, function, gain), rel=1e-3)


def test_sigmoids_lose_the_gradient_layer_by_layer_and_the_diagnosis_says_so():
    deep = trained(Design(10), epochs=20)
    assert (np.diff(np.log(deep.layers)) > 0).all()
    assert deep.ratio < 0.25**8  # a sigmoid's slope is at most a quarter
    assert "vanishing_gradients" in [one.code for one in deep.findings]
    assert not deep.learnt


@pytest.mark.parametrize(
    "cure", [{"batch_norm": True}, {"skips": True}, {"activation": "relu", "start": "he"}, {"depth": 2}]
)
def test_each_cure_brings_the_gradient_back(cure):
    ill = trained(Design(10), epochs=20)
    well = trained(replace(Design(10), **cure), epochs=20)
    assert well.ratio > 1e3 * ill.ratio
    assert "vanishing_gradients" not in [one.code for one in well.findings]


def test_too_large_a_start_explodes_with_rectifiers():
    found = trained(Design(10, "relu", "large"), epochs=5)
    assert "explosion" in [one.code for one in found.findings]


def test_the_sentence_names_who_learnt():
    found = by_start(Design(10, "relu"), epochs=60)
    assert [name for name, one in found.items() if one.learnt] == ["xavier", "he"]
    assert "It learnt from 'Xavier' and 'He', and from no other start." in starts_told(found)
    none = by_start(Design(10), epochs=10)
    assert "From none of the starts" in starts_told(none)
