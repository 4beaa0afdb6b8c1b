"""LIME for tables, repeated until it shows how far it can be trusted: the one place that knows the `lime` library."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casestudies.errors import DataError
from casestudies.explain.explanation import LOG_ODDS, largest, top_count

Floats = NDArray[np.float64]

STABLE = 0.85  # top-k Jaccard between seeds (Visani et al. 2022): of five columns one changes now and then
RARE = 0.05  # a level of the row that is rarer than this is drawn this often, so that its weight is measured at all


@dataclass(frozen=True)
class LimeExplanation:
    """One row's LIME effects, averaged over seeds, and what the seeds disagree on.

    Parameters
    ----------
    names: one per column.
    effects: (features,) mean over seeds; coefficient times distance from the average, comparable with SHAP values.
    low, high: (features,) whiskers: one standard deviation over the seeds to either side.
    r2: share of the score's variation around the row that the straight line explains, mean over seeds.
    jaccard: overlap of the `k` largest effects between seeds, mean over pairs; 1 = always the same columns.
    k: how many columns count as largest.
    scale: what the effects are amounts of.
    """

    names: tuple[str, ...]
    effects: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    r2: float
    jaccard: float
    k: int
    scale: str

    @property
    def stable(self) -> bool:
        return self.jaccard >= STABLE

    @property
    def sentence(self) -> str:
        fit = f"its straight line explains {self.r2:.0%} of the score's variation around this row"
        if self.stable:
            return f"stable: repeated draws share {self.jaccard:.0%} of their top {self.k} columns; {fit}"
        return (
            f"unstable: repeated draws share only {self.jaccard:.0%} of their top {self.k} columns, "
            f"do not read the order; {fit}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the verdict among them."""
        return asdict(self) | {"stable": self.stable, "sentence": self.sentence}


def explain_lime(
    predict: Callable[[Floats], Floats],
    rows: ArrayLike,
    background: ArrayLike,
    names: Sequence[str],
    *,
    categorical: Sequence[int] = (),
    samples: int = 5000,
    seeds: int = 5,
    seed: int = 0,
    k: int = 5,
    scale: str = LOG_ODDS,
) -> list[LimeExplanation]:
    """Each row's score by a straight line fitted to the model's answers around it, `seeds` times over.

    Numbers are drawn from a normal around the row with the background's spread, categories from the background. LIME's
    own default draws around the average: equally steady on usual rows, but a row 20 standard deviations out (a fraud)
    then has no neighbours and every effect shrinks to 0. LIME's quartiles are left out, since they waver more. A number
    missing in the row, and a column without variation, is treated as a category: "as here" against the background's
    values. Every row and seed has an explainer and a generator of its own, seeded by the row's content, so neither
    order nor company of the rows matters.

    An effect is the local coefficient times the row's distance from the background: `x - mean` for a number,
    `1 - share of the row's level` for a category. For a score linear in the columns it is the SHAP value.

    Parameters
    ----------
    predict: (n, features) source columns, NaN where missing, to (n,) scores on `scale`.
    rows, background: (rows, features) and (many, features); numbers, and whole codes in the `categorical` columns.
    categorical: columns that hold codes; codes and gaps never seen in the background are allowed.
    samples, seeds, seed: draws for one fit, fits for one row, and the number that all of them derive from.
    k: columns that count as the top when stability is judged, at most half of them.

    Raises
    ------
    DataError: fewer than two seeds or background rows, or infinite values in either table.

    Source: Ribeiro, Singh & Guestrin 2016, "Why should I trust you?", KDD; stability indices: Visani et al. 2022,
    "Statistical stability indices for LIME", Journal of the Operational Research Society 73.
    """
    rows = np.atleast_2d(np.asarray(rows, dtype=np.float64))
    background = np.asarray(background, dtype=np.float64)
    if seeds < 2 or len(background) < 2:
        raise DataError("LIME wants two seeds and two background rows at least", where="explain.lime")
    if np.isinf(rows).any() or np.isinf(background).any():
        raise DataError("LIME cannot draw around infinite values", where="explain.lime", advice="mark them as missing")
    explained = []
    for row in rows:
        scene = _Scene.around(row, background, categorical)
        states = np.random.SeedSequence([seed, _content(row)]).generate_state(seeds)
        fits = [scene.fit(predict, samples, int(state)) for state in states]
        explained.append(_summary(fits, names, top_count(len(names), k), scale))
    return explained


def _content(row: Floats) -> int:
    """A number made from what a person would call the row's content: 0.0 is -0.0, and a gap is a gap."""
    return int.from_bytes(
        hashlib.blake2b(np.where(np.isnan(row), np.nan, row + 0.0).tobytes(), digest_size=16).digest()
    )


def _summary(fits: Sequence[tuple[Floats, float]], names: Sequence[str], k: int, scale: str) -> LimeExplanation:
    """What the fits of one row, (features,) effects and R2 each, have in common and where they differ."""
    effects = np.array([effect for effect, _ in fits])
    mean, spread = effects.mean(axis=0), effects.std(axis=0, ddof=1)
    tops = [set(columns.tolist()) for columns in largest(effects, k)]
    return LimeExplanation(
        names=tuple(names),
        effects=tuple(mean.tolist()),
        low=tuple((mean - spread).tolist()),
        high=tuple((mean + spread).tolist()),
        r2=float(np.mean([r2 for _, r2 in fits])),
        jaccard=float(np.mean([len(a & b) / len(a | b) for a, b in combinations(tops, 2)])),
        k=k,
        scale=scale,
    )


@dataclass(frozen=True, eq=False)
class _Scene:
    """A row and its background as LIME can take them: no gaps in the row, and categories that can be drawn.

    LIME reads the background column by column (means, spreads, shares of levels), so a column may be changed alone.
    """

    row: Floats
    background: Floats
    levels: tuple[int, ...]  # columns where LIME asks "the row's value or another?" instead of measuring a distance
    gaps: Floats  # (features,) the number that stands for "missing" in a column of levels; NaN elsewhere
    distance: Floats  # (features,) of the row from the background's average, in the units of LIME's coefficients

    @classmethod
    def around(cls, row: Floats, background: Floats, categorical: Sequence[int]) -> _Scene:
        row, background = row.copy(), background.copy()
        gaps, distance = np.full(len(row), np.nan), np.empty(len(row))
        for column, values in enumerate(background.T):  # views: what is written here stands in the copy
            known = values[~np.isnan(values)]
            # a spread lost in rounding is no spread: coefficients would be noise times 1e14
            varies = len(np.unique(known)) > 1 and known.std() > 1e-9 * np.abs(known).max()
            if column not in categorical and not np.isnan(row[column]) and varies:
                distance[column] = (row[column] - known.mean()) / known.std()
                continue
            lowest = min(known.min(initial=0.0), np.nan_to_num(row[column]))
            gaps[column] = 2.0 * lowest - 1.0
            values[np.isnan(values)] = gaps[column]
            row[column] = gaps[column] if np.isnan(row[column]) else row[column]
            share = float(np.mean(values == row[column]))
            distance[column] = 1.0 - share
            if share < RARE:
                values[:: round(1 / RARE)] = row[column]
        return cls(row, background, tuple(np.flatnonzero(~np.isnan(gaps)).tolist()), gaps, distance)

    def fit(self, predict: Callable[[Floats], Floats], samples: int, state: int) -> tuple[Floats, float]:
        """One LIME fit: (features,) effects, coefficient times distance, and the R2 of the line."""
        from lime.lime_tabular import LimeTabularExplainer

        explainer = LimeTabularExplainer(
            self.background,
            mode="regression",
            categorical_features=list(self.levels),
            feature_selection="none",
            discretize_continuous=False,
            sample_around_instance=True,
            random_state=state,
        )
        told = explainer.explain_instance(self.row, lambda drawn: predict(self._source(drawn)), num_samples=samples)
        coefficients = np.zeros(len(self.row))
        for column, coefficient in told.local_exp[1]:
            coefficients[column] = coefficient
        return coefficients * self.distance, float(told.score)

    def _source(self, drawn: Floats) -> Floats:
        """LIME's draws as source rows: gaps are NaN again."""
        return np.where(drawn == self.gaps, np.nan, drawn)
