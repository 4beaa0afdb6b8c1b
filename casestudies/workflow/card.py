"""What a run tells of a scorecard: the card itself, the reasons it gives, and one row with its way to the cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.scorecard.card import Card, Characteristic
from casestudies.models.scorecard.counterfactual import Counterfactual, Recourse
from casestudies.models.scorecard.reasons import ReasonTable, approved_points
from casestudies.tabular.bins import Bins
from casestudies.workflow.table_settings import Reasons

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_WAYS = 200  # rows whose way to the cut is looked for; a few milliseconds each


def reason_table(
    card: Card,
    settings: Reasons,
    *,
    codes: Codes,
    act: NDArray[np.bool_],
    weight: Floats | None = None,
    protected: Collection[str] = (),
    known: Collection[str] = (),
) -> ReasonTable:
    """The reasons of a card as the settings word them; `codes`, `act` and `weight` of the rows that tell the approved."""
    against = approved_points(card, codes, ~act, weight) if settings.against == "approved" else None
    return ReasonTable.of(
        card, against=against, words=settings.words, concepts=settings.concepts, protected=protected, known=known
    )


def card_told(
    card: Card,
    frame: pd.DataFrame,
    settings: Reasons,
    *,
    act: NDArray[np.bool_],
    target: Floats | None = None,
    weight: Floats | None = None,
    protected: Collection[str] = (),
    numbers: NDArray[np.intp] | None = None,
) -> dict[str, Any]:
    """Plain values of analysis/card.json.

    Parameters
    ----------
    frame: (rows, columns) the judged rows, as checked. act: (rows,) whom the rule acts on.
    target: (rows,) score from which a row is left alone (`score_at` of its threshold); None where no score alone says so.
    protected: columns that are never a reason and never change. numbers: (rows,) as people count them; from 1 if None.

    Raises
    ------
    ConfigError: the settings name columns that are not there (`ReasonTable.of`, `Recourse.of`).
    """
    codes = card.codes(frame)
    known = [str(name) for name in frame.columns]
    table = reason_table(card, settings, codes=codes, act=act, weight=weight, protected=protected, known=known)
    recourse = Recourse.of(card, settings.changeable, protected=protected, effort=settings.effort, known=known)
    score = card.score(codes)
    short = np.full(len(codes), np.nan) if target is None else target - score
    place = _nearest(score, act, short)
    return {
        "base": card.base,
        "whole": card.whole,
        "scaling": asdict(card.scaling),
        "characteristics": [_characteristic(one) for one in card.characteristics],
        "reasons": _often(table, codes[act], settings, None if weight is None else weight[act]),
        "ways": None if target is None else _ways(recourse, codes, act, target),
        "case": None
        if place is None
        else _case(card, table, recourse, codes[place], None if target is None else float(target[place]), settings.k)
        | {"row": int(numbers[place]) if numbers is not None else place + 1},
    }


def _nearest(score: Floats, act: NDArray[np.bool_], short: Floats) -> int | None:
    """Of the rows acted on, the one that misses its cut by least, or has the most points where no cut is known."""
    if not act.any():
        return None
    missing = np.where(act & np.isfinite(short), short, np.inf)
    return int(np.argmin(missing if np.isfinite(missing).any() else np.where(act, -score, np.inf)))


def _characteristic(one: Characteristic) -> dict[str, Any]:
    return {
        "name": one.name,
        "labels": list(one.bins.labels),
        "order": _order(one),
        **{key: getattr(one, key).tolist() for key in ("rows", "events", "margin", "points")},
    }


def _order(one: Characteristic) -> list[float | None]:
    """(bins,) place of a bin from 0, lowest values, to 1; None for categories, pairs, special and missing."""
    ordered = one.bins.values if isinstance(one.bins, Bins) and one.bins.edges is not None else 0
    return [j / max(1, ordered - 1) if j < ordered else None for j in range(len(one.points))]


def _often(table: ReasonTable, codes: Codes, settings: Reasons, weight: Floats | None) -> dict[str, Any]:
    """How often each concept is a reason among the rows acted on, and whether SHAP values would order them alike."""
    found = table.reasons(codes, settings.k)
    w = np.ones(len(codes)) if weight is None else weight
    total = float(w.sum()) or 1.0
    concepts: list[dict[str, Any]] = []
    for place, concept in enumerate(table.concepts):
        here = found.place == place
        times = float(w @ here.any(axis=1))
        lost = float(w @ (found.lost * here).sum(axis=1))
        first = float(w @ here[:, 0]) / total
        concepts.append(
            {"concept": concept, "any": times / total, "first": first, "lost": lost / times if times else 0.0}
        )
    concepts.sort(key=lambda one: (-one["any"], -one["first"]))
    agreement = {key: value if np.isfinite(value) else None for key, value in asdict(table.agreement(codes)).items()}
    return {"k": settings.k, "against": settings.against, "rows": len(codes), "concepts": concepts, "shap": agreement}


def _ways(recourse: Recourse, codes: Codes, act: NDArray[np.bool_], target: Floats) -> dict[str, Any] | None:
    """For how many of the rows acted on a change of the changeable columns reaches the cut, and of which columns."""
    rows = np.flatnonzero(act & np.isfinite(target))
    if not recourse.columns or not len(rows):
        return None
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, _WAYS).astype(int))]
    found = [recourse.change(codes[i], float(target[i])) for i in rows]
    reached = [one for one in found if one.reached]
    changed = Counter(change.column for one in reached for change in one.changes)
    return {
        "rows": len(rows),
        "reached": len(reached) / len(rows),
        "changes": float(np.mean([len(one.changes) for one in reached])) if reached else None,
        "columns": {name: count / len(reached) for name, count in changed.most_common()},
    }


def _case(
    card: Card, table: ReasonTable, recourse: Recourse, codes: Codes, target: float | None, k: int
) -> dict[str, Any]:
    one = codes[None, :]
    found = table.reasons(one, k)
    score = float(card.score(one)[0])
    target = None if target is None or not np.isfinite(target) else target
    if target is not None and card.whole:
        target = float(np.ceil(target - 1e-9))  # the first score that is enough
    change: Counterfactual | None = None
    if target is not None and recourse.columns:
        change = recourse.change(codes, target)
    return {
        "score": score,
        "probability": float(1 / (1 + np.exp(-card.margin(one)[0]))),
        "target": target,
        "reasons": [
            {"concept": table.concepts[place], "text": str(text), "lost": float(lost)}
            for place, text, lost in zip(found.place[0], found.text[0], found.lost[0], strict=True)
            if place >= 0
        ],
        "points": [
            {"name": c.name, "bin": c.bins.labels[code], "points": float(c.points[code]), "best": float(c.points.max())}
            for c, code in zip(card.characteristics, codes, strict=True)
        ],
        "change": None if change is None else {**asdict(change), "words": str(change)},
    }
