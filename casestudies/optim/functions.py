"""Smooth functions of a few variables, written in torch operations: landscapes and test problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from casestudies.errors import DataError, shown
from casestudies.optim.arrays import Array
from casestudies.optim.batches import TensorRows
from casestudies.optim.networks import TorchObjective


@dataclass(frozen=True)
class Function:
    """A smooth function of a few variables, with its derivatives by torch.

    `x` is (variables, 1), as of every objective of one problem. Methods that need a slope, products with the Hessian or
    the Hessian itself take it as it is; those of `methods.Torch`, which train modules, take `as_network`.

    Parameters
    ----------
    rule: of a (variables,) float64 tensor, in torch operations; gives a scalar.

    >>> bowl = Function(lambda x: (x[0] - 3) ** 2 + 10 * x[1] ** 2)
    >>> bowl.gradient(point([0.0, 1.0])).tolist()
    [[-6.0], [20.0]]
    """

    rule: Callable[[Tensor], Tensor]

    def value(self, x: Array) -> Array:
        """(1,)"""
        with torch.no_grad():
            return np.array([float(self.rule(_tensor(x)))])

    def gradient(self, x: Array) -> Array:
        """(variables, 1)"""
        at = _tensor(x).requires_grad_()
        (slope,) = torch.autograd.grad(self.rule(at), at, materialize_grads=True, allow_unused=True)
        return _column(slope)

    def product_at(self, x: Array) -> Callable[[Array], Array]:
        """The Hessian at `x`, as a function from (variables, 1) to (variables, 1)."""
        at = _tensor(x).requires_grad_()
        (slope,) = torch.autograd.grad(self.rule(at), at, create_graph=True)

        def product(v: Array) -> Array:
            if not slope.requires_grad:  # a function that is linear
                return np.zeros_like(v)
            (turned,) = torch.autograd.grad(
                slope, at, _tensor(v), retain_graph=True, materialize_grads=True, allow_unused=True
            )
            return _column(turned)

        return product

    def hessian(self, x: Array) -> Array:
        """(variables, variables), symmetric to the last bit."""
        product = self.product_at(x)
        rows = np.column_stack([product(unit[:, None])[:, 0] for unit in np.eye(len(x))])
        return (rows + rows.T) / 2

    def as_network(self, start: ArrayLike, noise: float = 0.0) -> TorchObjective:
        """The function as a module whose parameters are the variables, standing at `start`.

        noise: standard deviation of what is added to each entry of the gradient at a training step, as small batches do.
        The value is without it.
        """
        at = point(start)
        none = torch.zeros(1, len(at), dtype=torch.float64)
        rows = TensorRows(none, none[:, 0], augment=None if noise == 0 else _Noise(noise))
        return _Landscape(_Place(self.rule, at), _itself, rows)


def point(numbers: ArrayLike) -> Array:
    """(variables, 1) of a list of numbers.

    Raises
    ------
    DataError: not a vector of finite numbers.
    """
    try:
        x = np.array(numbers, dtype=np.float64)
    except (TypeError, ValueError):
        x = np.empty((0, 0))
    if x.ndim != 1 or not x.size or not np.isfinite(x).all():
        raise DataError(
            f"{shown(numbers)} is no vector of finite numbers", where="point", advice="give one number per variable"
        )
    return x[:, None]


class _Place(nn.Module):
    """A point of the landscape; its output is the height there."""

    def __init__(self, rule: Callable[[Tensor], Tensor], x: Array) -> None:
        super().__init__()
        self.rule, self.x = rule, nn.Parameter(_tensor(x))

    def forward(self, push: Tensor) -> Tensor:
        return self.rule(self.x) + push @ self.x


@dataclass(frozen=True)
class _Landscape(TorchObjective):
    def baseline(self) -> float:
        """nan: a height is no answer to rows."""
        return np.nan


@dataclass(frozen=True)
class _Noise:
    deviation: float

    def __call__(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        return self.deviation * torch.randn(inputs.shape, generator=generator, dtype=inputs.dtype)


def _itself(output: Tensor, labels: Tensor) -> Tensor:
    return output


def _tensor(x: Array) -> Tensor:
    return torch.from_numpy(x[:, 0].copy())


def _column(slope: Tensor) -> Array:
    column: Array = slope.detach().numpy()[:, None]
    return column
