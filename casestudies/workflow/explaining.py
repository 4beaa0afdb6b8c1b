"""The saved model explained on the analyst's own columns, and the explanations put to the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.errors import one_line
from casestudies.explain import Explanation, additivity_error, agreement, deletion_test, doubts, explain_lime
from casestudies.explain.table import explain_table
from casestudies.models.mean import MeanModel
from casestudies.models.table import TableModel
from casestudies.workflow.compare import Judged
from casestudies.workflow.table_settings import TableSettings

Floats = NDArray[np.float64]
Worded = Callable[[str, Any], str | None]  # of a column and its value: a study's own words, where it has any

_SWARM_ROWS, _SWARM_COLUMNS = 100, 10
_DEPENDENCE_ROWS, _DEPENDENCE_COLUMNS = 300, 2
_DELETION_ROWS = 300
_MORE_CASES = 36  # explained without LIME, for the page
CELLS = {"tp": "event, acted on", "fn": "event, left alone", "fp": "no event, acted on", "tn": "no event, left alone"}


@dataclass(frozen=True, eq=False)
class Explained:
    """What explain/ of a run folder holds: global.json, cases.json, quality.json."""

    everywhere: dict[str, Any]
    cases: list[dict[str, Any]]
    quality: dict[str, Any]


@dataclass(frozen=True, eq=False)
class CodedTable:
    """Source columns as one float matrix and back: levels as whole codes, gaps as NaN. What LIME draws in.

    `levels` holds each category's levels, in the order of the codes.
    """

    columns: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> CodedTable:
        levels = {
            str(name): tuple(map(str, column.cat.categories))
            for name, column in frame.items()
            if isinstance(column.dtype, pd.CategoricalDtype)
        }
        return cls(tuple(map(str, frame.columns)), levels)

    @property
    def categorical(self) -> list[int]:
        return [place for place, name in enumerate(self.columns) if name in self.levels]

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """(rows, columns) float64."""
        out = np.empty((len(frame), len(self.columns)))
        for place, name in enumerate(self.columns):
            if name in self.levels:
                codes = frame[name].cat.codes.to_numpy().astype(np.float64)
                out[:, place] = np.where(codes < 0, np.nan, codes)
            else:
                out[:, place] = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        return out

    def frame(self, matrix: Floats) -> pd.DataFrame:
        """The table a matrix stands for; a code that was never seen counts as missing."""
        columns: dict[str, Any] = {}
        for place, name in enumerate(self.columns):
            values = matrix[:, place]
            if name in self.levels:
                known = np.isfinite(values) & (values >= 0) & (values < len(self.levels[name]))
                codes = np.where(known, values, -1).astype(np.int64)
                columns[name] = pd.Categorical.from_codes(codes, categories=pd.Index(self.levels[name], dtype="str"))
            else:
                columns[name] = values
        return pd.DataFrame(columns)

    def typical(self, matrix: Floats) -> Floats:
        """(columns,) the mean of each number and the commonest code of each category: "nothing special"."""
        out = np.empty(len(self.columns))
        for place, name in enumerate(self.columns):
            known = matrix[~np.isnan(matrix[:, place]), place]
            if name in self.levels:
                out[place] = np.bincount(known.astype(np.int64)).argmax() if known.size else np.nan
            else:
                out[place] = known.mean() if known.size else np.nan
        return out


def explain_model(
    model: TableModel | MeanModel,
    frame: pd.DataFrame,
    y: Floats,
    rows: NDArray[np.intp],
    judged: Judged,
    costs: Costs | None,
    settings: TableSettings,
    step: Callable[[float, str], None],
    numbers: NDArray[np.intp],
    worded: Worded | None = None,
) -> Explained:
    """Explain the saved model: over many rows, in a few cases, and how far both can be trusted.

    Parameters
    ----------
    frame: (all rows, features) as checked. y: (all rows,).
    rows: (judged,) positions of the judged rows; judged: the champion's probability and action there.
    costs: of the judged rows. numbers: (all rows,) where each stands in the file, from 1.
    worded: the study's own words for a column and its value.
    """
    table = CodedTable.of(frame[model.columns])
    random = np.random.default_rng([settings.seed, 7])
    some = np.sort(random.choice(len(frame), min(settings.explain.rows, len(frame)), replace=False))
    step(0.0, "global explanation")
    sample = frame.iloc[some]
    explained = explain_table(model, sample)
    matrix = table.matrix(frame[model.columns])

    def margin(values: Floats) -> Floats:
        return model.margin(table.frame(values))

    tested = slice(0, _DELETION_ROWS)
    part = Explanation(explained.values[tested], _base(explained, tested), explained.names, explained.method)
    error = additivity_error(explained, model.margin(sample))
    deletion = deletion_test(margin, matrix[some[tested]], part, table.typical(matrix), seed=settings.seed)
    chosen = _cases(y[rows], judged, costs, settings.explain.cases)
    cases = []
    for number, (place, cell, why) in enumerate(chosen):
        step(0.1 + 0.9 * number / len(chosen), f"case {number + 1}")
        told = _case(model, frame.iloc[rows[place : place + 1]], y[rows[place]], judged, costs, place, worded)
        told |= {
            "row": int(numbers[rows[place]]),
            "cell": cell,
            "why": why,
            "in_report": number < settings.explain.cases,
        }
        if told["in_report"]:
            told |= _tested(margin, table, matrix, rows[place], told, settings)
        cases.append(told)
    lime = [case["lime"] for case in cases if "lime" in case]
    between = [case["agreement"] for case in cases if "agreement" in case]
    quality = {
        "additivity_error": error,
        "deletion": deletion.to_dict(),
        "lime_jaccard": float(np.mean([told["jaccard"] for told in lime])),
        "lime_r2": float(np.mean([told["r2"] for told in lime])),
        "agreement": {key: float(np.mean([told[key] for told in between])) for key in ("overlap", "sign", "spearman")},
        "doubts": list(doubts(additivity=error, deletion=deletion)),
        "rows": len(some),
    }
    return Explained(_everywhere(explained, sample, settings), cases, quality)


def reasons_of(
    model: TableModel | MeanModel, frame: pd.DataFrame, k: int = 4, worded: Worded | None = None
) -> list[str]:
    """(rows,) what raises each row's risk most, in words, by the saved model."""
    return reasons(explain_table(model, frame), frame, k, worded)


def reasons(explained: Explanation, frame: pd.DataFrame, k: int = 4, worded: Worded | None = None) -> list[str]:
    """(rows,) the columns that raise each row's risk most, in words: "income 1,200 (+0.42); ...".

    Each column's cells are put into words once a value, not once a row: 100,000 rows of 11 columns take 0.4 s.
    """
    values = explained.values
    k = min(k, values.shape[1])
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    size = np.take_along_axis(values, order, axis=1)
    shown = size > 0
    shown[:, 0] = True  # whoever is declined is told something
    words = np.full(order.shape, "", dtype=object)
    for column, name in enumerate(explained.names):
        rows, places = np.nonzero((order == column) & shown)
        if len(rows):
            words[rows, places] = _in_words(name, frame, rows, worded)
    amounts = [f" ({amount:+.2f})" for amount in size[shown].tolist()]
    words[shown] += np.array(amounts, dtype=object)
    return ["; ".join(filter(None, row)) for row in words.tolist()]


def _in_words(name: str, frame: pd.DataFrame, rows: NDArray[np.intp], worded: Worded | None) -> NDArray[np.object_]:
    """(rows,) "income 1,200" of some rows; a name that is no column (a pair of them) stands for itself."""
    if name not in frame.columns:
        return np.full(len(rows), one_line(name), dtype=object)
    codes, distinct = pd.factorize(frame[name].iloc[rows], use_na_sentinel=True)
    texts = [one_line(in_words(name, value, worded) or f"{name} {told(value)}") for value in [*distinct, None]]
    return np.array(texts, dtype=object)[codes]  # the last is for code -1, a gap


def in_words(name: str, value: Any, worded: Worded | None) -> str | None:
    """What the study says of a column and its value; None where it has no words of its own."""
    return None if worded is None else worded(name, value)


def told(value: Any) -> str:
    """A cell as a reader expects it: 1,200 or 0.35 or 'rent', missing where there is none."""
    if pd.isna(value):
        return "missing"
    if isinstance(value, (int, float, np.number)):
        number = float(value)
        whole = number.is_integer() or abs(number) >= 1000
        return f"{number:,.0f}" if whole and abs(number) < 1e12 else f"{number:.4g}"
    return str(value)


def _base(explained: Explanation, rows: slice) -> float | Floats:
    return explained.base if isinstance(explained.base, float) else explained.base[rows]


def _everywhere(explained: Explanation, sample: pd.DataFrame, settings: TableSettings) -> dict[str, Any]:
    importance = explained.importance(level=settings.interval.level, seed=settings.seed)
    top = list(importance.names[:_SWARM_COLUMNS])
    swarm_rows = np.linspace(0, len(sample) - 1, min(_SWARM_ROWS, len(sample))).astype(int)
    place = {name: i for i, name in enumerate(explained.names)}
    swarm = {
        name: {
            "effect": explained.values[swarm_rows, place[name]],
            "rank": _ranks(sample[name])[swarm_rows],
        }
        for name in top
    }
    numeric = [name for name in importance.names if pd.api.types.is_numeric_dtype(sample[name])]
    thin = np.linspace(0, len(sample) - 1, min(_DEPENDENCE_ROWS, len(sample))).astype(int)
    dependence = {
        name: {
            "value": sample[name].to_numpy(dtype=np.float64, na_value=np.nan)[thin],
            "effect": explained.values[thin, place[name]],
        }
        for name in numeric[:_DEPENDENCE_COLUMNS]
    }
    return {
        "method": explained.method,
        "scale": explained.scale,
        "rows": len(sample),
        "importance": importance.to_dict(),
        "swarm": swarm,
        "dependence": dependence,
    }


def _ranks(column: pd.Series) -> Floats:
    """(rows,) from 0, the smallest value, to 1, the largest; NaN for categories and gaps."""
    if not pd.api.types.is_numeric_dtype(column):
        return np.full(len(column), np.nan)
    rank = column.rank(pct=True).to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(rank)


def _cases(y: Floats, judged: Judged, costs: Costs | None, count: int) -> list[tuple[int, str, str]]:
    """(position, cell, why it was chosen): one of each cell first, then the most wrong and those nearest the cut."""
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
    chosen: list[tuple[int, str, str]] = []
    for name, (why, score) in want.items():
        if cells[name].any() and len(chosen) < count:
            chosen.append((int(np.argmax(np.where(cells[name], score, -np.inf))), name, why))
    taken = {place for place, _, _ in chosen}
    cell_of = np.select(list(cells.values()), list(cells), default="")
    wrong = np.where(event, 1 - p, p)
    lists = {"among the most wrong": -wrong, "nearest to the cut": distance}
    for why, order in lists.items():
        for place in np.argsort(order, kind="stable")[: _MORE_CASES // len(lists)]:
            if int(place) not in taken:
                taken.add(int(place))
                chosen.append((int(place), str(cell_of[place]), why))
    return chosen


def _cut(p: Floats, act: NDArray[np.bool_]) -> float:
    """The probability between rows acted on and rows left alone."""
    if act.all() or not act.any():
        return 0.0 if act.all() else 1.0
    return float((p[act].min() + p[~act].max()) / 2)


def _case(
    model: TableModel | MeanModel,
    row: pd.DataFrame,
    y: float,
    judged: Judged,
    costs: Costs | None,
    place: int,
    worded: Worded | None,
) -> dict[str, Any]:
    explained = explain_table(model, row)
    saved = float(model.probability(row)[0])
    act = bool(judged.act[place])
    out: dict[str, Any] = {
        "event": bool(y > 0),
        "acted": act,
        "p": float(judged.p[place]) if judged.p is not None else None,
        "p_saved": saved,
        "threshold": None,
        "cost": None,
        "values": {name: told(row[name].iloc[0]) for name in explained.names},
        "names": list(explained.names),
        "words": [in_words(name, row[name].iloc[0], worded) if name in row else None for name in explained.names],
        "effects": explained.values[0],
        "base": explained.base if isinstance(explained.base, float) else explained.base[0],
        "margin": float(explained.sum()[0]),
    }
    if costs is not None:
        one = costs.take(np.array([place]))
        out["threshold"] = float(one.threshold()[0])
        out["cost"] = one.total(np.array([y]), np.array([act]))
    return out


def _tested(
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
