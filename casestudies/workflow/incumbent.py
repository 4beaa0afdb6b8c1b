"""Today's score or decision, judged beside the candidates on the same rows; never a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.decisions import Rule
from casestudies.errors import ConfigError, DataError, shown
from casestudies.models.calibration import Calibrator
from casestudies.workflow.compare import Judged, Sample

Parts = Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]


@dataclass(frozen=True, eq=False)
class Incumbent:
    """What is done today.

    Parameters
    ----------
    judged: on all rows of the table; (rows,) arrays, of which only the judged rows mean anything.
    sentence: how it was read, for the report.
    """

    judged: Judged
    sentence: str


def read_incumbent(
    column: str, values: pd.Series, act_value: object, sample: Sample, parts: Parts, rule: Rule, act: str
) -> Incumbent:
    """A column of two values is a decision, one with more is a score.

    A score is turned into a probability on each training part (a logistic curve of two numbers) and decided on by the
    same rule as the candidates, so that it competes at its best. Which end is risky is read off the training rows.

    Parameters
    ----------
    act_value: for a decision, the value that means to act. act: the study's word for acting ("decline").

    Raises
    ------
    ConfigError: a decision without `act_value`, or one that does not occur; a score that is not a number.
    """
    known = values.dropna()
    levels = sorted({str(v) for v in known.unique()})
    if len(levels) < 2:
        raise ConfigError(
            f"`{column}` has {'no value' if not levels else 'one value only'}",
            where="model.incumbent",
            advice="name a column with a score or a decision",
        )
    if len(levels) <= 2 or act_value is not None:
        return _decision(column, values, levels, act_value, act)
    if not pd.api.types.is_numeric_dtype(values):
        raise ConfigError(
            f"`{column}` has {len(levels)} values that are not numbers",
            where="model.incumbent",
            advice="name a numeric score, or say which value means to act with model.incumbent_act",
        )
    return _score(column, values.to_numpy(dtype=np.float64, na_value=np.nan), sample, parts, rule)


def _decision(column: str, values: pd.Series, levels: list[str], act_value: object, act: str) -> Incumbent:
    wanted = _plain(act_value)
    plain = [_plain(level) for level in levels]
    if wanted not in plain:
        raise ConfigError(
            f"`{column}` is a decision with the values {', '.join(shown(level) for level in plain)}",
            where="model.incumbent_act",
            advice=f"write which one means {act}",
        )
    acted = values.map(lambda v: _plain(v) == wanted, na_action="ignore").fillna(False).to_numpy(dtype=bool)
    missing = int(values.isna().sum())
    gap = f" {missing} rows without a decision count as not acted on." if missing else ""
    return Incumbent(Judged(None, acted), f"`{column}` is a decision; {shown(wanted)} means {act}.{gap}")


def _score(column: str, score: np.ndarray, sample: Sample, parts: Parts, rule: Rule) -> Incumbent:
    p, act = np.full(len(score), np.nan), np.zeros(len(score), dtype=bool)
    signs = []
    for train, test in parts:
        held = train[~np.isnan(score[train])]
        if len(np.unique(sample.y[held])) < 2:
            raise DataError(
                f"`{column}` is known in {len(held)} training rows, all with the same outcome",
                where="model.incumbent",
                advice="fill it, or leave it out",
            )
        centre, spread = float(score[held].mean()), float(score[held].std()) or 1.0
        standard = np.nan_to_num((score - centre) / spread)  # a row without a score gets the average one
        sign = 1.0 if _rises(standard[held], sample.y[held]) else -1.0
        signs.append(sign)
        curve = Calibrator("sigmoid").fit(sign * standard[train], sample.y[train], sample.weight[train])
        training, testing = sample.take(train), sample.take(test)
        decider = rule.fit(training.y, curve.probability(sign * standard[train]), training.costs, training.weight)
        p[test] = curve.probability(sign * standard[test])
        act[test] = decider.act(p[test], testing.costs)
    direction = "higher is riskier" if np.mean(signs) > 0 else "lower is riskier"
    missing = int(np.isnan(score).sum())
    gap = f" {missing} rows without a score get the average one." if missing else ""
    return Incumbent(
        Judged(p, act),
        f"`{column}` is a score ({direction}, read off the training rows); it is turned into a probability there and "
        f"decided on by the same rule.{gap}",
    )


def _rises(score: np.ndarray, y: np.ndarray) -> bool:
    return bool(score[y > 0].mean() >= score[y == 0].mean())


def _plain(value: object) -> str:
    """1, 1.0 and '1' are one value."""
    text = str(value).strip()
    try:
        return f"{float(text):g}"
    except ValueError:
        return text
