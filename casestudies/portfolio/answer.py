"""One call for a notebook: read, estimate, choose, and look at what such choices delivered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from casestudies.portfolio.conflicts import Conflict, conflict_of
from casestudies.portfolio.delivered import EQUAL, Delivered, walk_forward
from casestudies.portfolio.estimates import Estimate, Mean, Risk, estimate
from casestudies.portfolio.frontier import Frontier, Portfolio, frontier, optimised
from casestudies.portfolio.market import DAYS, Array, Market, synthetic_market
from casestudies.portfolio.problem import TARGET, Wishes, present
from casestudies.portfolio.reading import read_market

if TYPE_CHECKING:
    import pandas as pd

_WINDOWS = {DAYS: 504, 52: 156, 12: 120, 4: 40, 1: 20}  # periods a covariance is learnt from, by periods of a year


@dataclass(frozen=True)
class Answer:
    """estimate: of the last window, which `portfolio` and `frontier` stand on.

    portfolio: None where the wishes quarrel, and then `conflict` says how. frontier: None where they do so at any return.
    delivered: None where it was not asked for, or the wishes quarrel.
    """

    market: Market
    wishes: Wishes
    estimate: Estimate
    window: int
    conflict: Conflict | None
    portfolio: Portfolio | None
    frontier: Frontier | None
    delivered: Delivered | None

    @property
    def even(self) -> tuple[float, float]:
        """Risk and return of a year that 1/n has by the estimate."""
        return self.at(np.full(self.market.assets, 1.0 / self.market.assets))

    def at(self, weights: Array) -> tuple[float, float]:
        """Risk and return of a year of any weights (assets,), by the estimate."""
        return float(np.sqrt(weights @ self.estimate.covariance @ weights)), float(weights @ self.estimate.mean)

    @property
    def table(self) -> pd.DataFrame:
        """Asset, weight, present weight, change; largest weight first. Empty where the wishes quarrel."""
        import pandas as pd

        if self.portfolio is None:
            return pd.DataFrame({"asset": [], "weight": [], "present": [], "change": []})
        before, now = present(self.wishes, self.market.names), self.portfolio.weights
        frame = pd.DataFrame({"asset": self.market.names, "weight": now, "present": before, "change": now - before})
        return frame.sort_values("weight", ascending=False, kind="stable").reset_index(drop=True)

    def sentences(self) -> list[str]:
        """The result in a few lines."""
        if self.conflict is not None or self.portfolio is None:
            return [] if self.conflict is None else self.conflict.sentences()
        chosen, (risk, gain) = self.portfolio, self.even
        held = int((chosen.weights > 0).sum())
        said = [
            f"{held} of {self.market.assets} assets are held, the largest with {100 * chosen.weights.max():.1f} %. By the "
            f"estimate the risk of a year is {100 * chosen.risk:.1f} % at a return of {100 * chosen.gain:.1f} %; {EQUAL} has "
            f"{100 * risk:.1f} % at {100 * gain:.1f} %."
        ]
        return said if self.delivered is None else [*said, *self.delivered.sentences()]

    def __str__(self) -> str:
        return "\n".join(self.sentences())

    def _repr_html_(self) -> str:
        """What a notebook shows: the sentences and the weights; all text is escaped."""
        from casestudies.portfolio.sections import weights_table
        from casestudies.report import Block, Text
        from casestudies.report.html_blocks import block_element

        blocks: list[Block] = [*map(Text, self.sentences()), *([weights_table(self)] if self.portfolio else [])]
        return "".join(str(block_element(block)) for block in blocks)


def study(
    source: Market | str | Path | None = None,
    wishes: Wishes = Wishes(),  # noqa: B008
    *,
    window: int | None = None,
    hold: int | None = None,
    cost: float = 0.001,
    risk: Risk = "ledoit_wolf",
    mean: Mean = "sample",
    most: int = 150,
    walk: bool = True,
) -> Answer:
    """What to hold now, the frontier it lies on, and what choosing so would have delivered.

    Parameters
    ----------
    source: a file of prices or returns (`read_market`), a market at hand, or None for a made-up one.
    window: periods that an estimate is learnt from; None = two years of days, ten of months, at most half of what there is.
    hold: periods between choices; None = a quarter of a year. cost, most: see `walk_forward`.
    walk: whether to look at what was delivered.

    Raises
    ------
    DataError: the file cannot be read. ConfigError: a wish that is none, a window that leaves nothing to hold.

    Example
    -------
    >>> answer = study(None, Wishes(cap=0.15, turnover=0.4), walk=False)
    >>> bool((answer.portfolio.weights <= 0.15).all()), answer.conflict is None
    (True, True)
    """
    market = synthetic_market() if source is None else source if isinstance(source, Market) else read_market(source)
    window = min(_WINDOWS[market.per_year], market.periods // 2) if window is None else window
    hold = max(market.per_year // 4, 1) if hold is None else hold
    known = estimate(market.returns[-window:], market.per_year, risk, mean)
    conflict = conflict_of(wishes, known, market.names)
    portfolio = delivered = None
    if conflict is None:
        portfolio = optimised(wishes, known, market.names)
        if walk:
            delivered = walk_forward(
                market, wishes, window=window, hold=hold, cost=cost, risk=risk, mean=mean, most=most
            )
    free = replace(wishes, target=None)
    possible = conflict is None or (TARGET in conflict.quarrel and conflict_of(free, known, market.names) is None)
    line = frontier(free, known, market.names) if possible else None
    return Answer(market, wishes, known, window, conflict, portfolio, line, delivered)
