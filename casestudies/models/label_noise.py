"""Labels to look at again: rows whose label a model that never saw them speaks clearly against.

The list is for people with the records at hand. A table cannot tell a wrong label from an unlikely outcome, so nothing
is relabelled; what relabelling would change is told as a what-if.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.metrics import auc

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Suspects:
    """What confident learning says of the labels.

    Parameters
    ----------
    thresholds: of the classes (no event, event): the mean probability of a class among the rows labelled with it. A row
        counts as a class when its probability reaches that.
    listed: (rows,) bool, the label is contradicted.
    margin: (rows,) probability of the other label minus that of the given one; larger = more suspect.
    """

    thresholds: tuple[float, float]
    listed: Mask
    margin: Floats

    @property
    def share(self) -> float:
        """Of rows listed."""
        return float(self.listed.mean())

    def ranked(self, most: int | None = None) -> NDArray[np.intp]:
        """Positions of the listed rows, the most suspect first; of equals, the earlier row."""
        rows = np.flatnonzero(self.listed)
        return rows[np.argsort(-self.margin[rows], kind="stable")][:most]


@dataclass(frozen=True)
class Relabelled:
    """What judging would say before, after giving some rows the other label, and after giving it to as many at random.

    The model and its decisions stay. The second figure is better by construction, since the rows were chosen for
    speaking against the model: it is the most that wrong labels could have hidden, and no improvement.

    Parameters
    ----------
    rows: how many were given the other label.
    auc, savings: (before, after, at random); savings None without costs.
    """

    rows: int
    auc: tuple[float, float, float]
    savings: tuple[float, float, float] | None


def suspects(y: Floats, p: Floats, weight: Floats | None = None) -> Suspects:
    """Confident learning for two classes.

    A row is counted as the class whose threshold its probability reaches (the likelier one where it reaches both). It
    is listed when that class is not its label and is the more probable one.

    Parameters
    ----------
    y: (rows,) 0/1, the given labels, both present.
    p: (rows,) probability of the event by a model that was not fitted on the row.
    weight: (rows,) row weights of the thresholds, default ones.

    Source: Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels", Journal of
    Artificial Intelligence Research 70, section 3.1, equations 1 and 2; the last condition as in the authors' own program.
    """
    own = np.ones(len(y)) if weight is None else weight
    event = y > 0
    low = float(np.average(1 - p[~event], weights=own[~event]))
    high = float(np.average(p[event], weights=own[event]))
    as_none, as_event = 1 - p >= low, p >= high
    confident = np.where(as_none & as_event, p > 0.5, as_event)  # the class, where there is one
    counted = as_none | as_event
    likelier = p > 0.5
    listed = counted & (confident != event) & (likelier != event)
    margin = np.where(event, 1 - 2 * p, 2 * p - 1)
    return Suspects((low, high), listed, margin)


def relabelled(
    y: Floats,
    p: Floats,
    act: Mask,
    rows: NDArray[np.intp],
    costs: Costs | None = None,
    weight: Floats | None = None,
    *,
    seed: int = 0,
) -> Relabelled:
    """How the figures of a model would read if `rows` had the other label.

    Parameters
    ----------
    y, p, act, costs, weight: (judged,) each. rows: positions among them.
    """
    random = np.random.default_rng([seed, 11])
    chance = random.permutation(len(y))[: len(rows)]
    labels = [y, _turned(y, rows), _turned(y, chance)]
    areas = [auc(label, p, weight) for label in labels]
    saved = None if costs is None else [costs.savings(label, act, weight) for label in labels]
    return Relabelled(
        len(rows), (areas[0], areas[1], areas[2]), None if saved is None else (saved[0], saved[1], saved[2])
    )


def _turned(y: Floats, rows: NDArray[np.intp]) -> Floats:
    out = y.copy()
    out[rows] = 1 - out[rows]
    return out
