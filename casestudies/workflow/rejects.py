"""Those turned away earlier: is the table silent about them, how far is their score from the others', and the bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.decisions.rejects import Known, TurnedAway, as_recorded, break_even, overlap, scenarios
from casestudies.models.boosting import BoostedTrees
from casestudies.tabular.codes import CategoryCodes
from casestudies.workflow.compare import Comparison, Sample
from casestudies.workflow.incumbent import Incumbent

Floats = NDArray[np.float64]

FEW = 30  # rows of either kind; with fewer nothing is said
_ROWS = 5_000  # let through, that the second model is fitted on


@dataclass(frozen=True, eq=False)
class Rejected:
    """A table of rows that were turned away and have no outcome, read as the training table was.

    Parameters
    ----------
    frame: (rows, features). costs: of these rows, None where the training table has none. weight: (rows,) or None.
    """

    frame: pd.DataFrame
    costs: Costs | None = None
    weight: Floats | None = None


def rejects_told(
    comparison: Comparison,
    sample: Sample,
    incumbent: Incumbent | None,
    kinds: Mapping[str, str],
    *,
    rejected: Rejected | None = None,
    seed: int = 0,
    threads: int = 1,
) -> dict[str, Any]:
    """What can be said of those turned away earlier.

    Parameters
    ----------
    sample: all rows of the table. incumbent: the earlier decision, whose rows acted on have outcomes all the same.
    kinds: {column: kind}. rejected: a second table without outcomes; it goes before the incumbent.

    Returns
    -------
    `kind` is "table" (a second table was given), "decision" or "score" (of the incumbent), "few" (fewer than 30 rows of
    either kind) or "unknown" (nothing says who was turned away).
    """
    if rejected is not None:
        return _by_table(comparison, sample, rejected)
    if incumbent is None:
        return {"kind": "unknown"}
    return _by_incumbent(comparison, sample, incumbent, kinds, seed, threads)


def _by_table(comparison: Comparison, sample: Sample, rejected: Rejected) -> dict[str, Any]:
    champion = comparison.choice.champion
    judged, trained = comparison.judged[champion], comparison.trained[champion]
    held = sample.take(comparison.rows)
    if judged.p is None or len(rejected.frame) < FEW:
        return {"kind": "few", "rows": len(rejected.frame)}
    p = trained.model.probability(rejected.frame)
    costs = rejected.costs if held.costs is not None else None
    known = Known(held.y, judged.act, held.costs if costs is not None else None, held.weight)
    away = TurnedAway(p, trained.decider.act(p, rejected.costs), costs, rejected.weight)
    return {"kind": "table", "let_through": len(held.y)} | _bounds(known, away, judged.p, p)


def _by_incumbent(
    comparison: Comparison,
    sample: Sample,
    incumbent: Incumbent,
    kinds: Mapping[str, str],
    seed: int,
    threads: int,
) -> dict[str, Any]:
    """The outcomes of the rows turned away are hidden, guessed from the others, and looked up in the end."""
    rows, judged = comparison.rows, comparison.judged[comparison.choice.champion]
    away = incumbent.judged.act[rows]
    if judged.p is None or min(away.sum(), (~away).sum()) < FEW:
        return {"kind": "few", "rows": int(away.sum())}
    # a score's decisions exist on judged rows only, a decision's on all
    through = np.flatnonzero(~incumbent.judged.act) if incumbent.judged.p is None else rows[~away]
    if not 0 < sample.y[through].sum() < len(through):
        return {"kind": "few", "rows": int(away.sum())}
    held = sample.take(rows)
    p = _guessed(sample, through, rows[away], kinds, seed, threads)
    known = Known(held.y[~away], judged.act[~away], _costs(held, ~away), held.weight[~away])
    turned = TurnedAway(p, judged.act[away], _costs(held, away), held.weight[away])
    return {
        "kind": "decision" if incumbent.judged.p is None else "score",
        "let_through": int((~away).sum()),
        "fitted_on": min(len(through), _ROWS),
        "rate_let_through": float(np.average(held.y[~away], weights=held.weight[~away])),
        "recorded": asdict(as_recorded(known, turned, held.y[away])),
    } | _bounds(known, turned, judged.p[~away], judged.p[away])


def _bounds(known: Known, away: TurnedAway, score: Floats, score_away: Floats) -> dict[str, Any]:
    even = break_even(known, away)
    return {
        "overlap": asdict(overlap(score, score_away, away.weight)),
        "scenarios": [asdict(told) for told in scenarios(known, away)],
        "let_in": int((~np.asarray(away.act, dtype=bool)).sum()),
        "break_even": None if even is None or np.isinf(even) else even,
        "saves_throughout": even is not None and bool(np.isinf(even)),
    }


def _guessed(
    sample: Sample,
    through: NDArray[np.intp],
    away: NDArray[np.intp],
    kinds: Mapping[str, str],
    seed: int,
    threads: int,
) -> Floats:
    """(away,) the probability of the event by shallow trees that saw the rows let through and no other."""
    random = np.random.default_rng([seed, 12])
    rows = np.sort(random.permutation(through)[:_ROWS])
    codes = CategoryCodes(kinds).fit(sample.frame.iloc[rows])
    categorical = tuple(codes.feature_names.index(name) for name in codes.categories)
    trees = BoostedTrees(60, 8, 0.08, 20, categorical, seed=seed, threads=threads)
    trees.fit(codes.transform(sample.frame.iloc[rows]).to_numpy(), sample.y[rows], sample.weight[rows])
    return np.asarray(trees.predict_proba(codes.transform(sample.frame.iloc[away]).to_numpy())[:, 1])


def _costs(held: Sample, rows: NDArray[np.bool_]) -> Costs | None:
    return None if held.costs is None else held.costs.take(rows)
