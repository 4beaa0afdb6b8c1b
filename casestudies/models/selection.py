"""Which columns are worth having: four ways of choosing, repeated on halves of the rows, and what each column is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.metrics.auc import auc
from casestudies.models.elimination import eliminate
from casestudies.models.linear import cross_validated_path
from casestudies.models.linear.solving import Floats
from casestudies.models.ranking import METHODS, rank_on_halves
from casestudies.models.stability import Mask, StabilityIndex, draw, false_selections, sources_of, stability_index
from casestudies.tabular.encode import Encoder

STEADY = 0.6  # share of halves, mean of the methods, from which a choice is called steady
SURE = 0.9  # frequency at which chance is bounded
_ROWS, _MOST_ROWS, _SHARE = 2_000, 5_000, 8  # drawn for the repeats: an eighth of the rows, between these
_JUDGED_ROWS = 20_000  # drawn for how many columns to keep and what each is worth
_CELLS, _FEWEST = (
    2_000_000,
    1_000,
)  # of an encoded draw for judging (a sixth for the repeats), but so many rows at least
_CS = tuple(float(C) for C in np.logspace(-4, 1, 11))


@dataclass(frozen=True)
class Knocked:
    """What the judged rows lose without a column: rise of the log loss with its standard error, and fall of the AUC."""

    loss: float
    error: float
    auc: float


@dataclass(frozen=True)
class Selection:
    """What came out, by source column.

    Parameters
    ----------
    names: the columns. keep: how many are worth keeping.
    sizes, losses: out-of-fold log loss of the linear model with so many columns left by elimination.
    asked: how many each method is asked for on each half: `keep`, but at most half of the columns, or all would be.
    frequency: by method, (names,) share of halves in which the column was among the first `asked`.
    stability: by method, how alike the halves chose; None where there was nothing to choose.
    agreement: by pair of methods, overlap on the same halves: 1 = the same columns, 0 = as at random.
    selected: the first `keep` columns by their mean rank over methods and halves. knocked: what each of them is worth.
    chance: most columns that a frequency of 0.9 lets in by chance, in expectation.
    rows, halves: drawn rows, and halves by method. C: inverse strength of the linear models' penalty.
    """

    names: tuple[str, ...]
    keep: int
    sizes: tuple[int, ...]
    losses: tuple[float, ...]
    asked: int
    frequency: Mapping[str, tuple[float, ...]]
    stability: Mapping[str, StabilityIndex | None]
    agreement: Mapping[str, float]
    selected: tuple[str, ...]
    knocked: Mapping[str, Knocked]
    chance: float
    rows: int
    halves: Mapping[str, int]
    C: float

    @property
    def mean_frequency(self) -> dict[str, float]:
        """By column, over the methods."""
        means = np.mean([self.frequency[method] for method in METHODS], axis=0)
        return dict(zip(self.names, means.tolist(), strict=True))

    @property
    def sentences(self) -> tuple[str, ...]:
        if len(self.names) == 1:
            return ("There is one column, and nothing to choose.",)
        least = min(self.losses)
        best, loss = self.sizes[self.losses.index(least)], self.losses[self.sizes.index(self.keep)]
        if self.keep == len(self.names):
            said = [
                f"No column can go: with one fewer the linear model's out-of-fold log loss ({loss:.4f}) rises by more than "
                "a standard error."
            ]
        else:
            said = [
                f"{self.keep} of {len(self.names)} columns are enough: with them the linear model's out-of-fold log "
                f"loss is {loss:.4f}, within one standard error of the least ({least:.4f}, with {best})."
            ]
        known = {method: index for method, index in self.stability.items() if index is not None}
        if known:
            steadiest = max(known, key=lambda method: known[method].value)
            index = known[steadiest]
            said.append(
                f"{METHODS[steadiest]} chooses most alike from half to half (stability {index.value:.2f}, "
                f"{index.low:.2f} to {index.high:.2f}; 1 is always the same columns, 0 is chance)."
            )
        if self.agreement and known:
            pair = min(self.agreement, key=self.agreement.__getitem__)
            one, other = (METHODS[method] for method in pair.split("+"))
            said.append(f"The methods differ most between {one} and {other} (overlap {self.agreement[pair]:.2f}).")
        unsteady = [name for name in self.selected if self.mean_frequency[name] < STEADY]
        if unsteady and self.asked == self.keep:
            said.append(
                f"Selected, but not steadily: {', '.join(unsteady)}. On other rows another column may take the place."
            )
        idle = [name for name, knocked in self.knocked.items() if knocked.loss <= knocked.error]
        if idle:
            said.append(
                f"Selected, but not missed by more than a standard error when taken out alone: {', '.join(idle)}. "
                "Another column says the same, or there is little to say."
            )
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the sentences among them."""
        return asdict(self) | {"sentences": list(self.sentences), "mean_frequency": self.mean_frequency}


def select(
    frame: pd.DataFrame, kinds: Mapping[str, str], y: Floats, weight: Floats, folds: NDArray[np.intp], seed: int
) -> Selection:
    """Choose columns in four ways, each repeated on complementary halves of the rows.

    How many are kept is the smallest number whose out-of-fold log loss is within one standard error of the best, in an
    elimination that is repeated without each fold. All methods keep as many, so that their stability can be compared.

    Parameters
    ----------
    frame: (rows,) feature columns, as checked; kinds: {column: kind}. y: (rows,) 0/1. weight: (rows,) from 0 up.
    folds: (rows,) fold labels.
    """
    random = np.random.default_rng([seed, 11])
    encoder = Encoder(kinds, log=True).fit(frame)
    X = encoder.transform(frame)
    X /= np.where((spread := X.std(axis=0)) > 0, spread, 1.0)
    belongs, names = sources_of(encoder.origin)
    most = max(_CELLS // X.shape[1], _FEWEST)
    drawn, whole = draw(
        y, weight, min(int(np.clip(len(y) // _SHARE, _ROWS, _MOST_ROWS)), max(most // 6, _FEWEST)), random
    )
    rows, judging = draw(y, weight, min(_JUDGED_ROWS, most), random)
    judged = (X[rows], belongs, y[rows], judging, folds[rows])
    C = _best_C(X[rows], y[rows], judging, folds[rows])
    keep, sizes, losses = _how_many(*judged, C)
    ranks = rank_on_halves(frame.iloc[drawn], kinds, X[drawn], belongs, names, y[drawn], whole, C, seed)
    asked = min(keep, max(1, len(names) // 2))
    chosen = {method: each < asked for method, each in ranks.items()}
    mean = np.mean([each.mean(axis=0) for each in ranks.values()], axis=0)
    selected = [int(place) for place in np.argsort(mean, kind="stable")[:keep]]
    knocked = _knocked(*judged, C, selected)
    return Selection(
        names,
        keep,
        sizes,
        losses,
        asked,
        {method: tuple(each.mean(axis=0).tolist()) for method, each in chosen.items()},
        {method: stability_index(each) for method, each in chosen.items()},
        _agreement(chosen, asked),
        tuple(names[place] for place in selected),
        {names[place]: worth for place, worth in zip(selected, knocked, strict=True)},
        float(false_selections(asked, len(names), SURE)),
        len(drawn),
        {method: len(each) for method, each in chosen.items()},
        C,
    )


def _best_C(X: Floats, y: Floats, weight: Floats, folds: NDArray[np.intp]) -> float:
    margins = cross_validated_path(X, y, _CS, folds, weight).margins
    return _CS[int(np.argmin(weight @ _losses(margins, y)))]


def _losses(margins: Floats, y: Floats) -> Floats:
    """(rows, fits) log loss of each row, of margins (rows, fits)."""
    return np.asarray(np.logaddexp(0.0, margins) - y[:, None] * margins)


def _how_many(
    X: Floats, belongs: Floats, y: Floats, weight: Floats, folds: NDArray[np.intp], C: float
) -> tuple[int, tuple[int, ...], tuple[float, ...]]:
    """(how many columns to keep, sizes tried, their out-of-fold log loss)."""
    parts = {fold: folds == fold for fold in np.unique(folds)}
    gone = {f: eliminate(X[~held], belongs, y[~held], weight[~held], C, X[held]) for f, held in parts.items()}
    sizes = next(iter(gone.values())).sizes
    margins = np.empty((len(y), len(sizes)))
    for fold, held in parts.items():
        margins[held] = gone[fold].margins
    rows = _losses(margins, y)
    share = weight / weight.sum()
    mean = share @ rows
    apart = rows - rows[:, [int(np.argmin(mean))]]
    error = np.sqrt(share**2 @ (apart - share @ apart) ** 2)
    place = max(place for place in range(len(sizes)) if mean[place] - mean.min() <= error[place])
    return sizes[place], sizes, tuple(mean.tolist())


def _agreement(chosen: Mapping[str, Mask], asked: int) -> dict[str, float]:
    """Overlap of each two methods on the halves both saw, corrected for chance; none when all columns are kept."""
    columns = next(iter(chosen.values())).shape[1]
    if asked == columns:
        return {}
    by_chance = asked**2 / columns
    out = {}
    for one, other in combinations(chosen, 2):
        common = min(len(chosen[one]), len(chosen[other]))
        shared = float((chosen[one][:common] & chosen[other][:common]).sum(axis=1).mean())
        out[f"{one}+{other}"] = (shared - by_chance) / (asked - by_chance)
    return out


def _knocked(
    X: Floats, belongs: Floats, y: Floats, weight: Floats, folds: NDArray[np.intp], C: float, selected: list[int]
) -> list[Knocked]:
    """What each selected column is worth: the linear model of all of them, out of fold, without it."""
    share = weight / weight.sum()

    def judged(sources: list[int]) -> Floats:
        """(rows,) log-odds out of fold; without a column, the base rate."""
        used = belongs[:, sources].any(axis=1)
        matrix = X[:, used] if used.any() else np.zeros((len(y), 1))
        return np.asarray(cross_validated_path(matrix, y, (C,), folds, weight).margins[:, 0])

    with_all = judged(selected)
    loss, area = _losses(with_all[:, None], y)[:, 0], auc(y, with_all, weight)
    out = []
    for source in selected:
        without = judged([one for one in selected if one != source])
        apart = _losses(without[:, None], y)[:, 0] - loss
        mean = float(share @ apart)
        error = float(np.sqrt(share**2 @ (apart - mean) ** 2))
        out.append(Knocked(mean, error, area - auc(y, without, weight)))
    return out
