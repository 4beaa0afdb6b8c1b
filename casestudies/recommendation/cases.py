"""Four customers to look at: one of whom much is known, one of whom little, one whose taste has changed, and a newcomer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.factorisation.because import History
from casestudies.models.factorisation.vectors import Floats
from casestudies.recommendation.serving import Server
from casestudies.tabular.interactions import Interactions

_HEAVY, _LIGHT = 0.95, 0.1  # quantiles of interactions: the very largest are often programs
_HALF = 6  # interactions in either half of a history at least, for its halves to be told apart
_LOOKED = 1_000  # customers whose halves are compared
NEWCOMER = "a newcomer"


@dataclass(frozen=True, eq=False)
class Case:
    """kind: heavy, light, changed or cold. user: number in `history`. moved: cosine of the tastes of both halves."""

    kind: str
    user: int
    history: Interactions
    moved: float | None = None


def cases_of(server: Server, seed: int) -> list[Case]:
    """The cases that the data have; a newcomer is one row more of a history, with nothing in it."""
    data = server.fitted.data
    counts = data.by_user.counts
    active = np.flatnonzero(counts)
    out = [
        Case("heavy", _at_quantile(active, counts, _HEAVY), data),
        Case("light", _at_quantile(active, counts, _LIGHT), data),
    ]
    if (found := _changed(server, {one.user for one in out}, seed)) is not None:
        out.append(Case("changed", *found))
    cold = np.flatnonzero(counts == 0)
    if len(cold):
        out.append(Case("cold", int(cold[0]), data))
    else:
        out.append(Case("cold", data.shape[0], with_newcomer(data)))
    return out


def with_newcomer(data: Interactions) -> Interactions:
    """The same history with one user more, of whom nothing is known."""
    from dataclasses import replace

    return replace(data, user_ids=data.user_ids.astype(object).append(pd.Index([NEWCOMER], dtype=object)))


def halves(server: Server, user: int) -> tuple[Floats, Floats]:
    """Vectors of the user by the older and by the newer half of the history."""
    whole = History.of(server.fitted.data, user)
    middle, fold = len(whole) // 2, server.fitted.fold
    older, newer = (
        fold.user(whole.items[part], whole.values[part], whole.weights[part]).vector
        for part in (slice(None, middle), slice(middle, None))
    )
    return older, newer


def _at_quantile(active: NDArray[np.intp], counts: NDArray[np.intp], share: float) -> int:
    order = active[np.argsort(counts[active], kind="stable")]
    return int(order[round(share * (len(order) - 1))])


def _changed(server: Server, taken: set[int], seed: int) -> tuple[int, Interactions, float] | None:
    """The customer whose halves are least alike; None without times, or where no history is long enough."""
    data = server.fitted.data
    if data.time is None:
        return None
    long = np.setdiff1d(np.flatnonzero(data.by_user.counts >= 2 * _HALF), list(taken))
    if not len(long):
        return None
    some = np.sort(np.random.default_rng(seed).permutation(long)[:_LOOKED])
    cosines = [_cosine(*halves(server, int(user))) for user in some]
    least = int(np.argmin(cosines))
    return int(some[least]), data, float(cosines[least])


def _cosine(a: Floats, b: Floats) -> float:
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else 1.0
