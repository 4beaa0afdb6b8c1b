"""The decisions that are explained one by one: which, why these, and what is told of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.explain import agreement, doubts, explain_lime
from casestudies.explain.coded import CodedTable
from casestudies.explain.table import explain_table
from casestudies.models.mean import MeanModel
from casestudies.models.table import TableModel
from casestudies.workflow.compare import Judged
from casestudies.workflow.reasons import Worded, in_words, told
from casestudies.workflow.table_settings import TableSettings

Floats = NDArray[np.float64]

_OF_A_KIND = 12  # explained without LIME, for the page: so many of the most wrong, of the most uncertain, ...
CELLS = {"tp": "event, acted on", "fn": "event, left alone", "fp": "no event, acted on", "tn": "no event, left alone"}


@dataclass(frozen=True)
class Chosen:
    """place: among the judged rows. cell: of `CELLS`. why: it was chosen."""

    place: int
    cell: str
    why: str
    in_report: bool


def choose_cases(y: Floats, judged: Judged, costs: Costs | None, count: int) -> list[Chosen]:
    """One of each cell for the report; then the most wrong, the most uncertain, those nearest the cut, and some of all scores.

    Parameters
    ----------
    y, judged, costs: of the judged rows. count: cases of the report.
    """
    p = judged.p
    if p is None:
        return []
    event, act = y > 0, judged.act
    cells = {"tp": event & act, "fn": event & ~act, "fp": ~event & act, "tn": ~event & ~act}
    threshold = np.full(len(y), _cut(p, act)) if costs is None else costs.threshold()
    distance = np.abs(p - np.clip(threshold, 0, 1))
    want = {
        "tp": ("the surest of the events that were acted on", p),
        "fn": ("the event that looked safest", -p),
        "fp": ("the surest false alarm", p),
        "tn": ("the nearest to the cut of the rest", -distance),
    }
    chosen: list[Chosen] = []
    for name, (why, score) in want.items():
        if cells[name].any() and len(chosen) < count:
            chosen.append(Chosen(int(np.argmax(np.where(cells[name], score, -np.inf))), name, why, True))
    cell_of = np.select(list(cells.values()), list(cells), default="")
    by_score = np.argsort(p, kind="stable")
    lists = {
        "among the most wrong": np.argsort(np.where(event, p, 1 - p), kind="stable"),
        "among the most uncertain": np.argsort(np.abs(p - 0.5), kind="stable"),
        "nearest to the cut": np.argsort(distance, kind="stable"),
        "one of all scores": by_score[np.linspace(0, len(p) - 1, min(_OF_A_KIND, len(p))).astype(int)],
    }
    taken = {one.place for one in chosen}
    for why, places in lists.items():
        for place in places[:_OF_A_KIND].tolist():
            if place not in taken:
                taken.add(place)
                chosen.append(Chosen(place, str(cell_of[place]), why, len(chosen) < count))
    return chosen


def _cut(p: Floats, act: NDArray[np.bool_]) -> float:
    """The probability between rows acted on and rows left alone."""
    if act.all() or not act.any():
        return 0.0 if act.all() else 1.0
    return float((p[act].min() + p[~act].max()) / 2)


def told_cases(
    model: TableModel | MeanModel,
    frame: pd.DataFrame,
    y: Floats,
    judged: Judged,
    costs: Costs | None,
    chosen: list[Chosen],
    worded: Worded | None,
) -> list[dict[str, Any]]:
    """What explain/cases.json holds of each case: its values, its SHAP values, the decision and what it cost.

    Parameters
    ----------
    frame: (cases, features) their rows. y, judged, costs: of the judged rows.
    """
    if not chosen:
        return []
    explained, saved = explain_table(model, frame), model.probability(frame)
    margins = explained.sum()
    out = []
    for number, one in enumerate(chosen):
        place, row = one.place, frame.iloc[number : number + 1]
        base = explained.base if isinstance(explained.base, float) else explained.base[number]
        act = bool(judged.act[place])
        case: dict[str, Any] = {
            "event": bool(y[place] > 0),
            "acted": act,
            "p": float(judged.p[place]) if judged.p is not None else None,
            "p_saved": float(saved[number]),
            "threshold": None,
            "cost": None,
            "values": {name: told(row[name].iloc[0]) for name in explained.names},
            "names": list(explained.names),
            "words": [in_words(name, row[name].iloc[0], worded) for name in explained.names],
            "effects": explained.values[number],
            "base": base,
            "margin": float(margins[number]),
        }
        if costs is not None:
            own = costs.take(np.array([place]))
            case["threshold"] = float(own.threshold()[0])
            case["cost"] = own.total(y[place : place + 1], np.array([act]))
        out.append(case | {"cell": one.cell, "why": one.why, "in_report": one.in_report})
    return out


def tested_case(
    margin: Callable[[Floats], Floats],
    table: CodedTable,
    matrix: Floats,
    row: int,
    case: Mapping[str, Any],
    settings: TableSettings,
) -> dict[str, Any]:
    """LIME beside SHAP for one case, and how far they agree."""
    lime = explain_lime(
        margin,
        matrix[row],
        matrix,
        table.columns,
        categorical=table.categorical,
        samples=settings.explain.lime.samples,
        seeds=settings.explain.lime.seeds,
        seed=settings.seed,
    )[0]
    place = {name: i for i, name in enumerate(table.columns)}
    order = [place[name] for name in case["names"]]
    between = agreement(np.asarray(case["effects"]), np.asarray(lime.effects)[order])
    told_lime = lime.to_dict()
    for key in ("names", "effects", "low", "high"):
        told_lime[key] = [told_lime[key][i] for i in order]
    return {
        "lime": told_lime,
        "agreement": between.to_dict(),
        "doubts": list(doubts(lime=lime, between=between)),
    }
