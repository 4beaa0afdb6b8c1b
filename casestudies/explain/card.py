"""A scorecard explained exactly: the log-odds each column's points stand for, against the average training row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casestudies.explain.explanation import LOG_ODDS, Explanation
from casestudies.models.scorecard.card import Card
from casestudies.tabular.bins import PairBins

Floats = NDArray[np.float64]


def explain_card(card: Card, codes: NDArray[np.intp], *, scale: str = LOG_ODDS) -> Explanation:
    """SHAP values of the card's log-odds on its source columns, the training rows as background.

    A card is a sum over characteristics, so a column's value is its bin's log-odds minus their mean. A pair of columns
    is a game of two players, and what it adds is shared between them as Shapley's formula says.

    Parameters
    ----------
    codes: (rows, characteristics) as `Card.codes` gives them.

    Source: Lundberg and Lee 2017, "A unified approach to interpreting model predictions", equation 4 with the
    interventional value function.
    """
    place = {name: i for i, name in enumerate(card.columns)}
    values = np.zeros((len(codes), len(place)))
    base = float(card.scaling.margin(np.array(card.base)))
    for column, one in enumerate(card.characteristics):
        margin = -one.points / card.scaling.factor
        share = one.rows / one.rows.sum()
        base += float(share @ margin)
        if isinstance(one.bins, PairBins):
            first, second = one.bins.columns
            for name, table in zip((first, second), _shared(one.bins, margin, share), strict=True):
                values[:, place[name]] += table[codes[:, column]]
        else:
            values[:, place[one.bins.columns[0]]] += (margin - share @ margin)[codes[:, column]]
    return Explanation(values, base, tuple(place), "points of the card, exact", scale)


def _shared(bins: PairBins, margin: Floats, share: Floats) -> tuple[Floats, Floats]:
    """What each bin of a pair gives to its first and to its second column; (bins,) each, together margin - mean."""
    shape = len(bins.first.labels), len(bins.second.labels)
    table, joint = margin.reshape(shape), share.reshape(shape)
    given_first = table @ joint.sum(axis=0)  # the second column drawn from the background
    given_second = joint.sum(axis=1) @ table
    mean = float((joint * table).sum())
    first = 0.5 * (given_first[:, None] - mean) + 0.5 * (table - given_second[None, :])
    return first.ravel(), (table - mean - first).ravel()
