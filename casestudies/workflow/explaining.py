"""The saved model explained on the analyst's own columns, and the explanations put to the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.explain import (
    DeletionTest,
    Explanation,
    additivity_error,
    deletion_test,
    doubts,
    interactions,
    label_test,
    recovery,
)
from casestudies.explain.coded import CodedTable
from casestudies.explain.sanity import LabelTest
from casestudies.explain.table import explain_table
from casestudies.models.mean import MeanModel
from casestudies.models.recipes import Recipe
from casestudies.models.table import TableModel
from casestudies.workflow.compare import Comparison, Sample
from casestudies.workflow.explained_cases import choose_cases, tested_case, told_cases
from casestudies.workflow.reasons import Worded
from casestudies.workflow.table_settings import TableSettings

Floats = NDArray[np.float64]

_SWARM_ROWS, _SWARM_COLUMNS = 100, 10
_DEPENDENCE_ROWS, _DEPENDENCE_COLUMNS = 300, 2
_TESTED_ROWS = 300  # by deletion, and beside the model of shuffled labels
_PAIRED_COLUMNS = 6  # the most important ones: 15 pairs
_SHUFFLED_ROWS, _SHUFFLED_FOLDS = 20_000, 2  # a fit as the champion's, at a fraction of its price
_DRAWN, _SHUFFLED = 7, 8  # streams of the seed


@dataclass(frozen=True, eq=False)
class Explained:
    """What explain/ of a run folder holds: global.json, cases.json, quality.json."""

    everywhere: dict[str, Any]
    cases: list[dict[str, Any]]
    quality: dict[str, Any]


def explain_model(
    model: TableModel | MeanModel,
    recipe: Recipe,
    sample: Sample,
    comparison: Comparison,
    settings: TableSettings,
    step: Callable[[float, str], None],
    numbers: NDArray[np.intp],
    planted: Mapping[str, Sequence[str]],
    worded: Worded | None = None,
) -> Explained:
    """Explain the saved model: over many rows, in some cases, and how far both can be trusted.

    Parameters
    ----------
    model: the champion, fitted on all rows by `recipe`.
    comparison: whose judged rows the cases are of.
    numbers: (all rows,) where each stands in the file, from 1.
    planted: see `casestudies.explain.recovery`; empty where the data are nobody's demo.
    worded: the study's own words for a column and its value.
    """
    frame = sample.frame[model.columns]
    table = CodedTable.of(frame)
    matrix = table.matrix(frame)
    random = np.random.default_rng([settings.seed, _DRAWN])
    some = np.sort(random.choice(len(frame), min(settings.explain.rows, len(frame)), replace=False))
    step(0.0, "global explanation")
    drawn = sample.frame.iloc[some]
    explained = explain_table(model, drawn)

    def margin(values: Floats) -> Floats:
        return model.margin(table.frame(values))

    tested = _first(explained, table.columns, _TESTED_ROWS)
    error = additivity_error(explained, model.margin(drawn))
    deletion = deletion_test(margin, matrix[some[:_TESTED_ROWS]], tested, table.typical(matrix), seed=settings.seed)
    step(0.1, "shuffled labels")
    labels = _with_shuffled_labels(recipe, sample, tested, drawn.iloc[:_TESTED_ROWS], settings)
    cases = _cases(model, margin, table, matrix, sample, comparison, settings, step, numbers, worded)
    quality = _quality(error, deletion, labels, cases) | {"rows": len(some)}
    quality["recovery"] = recovery(explained, planted).to_dict() if planted else None
    everywhere = _everywhere(explained, drawn, settings)
    most = [table.columns.index(name) for name in everywhere["importance"]["names"][:_PAIRED_COLUMNS]]
    pairs = interactions(margin, matrix, table.columns, most, seed=settings.seed, scale=explained.scale)
    return Explained({**everywhere, "interactions": pairs.to_dict()}, cases, quality)


def _first(explained: Explanation, columns: Sequence[str], rows: int) -> Explanation:
    """The first rows, with their columns in the order of the model's."""
    base = explained.base if isinstance(explained.base, float) else explained.base[:rows]
    values = explained.spread(columns)[:rows]
    return replace(explained, values=values, base=base, names=tuple(columns))


def _with_shuffled_labels(
    recipe: Recipe, sample: Sample, tested: Explanation, frame: pd.DataFrame, settings: TableSettings
) -> LabelTest | None:
    """The recipe on shuffled labels, and what it says of the same rows; None with too few events for two folds."""
    random = np.random.default_rng([settings.seed, _SHUFFLED])
    rows = np.sort(random.permutation(len(sample.y))[:_SHUFFLED_ROWS])
    part = sample.take(rows)
    known = part.weight > 0
    if min(part.y[known].sum(), (1 - part.y[known]).sum()) < 2 * _SHUFFLED_FOLDS:
        return None
    y = part.y.copy()
    y[known] = random.permutation(y[known])
    shuffled = replace(part, y=y, group=None)
    folds = shuffled.fold_labels(_SHUFFLED_FOLDS, settings.seed)
    model = recipe.fit(part.frame, y, part.weight, folds, part.costs).model
    if not model.columns:  # nothing was found, as it should be
        nothing = Explanation(np.zeros((len(frame), 0)), 0.0, (), tested.method)
        return label_test(tested, nothing, len(rows))
    return label_test(tested, explain_table(model, frame), len(rows))


def _cases(
    model: TableModel | MeanModel,
    margin: Callable[[Floats], Floats],
    table: CodedTable,
    matrix: Floats,
    sample: Sample,
    comparison: Comparison,
    settings: TableSettings,
    step: Callable[[float, str], None],
    numbers: NDArray[np.intp],
    worded: Worded | None,
) -> list[dict[str, Any]]:
    """explain/cases.json; those of the report also by LIME."""
    rows, judged = comparison.rows, comparison.judged[comparison.choice.champion]
    held = sample.take(rows)
    chosen = choose_cases(held.y, judged, held.costs, settings.explain.cases)
    places = rows[[one.place for one in chosen]]
    cases = told_cases(model, sample.frame.iloc[places], held.y, judged, held.costs, chosen, worded)
    shown = sum(one.in_report for one in chosen)
    for number, (case, row) in enumerate(zip(cases, places, strict=True)):
        case["row"] = int(numbers[row])
        if case["in_report"]:
            step(0.3 + 0.7 * number / shown, f"case {number + 1}")
            case |= tested_case(margin, table, matrix, int(row), case, settings)
    return cases


def _quality(
    error: float, deletion: DeletionTest, labels: LabelTest | None, cases: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    lime = [case["lime"] for case in cases if "lime" in case]
    between = [case["agreement"] for case in cases if "agreement" in case]
    return {
        "additivity_error": error,
        "deletion": deletion.to_dict(),
        "labels": None if labels is None else labels.to_dict(),
        "lime_jaccard": _mean(lime, "jaccard"),
        "lime_r2": _mean(lime, "r2"),
        "agreement": {key: _mean(between, key) for key in ("overlap", "sign", "spearman")},
        "doubts": list(doubts(additivity=error, deletion=deletion, labels=labels)),
    }


def _mean(told: Sequence[Mapping[str, Any]], key: str) -> float | None:
    return float(np.mean([one[key] for one in told])) if told else None


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
