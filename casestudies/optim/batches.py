"""Rows of torch tensors, in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from casestudies.errors import ConfigError, DataError


@dataclass(frozen=True)
class Batch:
    """numbers: (rows,) which rows of the table these are. inputs and labels: (rows, ...)."""

    numbers: Tensor
    inputs: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


class Rows(Protocol):
    """Rows that come in batches: tensors, files of images, whatever yields them."""

    def __len__(self) -> int: ...

    @property
    def batches(self) -> int:
        """How many make an epoch."""

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Every row once, in an order (and with augmentation) that the generator alone decides."""

    def in_order(self, most: int | None = None) -> Iterator[Batch]:
        """At most so many rows, spread evenly over the table (None: all), as they are."""


@dataclass(frozen=True)
class TensorRows:
    """Rows in memory, or in a GPU's memory.

    Parameters
    ----------
    inputs: (rows, ...). labels: (rows,) or (rows, ...).
    batch: most rows in a batch, None = all. Batches of an epoch differ in size by at most one row, so that none is too
        small for batch normalisation and all weigh the same.
    augment: new inputs from a batch's inputs and the generator, in training only.

    Raises
    ------
    DataError: no rows, lengths that differ, or inputs or labels that are not finite; the message names the first row.
    """

    inputs: Tensor
    labels: Tensor
    batch: int | None = None
    augment: Callable[[Tensor, torch.Generator], Tensor] | None = None

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.labels) or not len(self.labels):
            raise DataError(f"{len(self.labels)} labels for {len(self.inputs)} rows", advice="give one label per row")
        for name, values in (("inputs", self.inputs), ("labels", self.labels)):
            if values.is_floating_point() and not (finite := values.isfinite().reshape(len(values), -1).all(1)).all():
                row = int((~finite).nonzero()[0, 0])
                raise DataError(f"{name} that are not finite in {int((~finite).sum())} rows", where=f"row {row + 1}")
        if self.batch is not None and self.batch < 1:
            raise ConfigError(f"batches of {self.batch} rows", advice="give a batch at least 1 row")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def batches(self) -> int:
        return -(-len(self) // (self.batch or len(self)))

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        order = torch.randperm(len(self), generator=generator) if self.batches > 1 else torch.arange(len(self))
        for numbers in torch.tensor_split(order, self.batches):
            where = numbers.to(self.inputs.device)
            inputs = self.inputs[where] if self.augment is None else self.augment(self.inputs[where], generator)
            yield Batch(numbers, inputs, self.labels[numbers.to(self.labels.device)])

    def in_order(self, most: int | None = None) -> Iterator[Batch]:
        rows = len(self) if most is None else min(most, len(self))
        numbers = torch.arange(rows) * len(self) // rows
        for some in torch.split(numbers, self.batch or rows):
            yield Batch(some, self.inputs[some.to(self.inputs.device)], self.labels[some.to(self.labels.device)])
