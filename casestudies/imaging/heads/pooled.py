"""A head as a torch module on the pooled features of a network, for what needs slopes: explanations."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn.utils import skip_init

from casestudies.imaging.heads.columns import Columns
from casestudies.imaging.heads.layers import Floats, Layers


def pooled(layers: Layers, columns: Columns, history: Floats) -> nn.Module:
    """The head with its scales, and the standardised `history` (columns,) of one patient, folded into the first layer.

    Returns
    -------
    From features (rows, features) to log-odds (rows,), in evaluation mode, single precision; its weights have no slopes.
    """
    weights = layers.last[None] if layers.inner is None else layers.inner
    bias = np.array([layers.intercept]) if layers.inner is None else layers.bias
    inputs = columns.features
    straight = weights[:, :inputs] / columns.scale[:inputs]
    shift = bias - straight @ columns.centre[:inputs] + weights[:, inputs:] @ history
    steps: list[nn.Module] = [_linear(straight, shift)]
    if layers.inner is not None:
        steps += [nn.Tanh(), _linear(layers.last[None], np.array([layers.intercept]))]
    return nn.Sequential(*steps, nn.Flatten(0)).eval().requires_grad_(False)


def _linear(weights: Floats, bias: Floats) -> nn.Linear:
    layer: nn.Linear = skip_init(nn.Linear, weights.shape[1], weights.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights))
        layer.bias.copy_(torch.from_numpy(bias))
    return layer
