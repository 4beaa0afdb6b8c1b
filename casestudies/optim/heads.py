"""The last layers of a network on cached features, as an objective of the vector of their parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jacrev, vjp, vmap

from casestudies.errors import DataError
from casestudies.optim.arrays import Array, Index
from casestudies.optim.gauss_newton import LocalModel
from casestudies.optim.losses import Loss
from casestudies.optim.objective import refuse_labels
from casestudies.optim.penalties import Penalty

_CHUNK = 64  # rows of the matrix of bends that are computed at once

Margins = Callable[[Tensor, Tensor], Tensor]
Pull = Callable[[Tensor], tuple[Tensor]]


@dataclass(frozen=True)
class Head:
    """sum over rows of weight × loss(margin, label), plus the penalty, where margins are any torch function.

    All rows are read at once, in double precision: heads are small, and their features are cached. `unrolled` makes the
    function of a module.

    Parameters
    ----------
    function: of the unknowns (unknowns,) and inputs (rows, ...), to margins (rows,), (rows, 1) or (rows, classes). Each
        row's margins depend on that row alone (dropout off, batch normalisation by its running means).
    inputs: (rows, ...) on any device.
    labels, weights: (rows,) each.
    penalty: of one problem; a free flag for each unknown.
    exact: curvature is the Hessian, with the bends of the margins, instead of the Gauss-Newton matrix. Where labels are
        noisy, residuals stay large at the optimum, and without the bends steps shrink long before it.

    Raises
    ------
    DataError: lengths that do not fit, values that are not finite, labels that are not the loss's.
    """

    function: Margins
    inputs: Tensor
    labels: Array
    loss: Loss
    penalty: Penalty
    weights: Array
    exact: bool = False

    def __post_init__(self) -> None:
        rows = len(self.inputs)
        if self.labels.shape != (rows,) or self.weights.shape != (rows,):
            raise DataError(
                f"{self.labels.shape} labels and {self.weights.shape} weights for {rows} rows",
                advice="give one of each per row",
            )
        if not bool(self.inputs.isfinite().all()):
            raise DataError(
                f"{int((~self.inputs.isfinite()).sum())} inputs are not finite", advice="fill missing values"
            )
        if not ((self.weights >= 0) & np.isfinite(self.weights)).all() or not self.weights.any():
            raise DataError("weights are not finite numbers from 0 up, or all of them 0")
        if self.problems != 1:
            raise DataError(f"{self.problems} strengths for one head", advice="give one")
        refuse_labels(self.labels, self.loss)

    @property
    def problems(self) -> int:
        return len(self.penalty.strength)

    def select(self, problems: Index) -> Self:
        return self

    @cached_property
    def rows(self) -> Tensor:
        return self.inputs.to(torch.float64)

    def near(self, x: Array) -> HeadModel:
        """The local model at `x` (unknowns,)."""
        return HeadModel(self, x)

    def evaluate(self, W: Array) -> Slope:
        """Value and gradient at `W` (unknowns, 1)."""
        model = self.near(W[:, 0])
        return Slope(np.array([model.value]), model.gradient()[:, None])


@dataclass(frozen=True)
class Slope:
    """value: (1,). gradient: (unknowns, 1)."""

    value: Array
    gradient: Array


class HeadModel(LocalModel):
    """A head near one point: derivatives by reverse mode, which is needed for the gradient anyway.

    Raises
    ------
    DataError: the function gives margins of another shape than the rows and the loss ask for.
    """

    def __init__(self, head: Head, x: Array) -> None:
        self._function, self._inputs, self.exact = head.function, head.rows, head.exact
        if head.penalty.free.shape != x.shape:
            raise DataError(f"{head.penalty.free.shape} free flags for {len(x)} unknowns", advice="give one for each")
        self._at = torch.tensor(x, device=self._inputs.device)
        margins, self._pull = _pulled(lambda at: self._margins(at, self._inputs), self._at)
        if not head.loss.classes and margins.shape[1] != 1:
            raise DataError(f"{margins.shape[1]} margins of each row for a loss of one", where=type(head.loss).__name__)
        told = margins.numpy(force=True)
        super().__init__(head.loss, head.labels, head.weights, told, head.penalty.quadratic()[:, 0], x)

    def pull(self, U: Array) -> Array:
        return self._array(self._pull(self._tensor(U))[0])

    def push(self, v: Array) -> Array:
        return self._array(self._push(self._tensor(v))[0])

    def jacobian(self, rows: Index) -> Array:
        one = jacrev(lambda at, row: self._margins(at, row[None])[0])
        J = vmap(one, (None, 0))(self._at, self._inputs[torch.as_tensor(rows, device=self._inputs.device)])
        return self._array(J)

    def metric(self) -> Array:
        """The same for all: the curvature along the gradient."""
        gradient = self.gradient()
        bend = float(gradient @ self.product(gradient))
        return np.full(len(self.x), bend / float(gradient @ gradient) if bend > 0 else 1.0)

    def product(self, v: Array) -> Array:
        product = super().product(v)
        return product + self._array(self._bend(self._tensor(v))[0]) if self.exact else product

    def matrix(self) -> Array:
        matrix = super().matrix()
        if self.exact:
            units = torch.eye(len(self.x), dtype=torch.float64, device=self._at.device)
            for first in range(0, len(units), _CHUNK):
                here = slice(first, first + _CHUNK)
                matrix[here] += self._array(vmap(self._bend)(units[here])[0])
        return matrix

    @cached_property
    def _push(self) -> Pull:
        """J v as the pull of the pull: forward mode would take a second to set up in every process."""
        return _pulled(lambda U: self._pull(U)[0], self._tensor(np.zeros(self.margins.shape)))[1]

    @cached_property
    def _bend(self) -> Pull:
        """Sum over rows of slope times second derivative of the margin, times a vector."""
        slopes = self._tensor(self.slopes)
        return _pulled(grad(lambda at: (self._margins(at, self._inputs) * slopes).sum()), self._at)[1]

    def _margins(self, at: Tensor, inputs: Tensor) -> Tensor:
        margins = self._function(at, inputs)
        return margins.reshape(len(inputs), -1)

    def _tensor(self, array: Array) -> Tensor:
        return torch.as_tensor(array, device=self._at.device)

    @staticmethod
    def _array(tensor: Tensor) -> Array:
        array: Array = tensor.numpy(force=True)
        return array


def _pulled(function: Callable[[Tensor], Tensor], at: Tensor) -> tuple[Tensor, Pull]:
    """The value of a function, and the transpose of its Jacobian as a function."""
    value, pull, *_ = vjp(function, at)
    return value, pull


def unrolled(module: nn.Module) -> tuple[Margins, Array]:
    """A module as a function of one vector: its trainable parameters, one after the other in their order.

    Returns
    -------
    The function for `Head`, in double precision and in the mode (training or evaluation) that the module is in; and
    (unknowns, 1) where the parameters stand.

    >>> function, start = unrolled(nn.Linear(3, 1))
    >>> function(torch.zeros(4, dtype=torch.float64), torch.ones(2, 3, dtype=torch.float64)).tolist()
    [[0.0], [0.0]]
    """
    trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
    others = chain(module.named_parameters(), module.named_buffers())
    fixed = {name: _doubled(t.detach()) for name, t in others if name not in trained}
    sizes, shapes = [p.numel() for p in trained.values()], [p.shape for p in trained.values()]

    def function(at: Tensor, inputs: Tensor) -> Tensor:
        parts = (part.view(shape) for part, shape in zip(torch.split(at, sizes), shapes, strict=True))
        margins: Tensor = functional_call(module, dict(zip(trained, parts, strict=True)) | fixed, (inputs,))
        return margins

    start = torch.cat([p.detach().reshape(-1) for p in trained.values()]).double()
    return function, start.numpy(force=True)[:, None]


def _doubled(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.is_floating_point() else tensor
