"""Columns made of encoded columns: powers, products, quantile bins, principal components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from casestudies.errors import ConfigError
from casestudies.tabular.bins import Bins
from casestudies.tabular.encode import finite
from casestudies.tabular.plans import Indicators, Numbers
from casestudies.tabular.rates import Rates

Plans = Mapping[str, Numbers | Indicators | Rates]
Blocks = Mapping[str, np.ndarray]  # source column -> (rows, width) its encoded columns


class Made(Protocol):
    """A few columns made of one or two source columns, learnt on training rows."""

    @property
    def sources(self) -> tuple[str, ...]: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    def of(self, blocks: Blocks, frame: pd.DataFrame) -> np.ndarray:
        """(rows, names)."""
        ...

    def to_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Powers:
    """Powers 2, 3, ... of a column of standardised numbers, each centred and scaled again; one entry a power."""

    column: str
    centre: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def fit(cls, column: str, degree: int, blocks: Blocks) -> Powers:
        centre, scale = _spread(_powers(blocks[column], degree))
        return cls(column, centre, scale)

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.column}^{power}" for power in range(2, 2 + len(self.scale)))

    def of(self, blocks: Blocks, frame: pd.DataFrame) -> np.ndarray:
        return (_powers(blocks[self.column], 1 + len(self.scale)) - self.centre) / self.scale

    def to_dict(self) -> dict[str, Any]:
        return {"powers": self.column, "centre": list(self.centre), "scale": list(self.scale)}


@dataclass(frozen=True)
class Products:
    """Two source columns taken together: products of their encoded columns.

    Two numbers give one column, centred and scaled again; a number and a category one column a level (the number there,
    0 elsewhere); two categories a 0/1 column for each pair of levels, rare pairs merged into "(other)".

    Parameters
    ----------
    pairs: places of the multiplied columns in the two blocks. names: one per pair, then "(other)" where `merged`.
    """

    first: str
    second: str
    pairs: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    centre: float
    scale: float
    merged: bool

    @classmethod
    def fit(cls, first: str, second: str, plans: Plans, blocks: Blocks, least: int) -> Products:
        numbers = [isinstance(plans[name], Numbers) for name in (first, second)]
        wide = [1 if number else blocks[name].shape[1] for name, number in zip((first, second), numbers, strict=True)]
        called = [plans[name].names(name) for name in (first, second)]
        pairs = [(i, j) for i in range(wide[0]) for j in range(wide[1])]
        merged = False
        if not any(numbers):
            rows = blocks[first].T @ blocks[second]
            pairs, every = [pair for pair in pairs if rows[pair] >= least], pairs
            merged = any(0 < rows[pair] < least for pair in every)
        names = [f"{called[0][i]} x {called[1][j]}" for i, j in pairs] + [f"{first} x {second} = (other)"] * merged
        centre, scale = 0.0, 1.0
        if all(numbers):
            (centre,), (scale,) = _spread(blocks[first][:, :1] * blocks[second][:, :1])
        return cls(first, second, tuple(pairs), tuple(names), centre, scale, merged)

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.first, self.second)

    def of(self, blocks: Blocks, frame: pd.DataFrame) -> np.ndarray:
        one, other = blocks[self.first], blocks[self.second]
        out = np.empty((len(one), len(self.names)))
        for column, (i, j) in enumerate(self.pairs):
            out[:, column] = (one[:, i] * other[:, j] - self.centre) / self.scale
        if self.merged:  # rows with a level of either, but of no kept pair
            out[:, -1] = one.any(axis=1) & other.any(axis=1) & ~out[:, :-1].any(axis=1)
        return out

    def to_dict(self) -> dict[str, Any]:
        told = {"products": [self.first, self.second], "pairs": [list(pair) for pair in self.pairs]}
        told |= {"names": list(self.names)}
        return told | {"centre": self.centre, "scale": self.scale, "merged": self.merged}


@dataclass(frozen=True)
class Quantiles:
    """A 0/1 column for each bin of a column of numbers; missing cells are in none (they have an indicator already)."""

    bins: Bins

    @classmethod
    def fit(cls, column: str, count: int, frame: pd.DataFrame) -> Quantiles:
        values = finite(frame[column], column)
        held = values[~np.isnan(values)]
        edges = np.unique(np.quantile(held, np.arange(1, count) / count, method="inverted_cdf")) if held.size else held
        return cls(Bins(column, tuple(float(edge) for edge in edges if edge > held.min())))

    @property
    def sources(self) -> tuple[str, ...]:
        return self.bins.columns

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.bins.column}: {label}" for label in self.bins.labels[: self.bins.values])

    def of(self, blocks: Blocks, frame: pd.DataFrame) -> np.ndarray:
        return (self.bins.codes(frame)[:, None] == np.arange(self.bins.values)).astype(np.float64)

    def to_dict(self) -> dict[str, Any]:
        return {"bins": self.bins.to_dict()}


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of the encoded columns, each scaled to variance 1.

    Parameters
    ----------
    places: (used,) columns of the matrix. mean: (used,). directions: (components, used), scale included.
    """

    places: np.ndarray
    mean: np.ndarray
    directions: np.ndarray

    @classmethod
    def fit(cls, X: np.ndarray, places: np.ndarray, count: int) -> Components:
        """Raises a ConfigError when more components are wanted than the columns have."""
        from sklearn.decomposition import PCA

        if count > min(len(X), len(places)):
            what = f"{count} components are wanted of {len(places)} encoded columns"
            raise ConfigError(what, where="features.pca", advice=f"write at most {min(len(X), len(places))}")
        found = PCA(count, svd_solver="full").fit(X[:, places])
        spread = np.sqrt(found.explained_variance_)
        scale = np.where(spread > 1e-9 * spread[0], spread, 1.0)
        return cls(places, found.mean_, found.components_ / scale[:, None])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"component {number}" for number in range(1, 1 + len(self.directions)))

    def of(self, X: np.ndarray) -> np.ndarray:
        return np.asarray((X[:, self.places] - self.mean) @ self.directions.T)

    def to_dict(self) -> dict[str, Any]:
        told = {"places": self.places, "mean": self.mean, "directions": self.directions}
        return {name: values.tolist() for name, values in told.items()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Components:
        places = np.asarray(told["places"], dtype=np.intp)
        return cls(places, np.asarray(told["mean"]), np.asarray(told["directions"]).reshape(-1, len(places)))


def made_from_dict(told: Mapping[str, Any]) -> Made:
    """What `to_dict` of any of them wrote."""
    if "powers" in told:
        return Powers(told["powers"], tuple(told["centre"]), tuple(told["scale"]))
    if "bins" in told:
        return Quantiles(Bins.from_dict(told["bins"]))
    first, second = told["products"]
    pairs = tuple((i, j) for i, j in told["pairs"])
    return Products(first, second, pairs, tuple(told["names"]), told["centre"], told["scale"], told["merged"])


def _powers(block: np.ndarray, degree: int) -> np.ndarray:
    """(rows, degree - 1) powers from 2 up of the block's number."""
    return np.asarray(block[:, :1] ** np.arange(2, degree + 1))


def _spread(values: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each column; 1 where there is none."""
    scale = values.std(axis=0)
    return tuple(values.mean(axis=0).tolist()), tuple(np.where(scale > 1e-12, scale, 1.0).tolist())
