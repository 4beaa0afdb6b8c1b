"""A scorecard fitted on all rows of a file larger than memory, from what was settled on a sample of them.

Bins, method and C stay as the sample settled them, and with "steps" how smooth each characteristic is; counts, weights of
evidence and points are those of all rows. Where the sample settled on the mean of a card by steps and one by weights of
evidence, which helps where rows are few, all rows get the card by steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import logit

from casestudies.models.calibration import Calibrator
from casestudies.models.scorecard.asked import Binning, Wishes, kinds_asked
from casestudies.models.scorecard.card import Card, Scaling, pointed
from casestudies.models.scorecard.coded import (
    Counts,
    InBlocks,
    Laid,
    Packing,
    PlainBlock,
    Reading,
    Source,
    StepsBlock,
    TableBlock,
)
from casestudies.models.scorecard.fitted import SAME, Asked, Floats, Rows, fused, summed
from casestudies.models.scorecard.scorecard import Scorecard, shift_to
from casestudies.models.scorecard.short import shortened
from casestudies.models.scorecard.smoothness import Priced, Smoothing, solved
from casestudies.models.scorecard.steps import Steps
from casestudies.models.scorecard.woe import Merging
from casestudies.models.streamed import Blocks, Step, Streamed
from casestudies.models.table import TableModel
from casestudies.optim import Logistic, Objective, ProxNewton, Solution, Suboptimality, diagnose, minimise, path
from casestudies.optim import Steps as MostSteps
from casestudies.optim.designs import Design
from casestudies.optim.designs.layout import Layout
from casestudies.optim.penalties import Box
from casestudies.tabular.bins import Binned, Bins

if TYPE_CHECKING:
    from distributed import Client

_ROUGH, _START, _EXACT = 1e-3, 1e-5, 1e-8  # log loss, relative: what prices are learnt from, where to begin, the card


@dataclass(frozen=True, eq=False)
class Draft:
    """What a sample settled.

    Parameters
    ----------
    settled: the card fitted on it. bins: of each characteristic; as "woe" merged them, else as fine as they were before
        that fit.
    rows: the sample's own, where the fit on all rows begins; None with "woe".
    """

    settled: Scorecard
    bins: tuple[Binned, ...]
    rows: Rows | None

    @classmethod
    def of(cls, settled: Scorecard, frame: pd.DataFrame, y: Floats, weight: Floats) -> Draft:
        """From the rows that `settled` was fitted on, `weight` from 0 up."""
        if settled.method_ == "woe":
            return cls(settled, tuple(one.bins for one in settled.card_.characteristics), None)
        used = weight > 0
        frame, y, weight = frame[used], y[used], weight[used]
        wishes, kinds = _wishes(settled), kinds_asked(frame, settled.kinds)
        binning = Binning.of(frame, weight, wishes, kinds, settled.max_bins)
        return cls(settled, binning.bins, Rows(binning.bins, binning.codes, y, weight, None))

    @property
    def columns(self) -> tuple[str, ...]:
        """The source columns, each once."""
        return tuple(dict.fromkeys(name for bins in self.bins for name in bins.columns))

    @property
    def asked(self) -> Asked:
        card = self.settled
        forced, locked = frozenset(card.force), frozenset(card.bins or {})
        return Asked(card.penalty, (card.C_,), card.choose, _wishes(card).signs, forced, locked)


def _wishes(card: Scorecard) -> Wishes:
    pairs = tuple(tuple(pair) for pair in card.pairs)
    return Wishes(card.monotone or {}, card.special or {}, card.bins or {}, card.force, card.exclude, pairs)  # type: ignore[arg-type]


def fit_card(draft: Draft, blocks: Blocks, folder: Path, client: Client | None, step: Step) -> Streamed:
    """Fit a card like one that was fitted on a sample; every fit without a fold rides along.

    Parameters
    ----------
    folder: for the coded rows, a byte or two a cell, where this machine does the work.
    client: of a Dask cluster whose workers do it instead, each reading its blocks itself.
    step: called with (share done, sentence).
    """
    work = _Work(draft, blocks, folder, client, step)
    source = work.laid(Reading(blocks, draft.bins), "codes")
    counted = work.design([PlainBlock(source, b, (rows, len(draft.bins))) for b, rows in work.filled])
    counts = Counts.of(counted, draft.bins, blocks.folds)
    step(0.4, "fitting on all rows")
    if draft.rows is not None and draft.bins:
        fits = _steps(work, source, counts, draft.rows)
    else:  # where no column tells rows apart there are no steps either
        fits = _woe(work, source, counts)
    held = [*range(blocks.folds), -1]
    cards = [_card(work, source, counts, fold, *fits.of(place)) for place, fold in enumerate(held)]
    models = [TableModel.of_card(card, Calibrator("none")) for card in cards]
    solution = fits.solution
    found = diagnose(solution.trace, solution)
    trace = solution.trace.of(len(solution.x[0]) - 1)
    return Streamed(
        models[-1],
        tuple(models[:-1]),
        {name: column for name, column in trace.items() if name != "seconds"},
        tuple(f"{f.what}: {f.evidence}; {f.advice}" for f in found),
        tuple(int(counts.seen.sum() - counts.seen[fold]) for fold in range(blocks.folds)),
    )


@dataclass(frozen=True, eq=False)
class _Work:
    draft: Draft
    blocks: Blocks
    folder: Path
    client: Client | None
    step: Step

    @property
    def filled(self) -> list[tuple[int, int]]:
        """The blocks that hold rows, and how many."""
        return [(block, rows) for block, rows in enumerate(self.blocks.counts) if rows]

    def laid(self, source: Source, name: str) -> Source:
        """The same rows on this machine's disk; as they are where workers read them."""
        if self.client is not None:
            return source
        place = self.folder / name
        place.mkdir()
        return Laid.of(source, self.blocks.counts, place, self.step)

    def design(self, recipes: Sequence[Any]) -> Design:
        if self.client is None:
            return InBlocks(recipes)
        from casestudies.optim.designs.dask import Dask

        return Dask(recipes, self.client)


@dataclass(frozen=True, eq=False)
class _Fits:
    """Fits without each fold, then that on all rows. margin: by fit and characteristic (bins,), NaN in bins never met."""

    margin: tuple[list[Floats], ...]
    intercept: Floats
    solution: Solution[Any]

    def of(self, place: int) -> tuple[list[Floats], float]:
        return self.margin[place], float(self.intercept[place])


def _steps(work: _Work, source: Source, counts: Counts, rows: Rows) -> _Fits:
    """From the sample's fit, under the sample's prices, by Newton's method on the codes of all rows."""
    asked, folds = work.draft.asked, work.blocks.folds
    met = tuple(each > 0 for each in counts.without(-1)[0])
    steps = Steps.of(rows, asked, met)
    lookups = tuple((part.characteristic, part.lookup) for part in steps.parts) or (
        (0, np.zeros_like(met[0], np.intp)),
    )
    layout = Layout.of(
        tuple(part.bins for part in steps.parts) or (1,), tuple(part.coding for part in steps.parts) or ("steps",)
    )
    packed = work.laid(Packing(source, lookups, layout), "packed")
    design = work.design([StepsBlock(packed, block, count, layout) for block, count in work.filled])
    start, prices = _begun(steps, asked, rows)
    held, problems = np.append(np.arange(folds), -1), folds + 1
    x = np.repeat(start, problems, axis=1)
    if prices is not None:
        free = steps.penalty(asked, np.array(asked.Cs)).free
        penalty = Priced(np.full(problems, 1.0 / asked.Cs[0]), free, np.repeat(prices, problems, axis=1))
        objective = Objective(design, None, Logistic(), penalty, held=held)
        solution = solved(objective, x, _EXACT, np.zeros(problems, dtype=np.intp))
    else:
        objective = Objective(design, None, Logistic(), steps.penalty(asked, np.full(problems, asked.Cs[0])), held=held)
        solution = minimise(objective, ProxNewton(tolerance=_EXACT), x, stop=(Suboptimality(_EXACT), MostSteps(100)))
    return _Fits(tuple(steps.margin(one) for one in solution.x[:-1].T), solution.x[-1], solution)


def _begun(steps: Steps, asked: Asked, rows: Rows) -> tuple[Floats, Floats | None]:
    """(columns, 1) coefficients on the sample, and the prices on them where it learnt any; as `fit_steps`."""
    design, Cs = steps.design(), np.array(asked.Cs)
    penalty = steps.penalty(asked, Cs)
    priced = asked.penalty == "l2" and not asked.signs
    objective = Objective(design, rows.y, Logistic(), penalty, rows.weight)
    first = path(objective, tolerance=_ROUGH if priced else _START).whole
    if not priced:
        return first, None
    owner = np.array(steps.owner, dtype=np.intp)
    smoothing = Smoothing(design, rows.y, rows.weight, None, penalty.free, owner)
    return smoothing.exact(asked.Cs[0], first, first, _START).x, smoothing.prices(first)


def _woe(work: _Work, source: Source, counts: Counts) -> _Fits:
    """Weights of evidence of all rows, and one weight for each characteristic: a few columns, fit by fit."""
    asked, bins = work.draft.asked, work.draft.bins
    free = np.array([*(" x ".join(one.columns) in asked.forced for one in bins), True])
    penalty = Box(np.array([1.0 / asked.Cs[0]]), free, float(asked.penalty == "l1"), 0.0, np.inf)
    margins, ends = [], []
    for fold in (*range(work.blocks.folds), -1):
        rows, events = counts.without(fold)
        tables = tuple(_evidence(*one, asked) for one in zip(bins, rows, events, strict=True))
        design = work.design([TableBlock(source, block, count, tables) for block, count in work.filled])
        objective = Objective(design, None, Logistic(), penalty, held=np.array([fold]))
        start = np.ones((len(bins) + 1, 1))
        start[-1] = logit(events[0].sum() / rows[0].sum()) if bins else 0.0
        solution = minimise(
            objective, ProxNewton(tolerance=_EXACT), start, stop=(Suboptimality(_EXACT), MostSteps(100))
        )
        x = solution.x[:, 0]
        margins.append([np.where(n > 0, c * t, np.nan) for n, c, t in zip(rows, x[:-1], tables, strict=True)])
        ends.append(x[-1])
    return _Fits(tuple(margins), np.array(ends), solution)


def _evidence(bins: Binned, rows: Floats, events: Floats, asked: Asked) -> Floats:
    """(bins,) weights of evidence; of bins asked to rise or fall those that do not are one, on these rows as on the sample."""
    name = " x ".join(bins.columns)
    merging = Merging.of(bins, rows, events, asked.signs.get(name, 0), name not in asked.signs)
    return merging.woe[merging.new]


def _card(work: _Work, source: Source, counts: Counts, fold: int, margin: list[Floats], intercept: float) -> Card:
    """The points of one fit: what has no effect falls away, and bins of the same log-odds are one, as on a sample."""
    card, asked = work.draft.settled, work.draft.asked
    shift = 0.0 if card.prior is None else _towards(card.prior, source, work.filled, fold, margin, intercept)
    parts: list[tuple[Binned, Floats, Floats, Floats]] = []
    for bins, table, rows, events in zip(work.draft.bins, margin, *counts.without(fold), strict=True):
        name, mean = " x ".join(bins.columns), float(rows @ np.nan_to_num(table) / rows.sum())
        intercept += mean
        if np.ptp(table[~np.isnan(table)]) < SAME and name not in asked.forced:
            continue
        if isinstance(bins, Bins) and name not in asked.locked and work.draft.rows is not None:
            bins, new, table = fused(bins, table)
            rows, events = summed(new, rows, len(table)), summed(new, events, len(table))
        parts.append((bins, rows, events, np.where(np.isnan(table), 0.0, table - mean)))
    made = pointed(parts, intercept + shift, Scaling(card.pdo, card.odds, card.points), card.whole)
    return shortened(made, asked.locked) if card.whole else made


def _towards(
    prior: float, source: Source, filled: Sequence[tuple[int, int]], fold: int, margin: list[Floats], intercept: float
) -> float:
    """What is added to all log-odds so that the mean probability of the rows outside a fold is `prior`."""
    z, w = [], []
    for block, _ in filled:
        for rows in source.read(block):
            kept = rows.fold != fold
            codes = rows.codes[kept]
            z.append(intercept + sum(np.nan_to_num(table)[codes[:, j]] for j, table in enumerate(margin)))
            w.append(rows.weight[kept])
    return shift_to(np.concatenate(z), np.concatenate(w), prior)
