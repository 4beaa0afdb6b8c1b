"""Do two maps tell the same story? And does a map change when the network's weights are drawn anew?"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from casestudies.explain.images.seen import Floats

if TYPE_CHECKING:
    from torch import nn

M = TypeVar("M", bound="nn.Module")

TOP = 0.1  # share of the pixels that count as named
_PLACES = 8  # a side, on whose means maps are ranked: LIME knows no finer ones


def rank_correlation(ours: Floats, theirs: Floats) -> float:
    """Spearman's, of the means over 8 x 8 places of two maps (side, side); 0 where one is the same everywhere."""
    from scipy.stats import rankdata

    first, second = (rankdata(_places(one)) for one in (ours, theirs))
    first, second = first - first.mean(), second - second.mean()
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / lengths if lengths > 0 else 0.0


def top_overlap(ours: Floats, theirs: Floats) -> float:
    """Pixels that both maps have among their top tenth, as a share of those that either has (intersection over union)."""
    count = max(1, round(TOP * ours.size))
    first, second = (set(np.argsort(-one, axis=None, kind="stable")[:count].tolist()) for one in (ours, theirs))
    return len(first & second) / len(first | second)


def randomised(module: M, seed: int) -> M:
    """A copy of the network whose weights are shuffled within each layer: as large as before, and meaning nothing.

    An explanation that looks the same for this copy shows the image and not the model. Compare by `top_overlap`: ranks of
    all places are alike between maps of different images already (0.74 for Grad-CAM on the demo), since corners are dark.

    Source: Adebayo et al. 2018, "Sanity checks for saliency maps", NeurIPS.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    copied = copy.deepcopy(module)
    with torch.no_grad():
        for weights in copied.parameters():
            order = torch.randperm(weights.numel(), generator=generator).to(weights.device)
            weights.copy_(weights.reshape(-1)[order].reshape(weights.shape))
    return copied


def _places(values: Floats) -> Floats:
    side = len(values)
    along = np.arange(side) * _PLACES // side
    place = (along[:, None] * _PLACES + along[None, :]).ravel()
    found: Floats = np.bincount(place, weights=values.ravel()) / np.bincount(place)
    return found
