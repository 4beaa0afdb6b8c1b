"""A card by weight of evidence: bins merged by what the labels say of them, then one weight for each characteristic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.models.linear.solving import said
from casestudies.models.regularisation import RegularisationPath
from casestudies.models.scorecard.fitted import SAME, Asked, Codes, Fitted, Floats, Rows, summed
from casestudies.models.scorecard.merging import merged
from casestudies.optim import Logistic, Objective, ProxNewton, Steps, Suboptimality, Trace, minimise, path
from casestudies.optim.designs import Dense
from casestudies.optim.penalties import Box
from casestudies.tabular.bins import Binned, Bins

WOE_GRID = (0.03, 0.1, 0.3, 1.0)
FINE = 50  # bins of a column of numbers before they are merged
_PRIOR_ROWS = 20.0  # weight of the overall rate in every bin: pure bins stay finite
_LOOSE, _EXACT = 1e-5, 1e-10  # log loss, relative: for a choice among values of C, and of the card


@dataclass(frozen=True, eq=False)
class Merging:
    """The bins of one characteristic after merging, as learnt from some of the rows.

    new: (fine bins,) the merged bin of each. woe: (merged bins,) 0 in bins without rows.
    """

    bins: Binned
    new: Codes
    woe: Floats

    @classmethod
    def of(cls, bins: Binned, rows: Floats, events: Floats, sign: int, locked: bool) -> Merging:
        """From (fine bins,) weights and events among them."""
        if isinstance(bins, Bins) and not locked:
            bins, new = merged(bins, rows, events, sign, weight_of_evidence(rows, events))
        else:
            new = np.arange(len(rows))
        size = len(bins.labels)
        return cls(bins, new, weight_of_evidence(summed(new, rows, size), summed(new, events, size)))


def weight_of_evidence(rows: Floats, events: Floats) -> Floats:
    """(bins,) log-odds of the event in each bin against all rows, with 20 rows of the overall rate added to each.

    Positive = riskier than all. The added rows keep the bins of one outcome finite and draw rare bins towards 0.
    """
    rate = events.sum() / rows.sum()
    return (
        np.log(events + _PRIOR_ROWS * rate)
        - np.log(rows - events + _PRIOR_ROWS * (1 - rate))
        - np.log(rate / (1 - rate))
    )


def information_value(rows: Floats, events: Floats) -> Floats:
    """(bins,) each bin's share of the information value: its weight of evidence times the difference of shares."""
    woe = weight_of_evidence(rows, events)
    others = rows - events
    return woe * (events / events.sum() - others / others.sum())


def fit_woe(rows: Rows, asked: Asked) -> Fitted:
    """Bins are merged anew without each fold, since merging looks at labels; C is chosen on the rows left out."""
    found = _Histograms.of(rows)
    Cs = np.array(asked.Cs)
    merging = found.merged(asked, None)
    X = _table(rows, merging)
    whole = path(_objective(rows, asked, X, Cs, rows.weight), tolerance=_EXACT)
    said(whole.solution)
    place, told, margins = 0, None, None
    if rows.folds is not None:
        left_out = np.empty((len(rows.y), len(Cs)))
        for fold in range(int(rows.folds.max()) + 1):
            held = rows.folds == fold
            seen = _table(rows, found.merged(asked, fold))
            objective = _objective(rows, asked, seen, Cs, np.where(held, 0.0, rows.weight))
            stop = (Suboptimality(_LOOSE), Steps(100))
            fits = minimise(objective, ProxNewton(tolerance=_LOOSE), whole.whole, stop=stop).x
            left_out[held] = seen[held] @ fits[:-1] + fits[-1]
        origin = [" x ".join(bins.columns) for bins in rows.bins]
        told = RegularisationPath.of(asked.Cs, left_out, whole.whole[:-1], origin, rows.y, rows.weight, rows.folds)
        place = told.at(asked.choose)
        margins = left_out[:, place]
    return _fitted(rows, asked, merging, whole.whole[:, place], asked.Cs[place], margins, told, whole.solution.trace)


def _objective(rows: Rows, asked: Asked, X: Floats, Cs: Floats, weight: Floats) -> Objective:
    """One weight from 0 up for each characteristic: none is read against its own bins."""
    free = np.array([*(" x ".join(bins.columns) in asked.forced for bins in rows.bins), True])
    penalty = Box(1.0 / Cs, free, float(asked.penalty == "l1"), 0.0, np.inf)
    return Objective(Dense(X), rows.y, Logistic(), penalty, weight)


def _table(rows: Rows, merging: list[Merging]) -> Floats:
    """(rows, characteristics) weights of evidence."""
    out = np.empty((len(rows.y), len(merging)))
    for place, one in enumerate(merging):
        out[:, place] = one.woe[one.new][rows.codes[:, place]]
    return out


@dataclass(frozen=True, eq=False)
class _Histograms:
    """Weights and events of each fine bin, fold by fold; (folds, bins) by characteristic."""

    bins: tuple[Binned, ...]
    rows: tuple[Floats, ...]
    events: tuple[Floats, ...]

    @classmethod
    def of(cls, rows: Rows) -> _Histograms:
        count = 1 if rows.folds is None else int(rows.folds.max()) + 1
        fold = np.zeros(len(rows.y), dtype=np.intp) if rows.folds is None else rows.folds
        weights, events = [], []
        for place, bins in enumerate(rows.bins):
            size = len(bins.labels)
            cell = fold * size + rows.codes[:, place]
            weights.append(summed(cell, rows.weight, count * size).reshape(-1, size))
            events.append(summed(cell, rows.weight * rows.y, count * size).reshape(-1, size))
        return cls(rows.bins, tuple(weights), tuple(events))

    def merged(self, asked: Asked, without: int | None) -> list[Merging]:
        out = []
        for bins, rows, events in zip(self.bins, self.rows, self.events, strict=True):
            seen = np.arange(len(rows)) != without
            name = " x ".join(bins.columns)
            sign = asked.signs.get(name, 0)
            out.append(Merging.of(bins, rows[seen].sum(axis=0), events[seen].sum(axis=0), sign, name in asked.locked))
        return out


def _fitted(
    rows: Rows,
    asked: Asked,
    merging: list[Merging],
    coef: Floats,
    C: float,
    margins: Floats | None,
    told: RegularisationPath | None,
    trace: Trace,
) -> Fitted:
    """Characteristics of no weight fall away."""
    bins, margin, codes, dropped = [], [], [], []
    for place, one in enumerate(merging):
        name = " x ".join(one.bins.columns)
        if abs(coef[place]) * np.ptp(one.woe) < SAME and name not in asked.forced:
            dropped.append(name)
            continue
        code = one.new[rows.codes[:, place]]
        met = summed(code, rows.weight, len(one.woe)) > 0
        bins.append(one.bins)
        margin.append(np.where(met, coef[place] * one.woe, np.nan))
        codes.append(code)
    notes = ("nothing is left of " + ", ".join(dropped),) if dropped else ()
    table = np.stack(codes, axis=1) if codes else np.empty((len(rows.y), 0), dtype=np.intp)
    return Fitted(tuple(bins), tuple(margin), table, float(coef[-1]), margins, C, told, trace, notes)
