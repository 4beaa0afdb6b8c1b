"""One epoch of a first-order method: its batches taken one after the other, and what they showed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from casestudies.optim.arrays import Array
from casestudies.optim.networks import TorchObjective, mode


class Watch(Protocol):
    """Looks on while batches are taken."""

    def batch(self, before: Tensor, gradient: Tensor, after: Tensor) -> None:
        """(parameters,) the point before a step, its gradient there, and the point after."""


@contextmanager
def randomness(seed: int, epoch: int, device: torch.device) -> Iterator[torch.Generator]:
    """Random numbers that depend on nothing but the seed and the number of the epoch.

    Yields a generator (for the order of rows and augmentation); torch's global one, which dropout uses, is seeded for
    as long as this lasts and then given back as it was.
    """
    order, layers = (int(n) for n in np.random.SeedSequence([seed, epoch]).generate_state(2, np.uint64) >> np.uint64(1))
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        if device.type == "cuda":
            torch.manual_seed(layers)
        else:  # which would note the caller's stack for GPUs to come: 2 ms an epoch
            torch.default_generator.manual_seed(layers)
        yield torch.Generator().manual_seed(order)


class Epoch:
    """Takes the steps of an epoch from where the objective's module stands.

    loss: the mean over rows, while the parameters moved. gradient: (parameters, 1) the mean over batches.
    last: (parameters, 1) of the last step.

    Parameters
    ----------
    before: (parameters, 1) the gradient of the step before the first; zeros = there was none.
    clip: the longest gradient allowed.
    """

    def __init__(self, objective: TorchObjective, before: Array, clip: float | None, watch: Watch | None) -> None:
        self._objective, self._clip, self._watch = objective, clip, watch
        device = objective.device
        self._last = torch.from_numpy(before[:, 0]).to(device, objective.parameters[0].dtype)
        self._sum, self._squares = torch.zeros_like(self._last), torch.zeros_like(self._last)
        self._loss, self._turns = torch.zeros((), device=device), torch.zeros((), device=device)
        self._steps = self._turned = 0

    def steps(self, optimizer: Optimizer, generator: torch.Generator, *, whole: bool) -> Iterator[None]:
        """Stops after each step; `whole`: there is one, on the gradient of all rows."""
        rows = self._objective.rows
        with mode(self._objective.module, training=True):
            optimizer.zero_grad()
            for number, batch in enumerate(rows.epoch(generator)):
                loss = self._objective.mean_loss(batch)
                share = len(batch) / len(rows)
                self._loss += share * loss.detach()
                torch.autograd.backward(share * loss if whole else loss)
                if not whole or number + 1 == rows.batches:
                    self._step(optimizer)
                    optimizer.zero_grad()
                    yield

    @property
    def loss(self) -> float:
        return float(self._loss)

    @property
    def gradient(self) -> Array:
        mean: Array = (self._sum / self._steps).double().cpu().numpy()[:, None]
        return mean

    @property
    def last(self) -> Array:
        last: Array = self._last.double().cpu().numpy()[:, None]
        return last

    def figures(self) -> dict[str, float]:
        """`gradient_norm/LAYER`: root mean square of the entries of the layer's weights' gradients, over the batches.

        `noise`: standard deviation of the batches' gradients over the length of their mean; nan with one step.
        `turn`: mean cosine between one step's gradient and the next; -1 = each step undoes the one before.
        """
        squares = self._squares.double().cpu() / self._steps
        mean = float((self._sum.double() / self._steps).square().sum())
        spread = max(float(squares.sum()) - mean, 0.0)
        found = {
            "noise": np.sqrt(spread / mean) if self._steps > 1 and mean > 0 else np.nan,
            "turn": float(self._turns) / self._turned if self._turned else np.nan,
        }
        parameters = self._objective.parameters
        parts = torch.split(squares, [parameter.numel() for parameter in parameters])
        for layer, parameter, part in zip(self._objective.layers, parameters, parts, strict=True):
            if parameter.ndim > 1:  # biases and scales have units of their own
                found[f"gradient_norm/{layer}"] = float(part.mean().sqrt())
        return found

    def _step(self, optimizer: Optimizer) -> None:
        parameters = self._objective.parameters
        gradient = _slopes(parameters)
        self._sum += gradient
        self._squares += gradient.square()
        if self._steps or bool(self._last.any()):
            self._turns += torch.nn.functional.cosine_similarity(gradient, self._last, dim=0, eps=1e-30)
            self._turned += 1
        self._last = gradient
        if self._clip is not None:
            torch.nn.utils.clip_grad_norm_(parameters, self._clip)
        before = _flat(parameters) if self._watch else gradient
        optimizer.step()
        self._steps += 1
        if self._watch:
            self._watch.batch(before, _slopes(parameters), _flat(parameters))


def _slopes(parameters: Sequence[Tensor]) -> Tensor:
    return _flat([torch.zeros_like(p) if p.grad is None else p.grad for p in parameters])


def _flat(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
