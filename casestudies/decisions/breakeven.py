"""Break-even acceptance: how many of those who would leave must take a retention offer for it to pay.

An offer is expected to gain p * (accept * (clv - offer) - contact) - (1 - p) * (contact + offer) in a row, which is 0 at
accept = (contact + (1 - p) * offer) / (p * (clv - offer)): what is paid whatever happens, over what one accepted offer
keeps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import DataError
from casestudies.rows import Array, probabilities, vector, weights


def row_break_even(p: ArrayLike, clv: ArrayLike, offer: ArrayLike, contact: ArrayLike) -> Array:
    """The acceptance at which contacting each row pays exactly.

    Parameters
    ----------
    p: (rows,) probability that the customer leaves if left alone.
    clv, offer, contact: (rows,) or one number: what a customer is worth, and what offer and contact cost.

    Returns
    -------
    (rows,) 0 or more; above 1 where even an offer that everybody accepts does not pay, inf where an accepted offer
    keeps nothing (p = 0, or an offer that costs as much as the customer is worth).

    Raises
    ------
    DataError: values that are not finite, a `p` outside 0 to 1.
    """
    paid, kept = _sides(p, clv, offer, contact)
    return np.divide(paid, kept, out=np.full(len(paid), np.inf), where=kept > 0)


def campaign_break_even(
    p: ArrayLike,
    clv: ArrayLike,
    offer: ArrayLike,
    contact: ArrayLike,
    weight: ArrayLike | None = None,
    scale: ArrayLike = 1.0,
) -> Array:
    """The acceptance at which a whole list earns nothing and loses nothing, for one or many prices of the offer.

    One acceptance for all rows of the list, which is the share of the money at stake that must be kept. With outcomes
    (1 = would have left) in place of `p` it is what the campaign would have needed.

    Parameters
    ----------
    p, clv, offer, contact: as for `row_break_even`, of the rows on the list alone.
    weight: (rows,) row weights, default ones.
    scale: (prices,) or one number: multiples of the offer's cost, e.g. [0.5, 1, 2].

    Returns
    -------
    (prices,) as `row_break_even` returns; nan for an empty list.

    Raises
    ------
    As `row_break_even`.
    """
    chance = probabilities(p)
    own = weights(weight, len(chance))
    w = np.ones(len(chance)) if own is None else own
    factors = np.atleast_1d(np.asarray(scale, dtype=np.float64))
    fixed, paid_more = _sides(chance, clv, 0.0, contact), _sides(chance, clv, offer, contact)
    # Both sides are linear in the offer's cost: their values at 0 and at 1 times the offer give all others.
    paid, kept = (
        w @ at_none + factors * (w @ (at_one - at_none)) for at_none, at_one in zip(fixed, paid_more, strict=True)
    )
    if not w.sum() > 0:
        return np.full(len(factors), np.nan)
    return np.divide(paid, kept, out=np.full(len(factors), np.inf), where=kept > 0)


def _sides(p: ArrayLike, clv: ArrayLike, offer: ArrayLike, contact: ArrayLike) -> tuple[Array, Array]:
    """(rows,) each: what is paid whatever the acceptance, and what is kept where all accept."""
    chance = probabilities(p)
    rows = len(chance)
    value, cost, call = (
        vector(np.broadcast_to(np.asarray(part, dtype=np.float64), rows) if np.ndim(part) == 0 else part, name, rows)
        for name, part in (("clv", clv), ("offer", offer), ("contact", contact))
    )
    for name, part in (("clv", value), ("offer", cost), ("contact", call)):
        bad = np.flatnonzero(~np.isfinite(part))
        if bad.size:
            what = f"{bad.size} of {rows} values are not finite, first in row {bad[0] + 1}"
            raise DataError(what, where=name, advice="look for a missing value")
    return call + (1.0 - chance) * cost, chance * (value - cost)
