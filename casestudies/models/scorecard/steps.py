"""A card by one joint fit: what every step from bin to bin adds, under a penalty that leaves out what says too little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from casestudies.models.linear.solving import said
from casestudies.models.regularisation import RegularisationPath
from casestudies.models.scorecard.fitted import SAME, Asked, Codes, Fitted, Floats, Rows, fused
from casestudies.models.scorecard.smoothness import Smoothing
from casestudies.optim import Logistic, Objective, PathSolution, Trace, path
from casestudies.optim.designs import Codes as CodesDesign
from casestudies.optim.designs.layout import Coding
from casestudies.optim.penalties import L1, L2, Box, Penalty
from casestudies.tabular.bins import Binned, Bins

_L1, _BOUNDED, _FIRST = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0), (0.01, 0.03, 0.1, 0.3), (0.03, 0.1)
# log loss, relative: of a first fit, of a choice among values of C, which sees far less, and of the card itself
_ROUGH, _LOOSE, _EXACT = 1e-3, 1e-5, 1e-10


def grid_of(penalty: str, signs: Mapping[str, int]) -> tuple[float, ...]:
    """The values of C to choose from. Where a second fit follows, it has more of its own (`Smoothing.path`)."""
    return _L1 if penalty == "l1" else _BOUNDED if signs else _FIRST


@dataclass(frozen=True, eq=False)
class Part:
    """One column of the design: the steps over a column's values, a flag for one of its bins, or the levels of a category.

    lookup: (bins,) the design's code for each bin of the characteristic.
    """

    characteristic: int
    lookup: Codes
    coding: Coding
    sign: int = 0
    free: bool = False

    @property
    def bins(self) -> int:
        return int(self.lookup.max()) + 1

    @property
    def columns(self) -> int:
        return self.bins - (self.coding == "steps")

    def table(self, coef: Floats) -> Floats:
        """(bins of the characteristic,) what the part adds to the log-odds of each."""
        return (np.concatenate([[0.0], np.cumsum(coef)]) if self.coding == "steps" else coef)[self.lookup]


@dataclass(frozen=True, eq=False)
class Steps:
    """The design of all characteristics as codes of bins, of which no step is ever formed.

    met: by characteristic, (bins,) whether training met the bin.
    """

    rows: Rows
    parts: tuple[Part, ...]
    met: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, rows: Rows, asked: Asked, met: tuple[np.ndarray, ...] | None = None) -> Self:
        """`met`: of more rows than these; None = of these."""
        if met is None:
            met = tuple(rows.totals(place, rows.weight) > 0 for place in range(len(rows.bins)))
        parts = []
        for place, bins in enumerate(rows.bins):
            name = " x ".join(bins.columns)
            parts += [
                part
                for part in _parts(place, bins, met[place], asked.signs.get(name, 0), name in asked.forced)
                if part.bins > 1
            ]
        return cls(rows, tuple(parts), met)

    def design(self) -> CodesDesign:
        codes = np.empty((len(self.rows.y), max(len(self.parts), 1)), dtype=np.uint16, order="F")
        codes[:] = 0
        for column, part in enumerate(self.parts):
            codes[:, column] = part.lookup.astype(np.uint16)[self.rows.codes[:, part.characteristic]]
        bins = tuple(part.bins for part in self.parts) or (1,)
        return CodesDesign(codes, bins, tuple(part.coding for part in self.parts) or ("steps",))

    def penalty(self, asked: Asked, Cs: Floats) -> Penalty:
        free = np.array([*(part.free for part in self.parts for _ in range(part.columns)), True])
        strength = 1.0 / Cs
        signs = np.array([*(part.sign for part in self.parts for _ in range(part.columns)), 0])
        if not signs.any():
            return (L1 if asked.penalty == "l1" else L2)(strength, free)
        lower, upper = np.where(signs > 0, 0.0, -np.inf), np.where(signs < 0, 0.0, np.inf)
        return Box(strength, free, float(asked.penalty == "l1"), lower, upper)

    @property
    def origin(self) -> list[str]:
        """The characteristic of each coefficient but the intercept."""
        return [" x ".join(self.rows.bins[place].columns) for place in self.owner]

    def margin(self, coef: Floats) -> list[Floats]:
        """By characteristic, (bins,) log-odds from (columns,) coefficients; NaN in bins that training never met."""
        out = [np.where(met, 0.0, np.nan) for met in self.met]
        first = 0
        for part in self.parts:
            out[part.characteristic] += part.table(coef[first : first + part.columns])
            first += part.columns
        return out

    @property
    def owner(self) -> list[int]:
        """The place of the characteristic of each coefficient but the intercept."""
        return [part.characteristic for part in self.parts for _ in range(part.columns)]

    def fitted(
        self,
        asked: Asked,
        coef: Floats,
        C: float,
        margins: Floats | None,
        told: RegularisationPath | None,
        trace: Trace,
    ) -> Fitted:
        """Characteristics without any effect fall away; bins with the same log-odds become one, unless made by hand."""
        bins, margin, codes, dropped = [], [], [], []
        for place, (own, table) in enumerate(zip(self.rows.bins, self.margin(coef[:-1]), strict=True)):
            name, code = " x ".join(own.columns), self.rows.codes[:, place]
            if np.nanmax(table) - np.nanmin(table) < SAME and name not in asked.forced:
                dropped.append(name)
                continue
            if isinstance(own, Bins) and name not in asked.locked:
                own, new, table = fused(own, table)
                code = new[code]
            bins.append(own)
            margin.append(table)
            codes.append(code)
        notes = ("the penalty left nothing of " + ", ".join(dropped),) if dropped else ()
        held = np.stack(codes, axis=1) if codes else np.empty((len(self.rows.y), 0), dtype=np.intp)
        return Fitted(tuple(bins), tuple(margin), held, float(coef[-1]), margins, C, told, trace, notes)


def fit_steps(rows: Rows, asked: Asked) -> Fitted:
    """All values of C, on all rows and without each fold, as one solve; then the chosen one exactly.

    With L2 and no signs asked for, a second such solve prices each characteristic by what the first found of it, without
    each fold as well, so that what is said of the rows held out stays honest.

    Source: Tibshirani et al. 2005, "Sparsity and smoothness via the fused lasso": a penalty on steps.
    """
    steps = Steps.of(rows, asked)
    design = steps.design()
    Cs = np.array(asked.Cs)
    several = len(Cs) > 1
    two = asked.penalty == "l2" and not asked.signs

    def objective(Cs: Floats) -> Objective:
        return Objective(design, rows.y, Logistic(), steps.penalty(asked, Cs), rows.weight)

    found = path(objective(Cs), rows.folds, tolerance=_ROUGH if two else _LOOSE if several else _EXACT)
    place, told, margins = _judged(steps, asked, asked.Cs, found)
    C = asked.Cs[place]
    if two:
        smoothing = Smoothing(
            design, rows.y, rows.weight, rows.folds, steps.penalty(asked, Cs).free, np.array(steps.owner, dtype=np.intp)
        )
        first = np.concatenate([found.without[:, :, place], found.whole[None, :, place]]).T
        tried, found = smoothing.path(C, first, several, _LOOSE)
        place, told, margins = _judged(steps, asked, tried, found)
        C = tried[place]
        solution = smoothing.exact(C, first[:, -1:], found.whole[:, [place]], _EXACT)
        coef = solution.x[:, 0]
    else:
        found = path(objective(Cs[[place]]), tolerance=_EXACT) if several else found
        solution, coef = found.solution, found.whole[:, 0]
    said(solution)
    return steps.fitted(asked, coef, C, margins, told, solution.trace)


def _judged(
    steps: Steps, asked: Asked, Cs: tuple[float, ...], found: PathSolution
) -> tuple[int, RegularisationPath | None, Floats | None]:
    """The place of the C to take, the loss at each, and the margins of rows held out."""
    rows = steps.rows
    if rows.folds is None:
        return 0, None, None
    left_out = found.out_of_fold()
    told = RegularisationPath.of(Cs, left_out, found.whole[:-1], steps.origin, rows.y, rows.weight, rows.folds)
    place = told.at(asked.choose)
    return place, told, left_out[:, place]


def _parts(place: int, bins: Binned, met: np.ndarray, sign: int, free: bool) -> Iterator[Part]:
    if isinstance(bins, Bins) and bins.edges is not None:
        code = np.arange(len(met))
        yield Part(place, np.where(code < bins.values, code, bins.values // 2), "steps", sign, free)
        for flag in np.flatnonzero(met[bins.values :]) + bins.values:
            yield Part(place, (code == flag).astype(np.intp), "steps", 0, free)
    else:
        yield Part(place, np.maximum(np.cumsum(met) - 1, 0), "steps" if free else "levels", 0, free)
