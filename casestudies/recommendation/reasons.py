"""Why these items: four customers with their reasons, and whether the reasons can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.models.factorisation.because import History
from casestudies.models.factorisation.neighbours import Neighbours
from casestudies.models.factorisation.ranking import POPULARITY, SOURCES, Known, best
from casestudies.models.factorisation.vectors import Codes, Floats, Vectors
from casestudies.recommendation.cases import Case, cases_of, halves
from casestudies.recommendation.featured import featured
from casestudies.recommendation.serving import Server
from casestudies.recommendation.trust import deletion_told, stored_told

if TYPE_CHECKING:
    from casestudies.recommendation.conduct import Work

_SHOWN = 5  # items of a list that are told
_LATEST = 3  # items of a history that are told
_ALIKE = 3  # neighbours of an item
_NOBODY = np.empty(0, np.int32)


def reasons_told(work: Work) -> dict[str, Any]:
    """analysis/reasons.json: cases, the tests of the reasons, and what side features add for newcomers."""
    from casestudies.recommendation.margin import pays_of

    server = Server.of(work.saved.fitted_, work.settings.ranking, pays_of(work))
    seed = work.settings.seed
    return {
        "explicit": server.fitted.explicit,
        "half_life": server.fitted.half_life,
        "cases": [_case(server, case) for case in cases_of(server, seed)],
        "alike": _alike(server),
        "deletion": deletion_told(server, seed),
        "stored": stored_told(server, seed),
        "features": featured(server.fitted, seed),
    }


def _case(server: Server, case: Case) -> dict[str, Any]:
    history, users = case.history, np.array([case.user], np.int32)
    served = server.serve(history, users, _NOBODY)
    lists, data = served.lists, server.fitted.data
    there = np.flatnonzero(lists.filled[0])[:_SHOWN]
    own = History.of(history, case.user)
    told: dict[str, Any] = {
        "kind": case.kind,
        "user": str(history.user_ids[case.user]),
        "interactions": len(own),
        "latest": [server.fitted.titles[item] for item in own.items[::-1][:_LATEST]],
        "from": SOURCES[lists.source[0, 0]] if len(there) else "nothing",
        "moved": case.moved,
        "list": [
            {
                "item": str(data.item_ids[item]),
                "title": server.fitted.titles[item],
                "score": None if np.isnan(lists.scores[0, at]) else float(lists.scores[0, at]),
                "popularity_rank": int(server.place[item]),
                "because": served.because[0, at],
                "from": SOURCES[lists.source[0, at]],
            }
            for at, item in zip(there, lists.items[0, there], strict=True)
        ],
    }
    if len(there) and lists.source[0, 0] != POPULARITY and len(own):
        told["without"] = without_top(server, case, int(lists.items[0, 0]))
        told["parts"] = _parts(server, case, int(lists.items[0, 0]), float(lists.scores[0, 0]))
    if case.kind == "changed":
        told["older"], told["newer"] = (_titles(server, case, vector) for vector in halves(server, case.user))
    return told


def _parts(server: Server, case: Case, first: int, score: float) -> dict[str, Any]:
    """The score of the first item, taken apart: base, a part for each item met, and what the stored row learnt besides."""
    found = server.reasons(case.history, case.user, np.array([first]))
    order = found.order(0)
    return {
        "base": float(found.base[0]),
        "names": [server.fitted.titles[item] for item in found.met[order]],
        "parts": [float(part) for part in found.parts[0, order]],
        "besides": score - float(found.scores[0]),
    }


def without_top(server: Server, case: Case, first: int) -> dict[str, Any] | None:
    """The counterfactual of the first item: its largest reason had never happened; what leaves the list, what comes."""
    found = server.reasons(case.history, case.user, np.array([first]))
    if not len(found.met):
        return None
    dropped = int(found.met[found.order(0)[0]])
    whole = server.weighed(case.history, case.user)
    before, after = (_list(server, case, whole_or_less) for whole_or_less in (whole, whole.without(dropped)))
    titles = server.fitted.titles
    return {
        "item": titles[dropped],
        "part": float(found.parts[0, found.order(0)[0]]),
        "score": float(found.scores[0]),
        "score_without": float(_score(server, whole.without(dropped), first)),
        "out": [titles[item] for item in before if item not in after],
        "in": [titles[item] for item in after if item not in before],
    }


def _score(server: Server, history: History, item: int) -> float:
    fold = server.fitted.fold
    row = fold.user(history.items, history.values, history.weights)
    return float(fold.mean + fold.item_bias[item] + row.bias + fold.items[item].astype(np.float64) @ row.vector)


def _list(server: Server, case: Case, history: History) -> list[int]:
    """The first items of the folded-in user, of what he or she does not have."""
    row = server.fitted.fold.user(history.items, history.values, history.weights)
    return _of_row(server, case, row.vector)


def _of_row(server: Server, case: Case, vector: Floats) -> list[int]:
    vectors = server.fitted.served
    alone = Vectors(vector[None], vectors.items, np.zeros(1, np.float32), vectors.item_bias, vectors.mean)
    known = Known.of(case.history, server.asked.exclude_seen, server.asked.days)[case.user]
    seen = Known(np.array([0, len(known)]), known)
    found: Codes = best(alone, np.zeros(1, np.int32), server.asked.k, seen, server.filters).items[0]
    return [int(item) for item in found if item >= 0]


def _titles(server: Server, case: Case, vector: Floats) -> list[str]:
    return [server.fitted.titles[item] for item in _of_row(server, case, vector)[:_SHOWN]]


def _alike(server: Server) -> list[dict[str, Any]]:
    """The most popular items with those that stand nearest to them."""
    neighbours = Neighbours(server.fitted.vectors.items)
    out = []
    for item in np.argsort(server.place)[:_ALIKE]:
        rows, cosines = neighbours.of(int(item), _ALIKE)
        near = [{"title": server.fitted.titles[row], "cosine": float(c)} for row, c in zip(rows, cosines, strict=True)]
        out.append({"title": server.fitted.titles[int(item)], "near": near})
    return out
