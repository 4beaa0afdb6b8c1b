"""A contact list: who gets which offer within money and hands, and who of the list is kept back as control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Decider
from casestudies.decisions.campaign import NONE, Campaign, campaign
from casestudies.decisions.control import control_size
from casestudies.rows import Array, Mask
from casestudies.tabular.checked import Checked
from casestudies.tabular.contract import Role

MOST = 0.2  # of the list is control at most, where nobody asks for more: the others pay for what it shows
_TURNS = 40  # halvings of the range of effects; 1e-12 of it is left
_WHO: tuple[Role, ...] = ("group", "identifier")  # roles that say who a customer is, the wider first


@dataclass(frozen=True)
class Limits:
    """What there is for all customers together: money and contacts; None = no limit."""

    budget: float | None = None
    most: int | None = None

    @classmethod
    def of(cls, decider: Decider) -> Limits:
        """Those of the decision rule."""
        if decider.kind == "budget":
            return cls(budget=decider.level)
        return cls(most=int(decider.level or 0)) if decider.kind == "capacity" else cls()


@dataclass(frozen=True, eq=False)
class Listed:
    """A contact list.

    Parameters
    ----------
    offer: (rows,) number of the offer that a customer on the list is to get, control or not; -1 = not on the list.
    control: (rows,) bool: on the list, and not contacted.
    contacted: the allocation of those who are.
    """

    offer: NDArray[np.int64]
    control: Mask
    contacted: Campaign

    @property
    def on(self) -> Mask:
        return self.offer > NONE


def listed(gain: Array, spend: Array, limits: Limits, allowed: Mask, drawn: Mask) -> Listed:
    """The list, of which those who were drawn beforehand are the control group.

    Chance speaks first: `drawn` customers take no part when money and hands are shared out, so that all of the budget goes
    to customers who are contacted. Those of them who are worth as much, at the price that money then has, are the control:
    they meet the same condition as the contacted, and only chance tells them apart.

    Parameters
    ----------
    gain, spend: (rows, offers) expected. allowed: (rows,) who may be contacted. drawn: (rows,) who is kept back if listed.
    """
    made = campaign(gain, spend, limits.budget, limits.most, allowed & ~drawn)
    worth = gain - made.price * spend
    if limits.budget is not None:
        worth = np.where(spend <= limits.budget, worth, -np.inf)
    best = np.argmax(np.where(gain > 0, worth, -np.inf), axis=1)
    most = np.take_along_axis(worth, best[:, None], axis=1)[:, 0]
    least = 0.0
    if limits.most is not None and made.contacts >= limits.most > 0:  # hands are short: as good as the last contacted
        least = max(0.0, float(most[made.act].min()))
    enough = (most > 0) & (most >= least) & (np.take_along_axis(gain, best[:, None], axis=1)[:, 0] > 0)
    control = drawn & allowed & enough
    return Listed(np.where(control, best, made.offer), control, made)


@dataclass(frozen=True, eq=False)
class Money:
    """What a list is made by; times the weight of each customer.

    gain, spend: (rows, offers) expected. left: (rows,) chance of leaving if left alone. kept: (rows, offers) chance of being
    kept by an offer. weight: (rows,).
    """

    gain: Array
    spend: Array
    left: Array
    kept: Array
    weight: Array

    def rates(self, offer: NDArray[np.int64]) -> tuple[float, float]:
        """Of those with an offer: the share expected to leave if left alone, and how much lower it is with the offer."""
        rows = np.flatnonzero(offer > NONE)
        w = self.weight[rows]
        return (
            float(np.average(self.left[rows], weights=w)),
            float(np.average(self.kept[rows, offer[rows]], weights=w)),
        )


@dataclass(frozen=True, eq=False)
class Drawn:
    """A list with its control group, beside the list without one.

    share: of the list that is control, as far as chance follows it.
    """

    everyone: Listed
    made: Listed
    share: float


def with_control(money: Money, limits: Limits, allowed: Mask, lot: Array, asked: Literal["auto"] | float) -> Drawn:
    """The list, and of it those whose lot is below the share to leave alone.

    Parameters
    ----------
    lot: (rows,) of `lots`. asked: the share, or auto: as much as shows the effect that is expected on the list.
    """
    everyone = listed(money.gain, money.spend, limits, allowed, np.zeros(len(lot), dtype=bool))
    share = 0.0
    if everyone.on.any():
        share = control_share(asked, int(everyone.on.sum()), *money.rates(everyone.offer))
    made = everyone if share == 0 else listed(money.gain, money.spend, limits, allowed, lot < share)
    return Drawn(everyone, made, share)


def ranks(on: Mask, gain: Array, spend: Array) -> NDArray[np.int64]:
    """(rows,) place on the list by gain per unit spent, from 1; 0 for those who are not on it. gain, spend: (rows,)."""
    rows = np.flatnonzero(on)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(spend[rows] > 0, gain[rows] / spend[rows], np.inf)
    out = np.zeros(len(on), dtype=np.int64)
    out[rows[np.lexsort((-gain[rows], -ratio))]] = np.arange(1, len(rows) + 1)
    return out


def control_share(asked: Literal["auto"] | float, listed: int, rate: float, effect: float) -> float:
    """The share of the list to leave alone: the one asked for, or as much as shows the effect, a fifth at most.

    Parameters
    ----------
    listed: customers on the list. rate, effect: share of them expected to leave if left alone, and how much lower it is
        expected to be if contacted.
    """
    if asked != "auto":
        return float(asked)
    if not listed or not 0.0 < effect <= rate < 1.0:
        return 0.0
    return min(MOST, control_size(listed, rate, effect).rows / listed)


def smallest_shown(listed: int, rows: int, rate: float) -> float | None:
    """The least difference of the two shares leaving that a control group of `rows` shows; None where it shows none."""
    if not 0.0 < rate < 1.0 or not 0 < rows < listed or control_size(listed, rate, rate).rows > rows:
        return None
    least, most = 0.0, rate
    for _ in range(_TURNS):
        tried = 0.5 * (least + most)
        size = control_size(listed, rate, tried)
        least, most = (least, tried) if size.enough and size.rows <= rows else (tried, most)
    return most


def lots(checked: Checked, seed: int) -> Array:
    """(rows,) a number from 0 to below 1 for each customer, by chance: who draws less than the share is control.

    It follows from the seed and the customer's name alone (the group, else the identifier, else all cells of the row), so
    that neither the order of rows nor the other customers of a file move anybody in or out.
    """
    key = f"{seed:016d}"[-16:]
    frame = checked.frame
    drawn = np.zeros(len(frame), dtype=np.uint64)
    name = next((found[0] for role in _WHO if (found := checked.in_role(role))), None)
    nameless = np.ones(len(frame), dtype=bool)
    if name is not None:
        drawn = pd.util.hash_array(frame[name].astype("str").to_numpy(dtype=object), hash_key=key)
        nameless = frame[name].isna().to_numpy()
    if nameless.any():
        cells: Any = pd.util.hash_pandas_object(frame[nameless].astype("str"), index=False, hash_key=key)
        drawn[nameless] = cells.to_numpy()
    return drawn / 2.0**64
