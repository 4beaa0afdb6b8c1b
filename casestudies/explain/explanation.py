"""What a model's score is made of: one amount per row and column, values first, pictures later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LOG_ODDS = "log-odds of the event"


@dataclass(frozen=True)
class Importance:
    """Columns by the average size of their effect, the largest first, with the interval of a bootstrap over rows."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float
    scale: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Explanation:
    """Scores taken apart: `base` plus the row's values is the row's score.

    Parameters
    ----------
    values: (rows, features), how far each column moved the row's score from the base; on `scale`.
    base: the score before anything is known of the row; one number, or (rows,).
    names: one per column.
    method: how the values were found, as it may be printed.
    scale: what the values are amounts of, as it may be printed.
    quality: figures of the tests of this explanation (`casestudies.explain.quality`), plain JSON values.

    Raises
    ------
    ValueError: shapes that do not fit each other, or values that are not finite.
    """

    values: Floats
    base: float | Floats
    names: tuple[str, ...]
    method: str
    scale: str = LOG_ODDS
    quality: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        values, base = np.asarray(self.values, dtype=np.float64), np.asarray(self.base, dtype=np.float64)
        if values.ndim != 2 or len(self.names) != values.shape[1]:
            raise ValueError(f"values {values.shape} want one column for each of the {len(self.names)} names")
        if base.shape not in ((), (len(values),)):
            raise ValueError(f"base {base.shape} wants one number, or one for each of the {len(values)} rows")
        if not (np.isfinite(values).all() and np.isfinite(base).all()):
            raise ValueError("an explanation with values that are not finite cannot add up to a score")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "base", base if base.ndim else float(base))
        object.__setattr__(self, "names", tuple(self.names))

    def sum(self) -> Floats:
        """(rows,) the score that base and values add up to."""
        return np.asarray(self.base + self.values.sum(axis=1))

    def grouped(self, origin: Sequence[str]) -> Explanation:
        """The same explanation by source column: the amounts of all columns made from one source are added.

        Parameters
        ----------
        origin: for each column the source it was encoded from; sources keep the order of their first appearance.
        """
        if len(origin) != len(self.names):
            raise ValueError(
                f"origin names {len(origin)} sources; one for each of the {len(self.names)} columns is wanted"
            )
        sources = tuple(dict.fromkeys(origin))
        made_from = np.array([[source == name for source in sources] for name in origin], dtype=np.float64)
        values = self.values @ made_from.reshape(len(origin), len(sources))
        return Explanation(values, self.base, sources, self.method, self.scale, self.quality)

    def spread(self, names: Sequence[str]) -> Floats:
        """(rows, names) the values under other names: 0 for a column that this explanation does not know."""
        place = {name: at for at, name in enumerate(self.names)}
        out = np.zeros((len(self.values), len(names)))
        for at, name in enumerate(names):
            if name in place:
                out[:, at] = self.values[:, place[name]]
        return out

    def top(self, k: int) -> NDArray[np.intp]:
        """(rows, k) columns of the largest effects in either direction, the largest first; ties keep column order."""
        return largest(self.values, k)

    def importance(self, *, rounds: int = 1000, level: float = 0.95, seed: int = 0) -> Importance:
        """Mean absolute value of each column, with a percentile interval over `rounds` resamples of the rows."""
        sizes = np.abs(self.values)
        rng = np.random.default_rng(seed)
        rows = len(sizes)
        means = np.empty((rounds, len(self.names)))
        for draw in means:  # one resample at a time: all at once would hold rounds x rows numbers
            draw[:] = np.bincount(rng.integers(0, rows, rows), minlength=rows) @ sizes / rows
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
        mean = sizes.mean(axis=0)
        order = np.argsort(-mean, kind="stable")
        return Importance(
            names=tuple(self.names[column] for column in order),
            mean=tuple(mean[order].tolist()),
            low=tuple(low[order].tolist()),
            high=tuple(high[order].tolist()),
            level=level,
            scale=self.scale,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; numbers come back bit for bit."""
        return {
            "values": self.values.tolist(),
            "base": self.base if isinstance(self.base, float) else self.base.tolist(),
            "names": list(self.names),
            "method": self.method,
            "scale": self.scale,
            "quality": dict(self.quality),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        names = tuple(told["names"])
        values = np.asarray(told["values"], dtype=np.float64).reshape(len(told["values"]), len(names))
        base = told["base"] if isinstance(told["base"], float) else np.asarray(told["base"], dtype=np.float64)
        return cls(values, base, names, told["method"], told["scale"], told["quality"])


def largest(values: ArrayLike, k: int) -> NDArray[np.intp]:
    """(..., k) positions of the values largest in size along the last axis, largest first; ties keep their order."""
    return np.argsort(-np.abs(np.asarray(values)), axis=-1, kind="stable")[..., :k]


def top_count(features: int, k: int) -> int:
    """How many columns count as "the top": `k`, but at most half of them, or the top would be the table."""
    return max(1, min(k, features // 2))
