"""The learning curve of the lists: the champion fitted on nested shares of what is known, judged on the same customers.

Shares are of single choices, drawn at random over all customers and all times: with a tenth of the rows everybody's history
is a tenth as long, as it was when the shop was younger. What a customer had before is left out of a list whatever the share,
so that all of them rank the same items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import CaseError
from casestudies.metrics.ranking import Ranked, ndcg
from casestudies.recommendation.comparison import serving
from casestudies.workflow.doubling import ROUNDS, Measured, Resampling, curve_told
from casestudies.workflow.shares import DRAWS, SHARES, kept

if TYPE_CHECKING:
    from casestudies.models.factorisation.base import Recommender
    from casestudies.recommendation.conduct import Work

Floats = NDArray[np.float64]

LEAST = 200  # choices that the smallest share must hold


def learning_told(work: Work) -> dict[str, Any]:
    """analysis/learning.json: NDCG of the lists, and where the champion foretells ratings their RMSE; see `curve_told`."""
    known, settings = work.parts.known, work.settings
    if SHARES[0] * len(known) < LEAST:
        return {"none": f"too few to say: a tenth of the {len(known):,} known choices are fewer than {LEAST}"}
    k, champion = work.judged.told["k"], work.comparison.champion
    rates = work.comparison.fitted[champion].rates and work.data.rating is not None
    lists, misses, points = [], [], []
    for share, draws in zip(SHARES[:-1], DRAWS[:-1], strict=True):
        models = []
        for draw in range(draws):
            rows = known[kept(np.arange(len(known)), np.zeros(len(known)), share, (settings.seed, draw))]
            try:
                models.append(serving(work.comparison, settings).fit(work.data.take(rows)))
            except CaseError as error:
                return {
                    "none": f"too few to say: with {100 * share:g} % of the known choices there is no fit ({error.what})"
                }
        points.append({"share": share, "rows": len(rows), "draws": draws, "own": None})
        lists.append(np.stack([_quality(work.judged.panel.rank(model, k)[0], k) for model in models]))
        misses.append(np.stack([_missed(work, model) for model in models]) if rates else np.empty(0))
    points.append({"share": 1.0, "rows": len(known), "draws": 1, "own": None})
    lists.append(_quality(work.judged.ranked[champion], k)[None, :])
    misses.append(_missed(work, work.comparison.fitted[champion])[None, :] if rates else np.empty(0))
    figures = {f"ndcg_at_{k}": Measured(lists, np.ones(lists[-1].shape[1]), best=1.0)}
    if rates:
        figures["rmse"] = Measured(misses, np.ones(len(work.parts.test)), work.data.user[work.parts.test], root=True)
    how = Resampling(min(ROUNDS, settings.interval.rounds), settings.interval.level, settings.seed)
    popular = work.judged.metrics.get("popularity", {}).get(f"ndcg_at_{k}", {}).get("value") or 0.0
    return {"by": None, "judged": lists[-1].shape[1], **curve_told(points, figures, float(popular), how)}


def _quality(ranked: Ranked, k: int) -> Floats:
    """(judged,) NDCG of each customer."""
    return np.asarray(ndcg(ranked, k), dtype=np.float64)


def _missed(work: Work, model: Recommender) -> Floats:
    """(test rows,) squared errors of the predicted ratings."""
    test, data = work.parts.test, work.data
    if data.rating is None:
        raise ValueError("nothing was rated")
    given = np.asarray(data.rating[test], dtype=np.float64)
    return (given - np.asarray(model.rate(data.user[test], data.item[test]), dtype=np.float64)) ** 2
