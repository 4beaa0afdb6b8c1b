"""What an epoch of Adam over mini-batches is told, what it keeps, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from casestudies.optim.factors.tables import Floats, Tables

EPSILON = 1e-8  # added to the root of the second moment, as torch does

Kind = Literal["row", "entry"]


@dataclass(frozen=True)
class Moments:
    """Adam's running means of the gradients, of every table.

    first: (rows, factors) of each table, as the table itself. second: of the squares; one for each row, (rows, 1), or
    one for each entry, (rows, factors). Biases have (rows,) of both.
    """

    first: Tables
    second: Tables

    @classmethod
    def none(cls, tables: Tables, kind: Kind) -> Self:
        """Before the first step."""

        def zeros(table: Floats) -> Floats:
            return np.zeros((len(table), 1) if kind == "row" else table.shape, np.float32)

        return cls(mapped(tables, np.zeros_like), mapped(tables, np.zeros_like, zeros))

    def copy(self) -> Self:
        return type(self)(mapped(self.first, np.copy), mapped(self.second, np.copy))


def mapped(
    tables: Tables, biases: Callable[[Floats], Floats], vectors: Callable[[Floats], Floats] | None = None
) -> Tables:
    """The tables with something done to each; `vectors` None = the same as to the biases."""
    vectors = vectors or biases
    return Tables(
        vectors(tables.users),
        vectors(tables.items),
        biases(tables.user_bias),
        biases(tables.item_bias),
        tuple(map(vectors, tables.bags)),
        tuple(map(biases, tables.bag_bias)),
    )


@dataclass(frozen=True)
class StepSettings:
    """One epoch's worth of steps, a mini-batch each.

    order: (steps,) the batch of each step. rates: (steps,) float32, the learning rate of each.
    taken: steps before these, for the correction of the moments' bias.
    betas: decay of the first and the second moment. kind: one second moment for a row, or for each entry.
    ridge: L2 of vectors, counted for each rating of the row in the batch, times what holds the row; bias_ridge: of biases.
    holds: (users,), (items,) float32, see `FactorObjective.holds`.
    """

    order: NDArray[np.int64]
    rates: Floats
    taken: int
    betas: tuple[float, float]
    ridge: float
    bias_ridge: float
    holds: tuple[Floats, Floats]
    kind: Kind

    @property
    def corrections(self) -> tuple[Floats, Floats]:
        """(steps,) each: what the first and the second moment are multiplied by, being means that began at 0."""
        steps = self.taken + 1 + np.arange(len(self.order))
        first, second = (1.0 / (1.0 - beta**steps) for beta in self.betas)
        return first.astype(np.float32), second.astype(np.float32)


@dataclass(frozen=True)
class Passed:
    """What was seen on the way through an epoch, while the tables moved.

    squares: sum over the ratings of the squared error, each before the step of its batch.
    gradients: of the vectors of each table (users, items, then bags) the root mean square, over runs, of the gradient's
    length; a run is what a row has in a batch. largest: the longest of all. steps: root mean square of an entry's step.
    """

    squares: float
    gradients: tuple[float, ...]
    largest: float
    steps: tuple[float, ...]
