"""A list shared out over a whole file that is read in parts: what each part brings to it, and what each gets of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.churn.economics import Offered
from casestudies.churn.listing import Limits, Money, lots, ranks, with_control
from casestudies.decisions.campaign import NONE
from casestudies.rows import Array, Mask
from casestudies.tabular.checked import Checked


@dataclass(frozen=True, eq=False)
class Shared:
    """What has been shared out over a whole file, (listed,) each, by the number of the row in the file, ascending.

    offer: number of the offer. control: whether the customer is left alone by chance. rank: place on the list, from 1.
    """

    number: NDArray[np.int64]
    offer: NDArray[np.int64]
    control: Mask
    rank: NDArray[np.int64]

    def at(self, numbers: NDArray[np.int64]) -> Shared:
        """Of some rows of the file, in their order; offer -1 and rank 0 for those who are not on the list."""
        place = np.searchsorted(self.number, numbers)
        place = np.minimum(place, max(len(self.number) - 1, 0))
        there = self.number[place] == numbers if len(self.number) else np.zeros(len(numbers), dtype=bool)

        def of(values: np.ndarray, none: Any) -> np.ndarray:
            return np.where(there, values[place], none) if len(values) else np.full(len(numbers), none)

        return Shared(numbers, of(self.offer, NONE), of(self.control, False), of(self.rank, 0))

    @classmethod
    def of(cls, scouted: pd.DataFrame, limits: Limits, asked: Literal["auto"] | float) -> Shared:
        """The list of a whole file. scouted: as `scouted` makes it, in the order of the file. asked: share of control."""
        places = range(sum(str(name).startswith("gain ") for name in scouted))
        gain, spend, accept = (
            scouted[[f"{name} {place}" for place in places]].to_numpy() for name in ("gain", "spend", "accept")
        )
        p = scouted["p"].to_numpy()
        money = Money(gain, spend, p, p[:, None] * accept, np.ones(len(p)))
        made = with_control(money, limits, scouted["allowed"].to_numpy(), scouted["lot"].to_numpy(), asked).made
        on = np.flatnonzero(made.on)
        rank = ranks(made.on, chosen(gain, made.offer), chosen(spend, made.offer))
        return cls(scouted["number"].to_numpy()[on], made.offer[on], made.control[on], rank[on])


def scouted(checked: Checked, p: Array, offers: tuple[Offered, ...], allowed: Mask, seed: int) -> pd.DataFrame:
    """What a list is made by, a row a customer.

    Parameters
    ----------
    p: (rows,) chance of leaving if left alone. allowed: (rows,) who may be contacted.
    """
    columns: dict[str, Any] = {"number": checked.places.rows, "p": p, "lot": lots(checked, seed), "allowed": allowed}
    for place, one in enumerate(offers):
        columns |= {
            f"gain {place}": one.costs.gain(p),
            f"spend {place}": one.costs.spend(p),
            f"accept {place}": one.parts["accept"],
        }
    return pd.DataFrame(columns)


def chosen(values: Array, offer: NDArray[np.int64]) -> Array:
    """(rows,) of `values` (rows, offers), those of each row's offer; of the first where it has none."""
    return np.take_along_axis(values, np.maximum(offer, 0)[:, None], axis=1)[:, 0]
