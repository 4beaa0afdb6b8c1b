"""Returns of assets over time: what everything else in this room starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

DAYS = 252  # trading days of a year


@dataclass(frozen=True)
class Market:
    """returns: (periods, assets) simple returns as fractions, each row a period that ends on its date.

    names: (assets,). per_year: periods of a year. notes: how a file was read, a sentence each. synthetic: made up.
    """

    dates: pd.DatetimeIndex
    names: tuple[str, ...]
    returns: Array
    per_year: int
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def periods(self) -> int:
        return len(self.returns)

    @property
    def assets(self) -> int:
        return len(self.names)

    @property
    def period(self) -> str:
        return {DAYS: "day", 52: "week", 12: "month", 4: "quarter", 1: "year"}[self.per_year]


def synthetic_market(assets: int = 20, years: int = 10, seed: int = 0) -> Market:
    """A made-up market of days: one factor that all share, one for each of four sectors, and noise of each asset's own.

    Sectors are in the names ("bank 1"). Returns have fat tails and a mean that no ten years of days would show.
    """
    rng = np.random.default_rng(seed)
    sectors = ("bank", "energy", "health", "retail")
    periods = DAYS * years
    place = np.arange(assets) % len(sectors)

    def shocks(columns: int, risk: float | Array) -> Array:
        """Daily, with a yearly risk; Student's t with five degrees of freedom."""
        drawn: Array = rng.standard_t(5, size=(periods, columns)) * np.sqrt(3 / 5)
        return drawn * np.asarray(risk) / np.sqrt(DAYS)

    beta = rng.uniform(0.5, 1.5, assets)
    own = rng.uniform(0.1, 0.35, assets)
    mean = 0.02 + 0.05 * beta + rng.normal(0, 0.02, assets)
    returns = shocks(1, 0.15) * beta + shocks(len(sectors), 0.10)[:, place] + shocks(assets, own) + mean / DAYS
    names = tuple(f"{sectors[sector]} {number // len(sectors) + 1}" for number, sector in enumerate(place))
    return Market(pd.bdate_range("2010-01-04", periods=periods), names, returns, DAYS, synthetic=True)
