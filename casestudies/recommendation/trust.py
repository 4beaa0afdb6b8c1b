"""Reasons put to the test: do they add up, does what they name move the score, and how far is the stored row from them?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.models.factorisation.because import History, because
from casestudies.models.factorisation.ranking import MODEL, Known, best
from casestudies.models.factorisation.vectors import Vectors
from casestudies.recommendation.serving import Server

_TESTED = 200  # customers
_COMPARED = 500
_LEAST = 3  # items met, or the largest reason is hardly a choice
_NOBODY = np.empty(0, np.int32)


def deletion_told(server: Server, seed: int) -> dict[str, Any] | None:
    """For some customers the first item of their list: its score without the largest reason, and without a random one.

    Each deletion folds the customer in again from what is left, so that the test does not believe what it tests.
    None where no history is long enough.
    """
    data, fold = server.fitted.data, server.fitted.fold
    rng = np.random.default_rng(seed)
    users = _sample(np.flatnonzero(data.by_user.counts >= _LEAST), _TESTED, rng)
    if not len(users):
        return None
    (folded, lists), weights = _lists(server, users), server.weights(data)
    top: list[float] = []
    random: list[float] = []
    errors: list[float] = []
    for user, item in zip(users, lists[:, 0], strict=True):
        if item < 0:
            continue
        history = History.of(data, int(user), weights)
        found = because(fold, history, [item])
        if len(found.met) < 2:
            continue
        order = found.order(0)
        score = float(_score(server, folded, int(user), int(item)))
        errors.append(abs(float(found.scores[0]) - score))
        other = int(rng.integers(1, len(order)))
        for place, moved in ((0, top), (other, random)):
            left = because(fold, history.without(int(found.met[order[place]])), [item])
            moved.append(abs(float(left.scores[0] - found.scores[0])))
    if not top:
        return None
    return {
        "customers": len(top),
        "top": float(np.mean(top)),
        "random": float(np.mean(random)),
        "larger": float(np.mean(np.array(top) > np.array(random))),
        "error": float(np.max(errors)),
    }


def stored_told(server: Server, seed: int) -> dict[str, Any] | None:
    """How far stored rows, learnt along with all others, are from those that their history alone would give.

    None where lists are made of folded-in rows anyway; no customers where the model's own choice is in no list.
    """
    if server.fitted.half_life is not None:
        return None
    data = server.fitted.data
    users = _sample(np.flatnonzero(data.by_user.counts), _COMPARED, np.random.default_rng(seed))
    folded, lists = _lists(server, users)
    known = Known.of(data, server.asked.exclude_seen, server.asked.days)
    stored = best(server.fitted.served, users, server.asked.k, known, server.filters, MODEL).items
    there = stored >= 0
    if not there.any():
        return {"customers": 0}
    shared = [len(np.intersect1d(a[a >= 0], b[b >= 0])) for a, b in zip(stored, lists, strict=True)]
    row, place = np.nonzero(there)
    own = server.fitted.served.pairs(users[row], stored[row, place])
    other = folded.pairs(users[row], stored[row, place])
    return {
        "customers": len(users),
        "overlap": float(np.sum(shared) / max(1, there.sum())),
        "difference": float(np.mean(np.abs(own - other))),
        "spread": float(np.std(own)),
    }


def _lists(server: Server, users: NDArray[np.intp]) -> tuple[Vectors, NDArray[np.int32]]:
    """All rows with those of `users` folded in, and the lists of these."""
    data, vectors = server.fitted.data, server.fitted.vectors
    theirs = np.flatnonzero(np.isin(data.user, users))
    rows, bias = server.fitted.fold.users(data.take(theirs), server.weights(data)[theirs])
    folded = Vectors(rows, vectors.items, bias, vectors.item_bias, vectors.mean)
    known = Known.of(data, server.asked.exclude_seen, server.asked.days)
    return folded, best(folded, users, server.asked.k, known, server.filters).items


def _score(server: Server, folded: Vectors, user: int, item: int) -> float:
    """In double precision, from the row itself."""
    product = folded.users[user].astype(np.float64) @ folded.items[item].astype(np.float64)
    return float(product + folded.user_bias[user] + folded.item_bias[item] + folded.mean)


def _sample(users: NDArray[np.intp], most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    return np.sort(rng.permutation(users)[:most])
