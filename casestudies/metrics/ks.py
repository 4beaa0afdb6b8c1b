"""KS: the widest gap between the score distributions of the two classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def ks(y: ArrayLike, p: ArrayLike, weight: ArrayLike | None = None) -> float:
    """The largest lead, over all cuts, of the share of events caught over the share of others caught.

    One-sided: a score that ranks the wrong way round gets a figure near 0, not a flattering one.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    p: (rows,) score, larger = more likely.
    weight: (rows,) row weights, default ones.

    Returns
    -------
    0 to 1; nan when the rows hold one class only.

    Source: Kolmogorov-Smirnov statistic of two samples, one-sided (SciPy's `ks_2samp` with alternative="less").
    """
    return single(_ks, y, weight, p=p)


def _ks(seen: Weighed) -> Array:
    ranked = seen.ranked
    caught = ranked.events_so_far
    alarms = ranked.after - caught
    # The lead only grows where an event is passed, so the blocks that hold events are all that need looking at.
    lead = ratio(caught, seen.events[:, None]) - ratio(alarms, seen.others[:, None])
    both_classes = (seen.events > 0) & (seen.others > 0)
    return np.where(both_classes, lead.max(axis=1, initial=0.0), np.nan)


KS = Metric(
    name="ks",
    function=ks,
    over=_ks,
    needs=frozenset({"p"}),
    unit="",
    higher_is_better=True,
    meaning="The widest gap, over all cuts, between the share of events and the share of others above the cut.",
    undefined="the rows hold one class only",
)
