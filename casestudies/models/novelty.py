"""Novelty: how unlike the known rows a row is, told without any label, so that a pattern nobody has named yet can show.

Two scores of the same rows: how few random cuts set a row apart (isolation forest), and how badly a narrow network that
has learnt to copy the known rows copies this one (autoencoder). Larger is stranger; neither is a probability.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TREES = 100  # Liu et al. find path lengths settled well before
_DRAWN = 256  # rows each tree sees: few, so that strange rows do not hide each other
_EPOCHS, _BATCH, _RATE = 12, 256, 3e-3
_FARTHEST = 10.0  # standard deviations; beyond, a heavy tail would be all that a squared error sees


def isolation(known: Floats, new: Floats, seed: int) -> Floats:
    """(new rows,) from 0 to 1: how early random cuts set each row apart from the known ones; 0.5 is usual.

    Parameters
    ----------
    known: (rows, columns) encoded and standardised, from which the cuts are drawn. new: (new rows, columns).

    Source: Liu, Ting and Zhou 2008, "Isolation forest", ICDM.
    """
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(n_estimators=_TREES, max_samples=min(_DRAWN, len(known)), random_state=seed, n_jobs=1)
    return np.asarray(-forest.fit(known).score_samples(new), dtype=np.float64)


def has_torch() -> bool:
    """Whether an autoencoder can be trained here; looks for torch without loading it."""
    return find_spec("torch") is not None


def reconstruction(known: Floats, new: Floats, seed: int) -> Floats:
    """(new rows,) mean squared error of a narrow network that has learnt to copy the known rows. Loads torch.

    Columns, then half as many, then a quarter, and back, with tanh between them; trained by Adam through the core. Its
    starting weights and the order of rows come from `seed` alone. Values beyond ten standard deviations count as ten.

    Parameters
    ----------
    known: (rows, columns) encoded and standardised. new: (new rows, columns).

    Source: Hawkins, He, Williams and Baxter 2002, "Outlier detection using replicator neural networks", DaWaK.
    """
    import torch

    from casestudies.optim import Steps, minimise
    from casestudies.optim.batches import TensorRows
    from casestudies.optim.methods import Torch
    from casestudies.optim.networks import TorchObjective

    width = known.shape[1]
    half, narrow = max(2, -(-width // 2)), max(1, -(-width // 4))
    layers = [(width, half), (half, narrow), (narrow, half), (half, width)]
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        parts = [part for sizes in layers for part in (torch.nn.Linear(*sizes), torch.nn.Tanh())]
        module = torch.nn.Sequential(*parts[:-1])
    rows = _tensor(known)
    objective = TorchObjective(module, torch.nn.functional.mse_loss, TensorRows(rows, rows, batch=_BATCH))
    solution = minimise(objective, Torch("adam", rate=_RATE, seed=seed), stop=(Steps(_EPOCHS),))
    objective.put(solution.x)
    given = _tensor(new)
    with torch.no_grad():
        return np.asarray((module(given) - given).square().mean(dim=1).double().numpy())


def _tensor(rows: Floats) -> Any:
    import torch

    return torch.from_numpy(np.clip(rows, -_FARTHEST, _FARTHEST).astype(np.float32))
