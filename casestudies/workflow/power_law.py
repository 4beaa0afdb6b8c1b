"""How an error falls with the rows that were learnt from: a + b n^-c, many curves at a time and without a search.

For a given exponent the law is linear, so weighted least squares has a closed form; the exponent is the best of a grid.
Nothing holds b at zero from below: a curve on which more rows seem to harm may say so, else an interval of what they buy
could never reach below nothing.

Source: Cortes, Jackel, Solla, Vapnik and Denker 1993, "Learning curves: asymptotic values and rate of convergence", NIPS 6;
the range of exponents: Viering and Loog 2022, "The shape of learning curves: a review", IEEE TPAMI 45(6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EXPONENTS = np.linspace(0.2, 1.5, 27)  # from slow nonparametric learning to beyond the 1 of a well-specified model
LEAST = 4  # points: with three the law passes through all of them, whatever they are


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """Fitted laws.

    Parameters
    ----------
    level: (curves,) a, what remains however many rows there are. scale: (curves,) b, at `rows`. exponent: (curves,) c.
    rows: where `scale` holds; the law is `level + scale * (n / rows) ** -exponent`.
    """

    level: Floats
    scale: Floats
    exponent: Floats
    rows: float

    @classmethod
    def fit(cls, rows: ArrayLike, values: ArrayLike, weight: ArrayLike, least: float = -np.inf) -> Self:
        """The laws nearest to curves.

        Parameters
        ----------
        rows: (points,) how many each point was learnt from. values: (curves, points). weight: (points,) how sure each is.
        least: no error can be lower: an exponent that would lead there is not taken where another one does not.

        Raises
        ------
        ValueError: fewer than four different numbers of rows, or values that are not finite.

        Examples
        --------
        >>> n = np.array([100, 200, 400, 800, 1600])
        >>> law = PowerLaw.fit(n, [0.3 + 5 / n], np.ones(5))
        >>> bool(np.isclose(law.doubled(1600.0)[0], 5 / 1600 - 5 / 3200))
        True
        """
        n, curves, w = (np.asarray(one, dtype=np.float64) for one in (rows, values, weight))
        if len(np.unique(n)) < LEAST or not np.isfinite(curves).all():
            raise ValueError(f"a law needs {LEAST} different numbers of rows and finite values")
        last, share = float(n.max()), w / w.sum()
        found = [_line((n / last) ** -c, curves, share) for c in EXPONENTS]
        levels, scales, misses = (np.stack(part) for part in zip(*found, strict=True))
        short = np.maximum(
            least - levels, 0.0
        )  # the nearer to what can be, the better; only then the nearer to the curve
        misses = np.where(short == short.min(axis=0), misses, np.inf)
        best, at = misses.argmin(axis=0), np.arange(len(curves))
        return cls(levels[best, at], scales[best, at], EXPONENTS[best], last)

    def at(self, rows: float) -> Floats:
        """(curves,) the error after so many rows."""
        return self.level + self.scale * (rows / self.rows) ** -self.exponent

    def doubled(self, rows: float) -> Floats:
        """(curves,) what twice the rows would take off the error; negative where they would add to it."""
        return self.at(rows) - self.at(2 * rows)


def _line(x: Floats, curves: Floats, share: Floats) -> tuple[Floats, Floats, Floats]:
    """Intercepts, slopes and weighted squared misses of `curves` (curves, points) on `x` (points,)."""
    middle, means = share @ x, curves @ share
    slope = (curves @ (share * (x - middle))) / (share @ (x - middle) ** 2)
    level = means - slope * middle
    return level, slope, (curves - level[:, None] - slope[:, None] * x) ** 2 @ share
