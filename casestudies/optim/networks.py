"""An objective made of a torch module: any network, a loss and rows in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.autograd import Function

from casestudies.errors import DataError
from casestudies.optim.arrays import Array
from casestudies.optim.batches import Batch, Rows
from casestudies.optim.losses import Loss

Buffers = tuple[NDArray[np.generic], ...]

_RECTIFIERS = (nn.ReLU, nn.ReLU6, nn.Threshold, nn.Hardswish)
_LEVEL = 1e-2  # of the slope at 0; what is still steeper falls for ever
_BASELINE_ENTRIES = 10_000_000  # outputs of all rows; beyond it a constant is not fitted for comparison


@dataclass(frozen=True)
class HeldOut:
    """What a fit looked like on rows it does not learn from; `figure` is the one to stop by, smaller is better."""

    loss: float
    metric: float
    figure: float


@dataclass(frozen=True)
class TorchObjective:
    """The mean loss over rows of what a module says of them, as a function of its parameters.

    `x` is (parameters, 1): the module's trainable parameters in their order, one after the other; its buffers (running
    means of batch normalisation) are carried beside it. The module is the place where all this is computed: after a
    solve it holds the last point, and `put` gives it another.

    Parameters
    ----------
    module: outputs (rows,), (rows, 1), or (rows, classes) for losses of several classes.
    loss: one of `optim.losses`, whose own slope and curvature are then used; or a function of outputs and labels that
        torch can differentiate, such as `torch.nn.functional.cross_entropy`, giving a mean or one loss per row.
    rows: to learn from.
    held_out: rows to judge by, None = none.
    metric: of (outputs, labels) of the held-out rows, as arrays; then it, not the loss, says which point is best.
    larger_is_better: of the metric.
    """

    module: nn.Module
    loss: Loss | Callable[[Tensor, Tensor], Tensor]
    rows: Rows
    held_out: Rows | None = None
    metric: Callable[[NDArray[Any], NDArray[Any]], float] | None = None
    larger_is_better: bool = True

    @property
    def parameters(self) -> list[nn.Parameter]:
        return [parameter for parameter in self.module.parameters() if parameter.requires_grad]

    @property
    def layers(self) -> list[str]:
        """Which layer (its dotted name in the module) each of `parameters` belongs to."""
        names = [name for name, parameter in self.module.named_parameters() if parameter.requires_grad]
        return [name.rpartition(".")[0] or "module" for name in names]

    @property
    def device(self) -> torch.device:
        return next(iter(self.parameters)).device

    def point(self) -> tuple[Array, Buffers]:
        """(parameters, 1) where the module is, and its buffers."""
        return _column(self.parameters), tuple(b.detach().cpu().numpy().copy() for b in self.module.buffers())

    def put(self, x: Array, buffers: Buffers = ()) -> nn.Module:
        """The module, moved to another point; `buffers` () leaves them as they are."""
        parameters = self.parameters
        with torch.no_grad():
            for parameter, part in zip(parameters, _parts(x, parameters), strict=True):
                parameter.copy_(part)
            for buffer, value in zip(self.module.buffers(), buffers, strict=False):
                buffer.copy_(torch.from_numpy(np.array(value)))
        return self.module

    def mean_loss(self, batch: Batch) -> Tensor:
        """Of one batch at the module's point, in the mode (training or evaluation) it is in."""
        device = self.device
        return _losses(self.loss, self.module(batch.inputs.to(device)), batch.labels.to(device), batch.numbers).mean()

    def value(self, x: Array) -> Array:
        """(1,) the mean loss over all rows, in evaluation mode."""
        self.put(x)
        with mode(self.module, training=False), torch.no_grad():
            return np.array([sum(float(self.mean_loss(b)) * len(b) for b in self.rows.in_order()) / len(self.rows)])

    def gradient(self, x: Array) -> Array:
        """(parameters, 1) of `value`."""
        self.put(x)
        total = np.zeros_like(x)
        with mode(self.module, training=False):
            for batch in self.rows.in_order():
                slopes = _grad(self.mean_loss(batch), self.parameters)
                total += len(batch) / len(self.rows) * _column(slopes)
        return total

    def product_at(self, x: Array) -> Callable[[Array], Array]:
        """The Hessian of `value` at `x`, as a function from (parameters, 1) to (parameters, 1); two passes a call."""

        def product(v: Array) -> Array:
            self.put(x)
            parameters, total = self.parameters, np.zeros_like(x)
            along = [part.to(p) for part, p in zip(_parts(v, parameters), parameters, strict=True)]
            with mode(self.module, training=False):
                for batch in self.rows.in_order():
                    slopes = _grad(self.mean_loss(batch), parameters, again=True)
                    slope = torch.stack([(s * part).sum() for s, part in zip(slopes, along, strict=True)]).sum()
                    if slope.requires_grad:  # else the loss is linear here
                        total += len(batch) / len(self.rows) * _column(_grad(slope, parameters))
            return total

        return product

    def probe(self, most: int) -> tuple[float, dict[str, float]]:
        """The mean loss on some of the rows, and the share of each rectifier's units that are 0 on all of them."""
        alive: dict[str, Tensor] = {}

        def look(name: str) -> Callable[[nn.Module, Any, Tensor], None]:
            def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
                units = output.detach() if output.ndim > 1 else output.detach()[:, None]
                # a sum of sizes: `any` over so many takes 16 times as long (64 x 16 x 32 x 32: 3.2 ms to 0.2 ms)
                seen = units.abs().sum([axis for axis in range(units.ndim) if axis != 1]) != 0
                alive[name] = alive[name] | seen if name in alive else seen

            return hook

        rectifiers = [(name, m) for name, m in self.module.named_modules() if isinstance(m, _RECTIFIERS)]
        hooks = [module.register_forward_hook(look(name)) for name, module in rectifiers]
        try:
            with mode(self.module, training=False), torch.no_grad():
                parts = [(float(self.mean_loss(batch)), len(batch)) for batch in self.rows.in_order(most)]
        finally:
            for hook in hooks:
                hook.remove()
        loss = sum(loss * rows for loss, rows in parts) / sum(rows for _, rows in parts)
        return loss, {name: 1.0 - float(units.double().mean()) for name, units in alive.items()}

    def judge(self) -> HeldOut:
        """The held-out rows at the module's point, without the weights or amounts of training rows; nan without any."""
        if self.held_out is None:
            return HeldOut(np.nan, np.nan, np.nan)
        outputs, labels, loss = [], [], 0.0
        device, judge = self.device, self.loss.pure() if isinstance(self.loss, Loss) else self.loss
        with mode(self.module, training=False), torch.no_grad():
            for batch in self.held_out.in_order():
                output = self.module(batch.inputs.to(device))
                rows = _losses(judge, output, batch.labels.to(device), batch.numbers)
                loss += float(rows.mean()) * len(batch) / len(self.held_out)
                outputs.append(output.float().cpu())
                labels.append(batch.labels.cpu())
        if self.metric is None:
            return HeldOut(loss, np.nan, loss)
        metric = float(self.metric(torch.cat(outputs).numpy(), torch.cat(labels).numpy()))
        return HeldOut(loss, metric, -metric if self.larger_is_better else metric)

    def baseline(self) -> float:
        """The mean loss of the best constant output, the same for all rows; nan where there is none or outputs are very large."""
        with mode(self.module, training=False), torch.no_grad():
            first = next(self.rows.in_order(1))
            one = self.module(first.inputs.to(self.device))
        if one.numel() * len(self.rows) > _BASELINE_ENTRIES:
            return np.nan
        labels = torch.cat([batch.labels.to(one.device) for batch in self.rows.in_order()])
        numbers = torch.arange(len(labels))
        number_type = one.dtype if one.dtype is torch.float64 else torch.float32

        def mean(constant: Array) -> tuple[float, Array]:
            c = torch.from_numpy(constant).view(one.shape).to(one.device, number_type).requires_grad_()
            loss = _losses(self.loss, c.expand(len(labels), *one.shape[1:]), labels, numbers).mean()
            (slope,) = torch.autograd.grad(loss, c)
            return float(loss.detach()), slope.double().reshape(-1).cpu().numpy()

        begin = np.zeros(one.numel())
        least = minimize(mean, begin, jac=True, method="L-BFGS-B", options={"maxiter": 50})
        level = np.abs(least.jac).max() <= _LEVEL * np.abs(mean(begin)[1]).max() + _LEVEL
        return float(least.fun) if level else np.nan


def _losses(loss: Loss | Callable[[Tensor, Tensor], Tensor], output: Tensor, labels: Tensor, numbers: Tensor) -> Tensor:
    """Of each row, or their mean where the function gives that."""
    if not isinstance(loss, Loss):
        return loss(output, labels)
    z = output.reshape(len(labels), 1, *output.shape[1:]) if loss.classes else output.reshape(len(labels), 1)
    apply: Any = _RowLoss.apply
    rows: Tensor = apply(z, labels.reshape(-1, 1).to(z.dtype), loss.take(numbers.numpy()))
    return rows


class _RowLoss(Function):
    """A loss of ours to torch: its own slope, which keeps its digits at margins where a derivative by rule would not."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor, loss: Any) -> Tensor:
        ctx.save_for_backward(z, y)
        ctx.loss = loss
        value: Tensor = loss.value(z, y)
        return value

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None]:
        z, y = ctx.saved_tensors
        apply: Any = _RowSlope.apply
        slope: Tensor = apply(z, y, ctx.loss)
        return slope * (upstream[0][..., None] if ctx.loss.classes else upstream[0]), None, None


class _RowSlope(Function):
    """The slope of a loss, whose derivative is the loss's curvature (clipped at 0 where the loss is not convex)."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor, loss: Any) -> Tensor:
        ctx.save_for_backward(z, y)
        ctx.loss = loss
        slope: Tensor = loss.slope(z, y)
        return slope

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None]:
        z, y = ctx.saved_tensors
        return ctx.loss.bend(ctx.loss.curvature(z, y), upstream[0]), None, None


@contextmanager
def mode(module: nn.Module, *, training: bool) -> Iterator[None]:
    """Training: dropout on, batch normalisation by the batch. Evaluation: neither. Each layer's own mode afterwards."""
    modes = [(layer, layer.training) for layer in module.modules()]
    module.train(training)
    try:
        yield
    finally:
        for layer, before in modes:
            layer.training = before


def _grad(loss: Tensor, parameters: list[nn.Parameter], again: bool = False) -> tuple[Tensor, ...]:
    """0 for parameters that the loss does not depend on; `again`: so that it can be differentiated once more."""
    return torch.autograd.grad(loss, parameters, create_graph=again, allow_unused=True, materialize_grads=True)


def _parts(x: Array, parameters: list[nn.Parameter]) -> list[Tensor]:
    """(parameters, 1) cut into the shapes of the module's tensors."""
    sizes = [parameter.numel() for parameter in parameters]
    if x.shape != (sum(sizes), 1):
        raise DataError(
            f"a point of shape {x.shape} for a module of {sum(sizes)} trainable parameters",
            advice="give (parameters, 1), as the module's own point is",
        )
    parts = torch.split(torch.from_numpy(x[:, 0].copy()), sizes)
    return [part.view(parameter.shape) for part, parameter in zip(parts, parameters, strict=True)]


def _column(tensors: Sequence[Tensor]) -> Array:
    flat: Array = torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).cpu().numpy().astype(np.float64)
    return flat[:, None]
