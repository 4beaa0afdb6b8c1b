"""Bootstrap: how far each figure would move with another sample of the same kind.

A resample is a row of whole-number weights, so any weighted metric can be resampled, all models see the same
resamples, and differences between models are paired. Rounds are done a chunk at a time in bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import ConfigError, DataError
from casestudies.metrics.cases import Array, Case, RowCosts, coded, weights
from casestudies.metrics.intervals import Interval, percentile
from casestudies.metrics.metric import Metric
from casestudies.metrics.registry import METRICS, metric_named
from casestudies.metrics.weighed import Weighed

_CHUNK = 1_000_000  # weights held at a time (8 MB, and a few arrays like it)


@dataclass(frozen=True, eq=False)
class Answers:
    """What one model says about the rows.

    Parameters
    ----------
    p: (rows,) score or probability of the event; None for a model that only decides.
    act: (rows,) bool, True = act on the row; None for a model that only scores.
    """

    p: ArrayLike | None = None
    act: ArrayLike | None = None


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Figures of several models on the same rows and the same resamples.

    Parameters
    ----------
    intervals: model -> metric -> Interval.
    draws: model -> metric -> (rounds,) the figure on each resample, nan where it is undefined.
    level: coverage of the intervals.
    metrics: name -> metric, of all that were asked for.
    """

    intervals: dict[str, dict[str, Interval]]
    draws: dict[str, dict[str, Array]]
    level: float
    metrics: dict[str, Metric]


def bootstrap(
    y: ArrayLike,
    models: Mapping[str, Answers],
    *,
    costs: RowCosts | None = None,
    weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    metrics: Iterable[str | Metric] | None = None,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Bootstrap:
    """Every metric of every model, each with a percentile interval from resampled rows.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event.
    models: name -> Answers on the same rows.
    costs: of the same rows; without them there are no money metrics.
    weight: (rows,) row weights, default ones.
    groups: (rows,) labels of what must not be split apart (customer, card, patient): whole groups are resampled, so
        that rows which repeat each other do not make a figure look surer than it is.
    metrics: names that `metric_named` knows, or metrics made for the occasion (`empc_metric`); by default, for each
        model, all of METRICS that its answers allow.
    rounds, level, seed: of the resampling; the same seed gives the same resamples whatever the models.

    Raises
    ------
    DataError: arrays of unequal length, values that cannot be used, missing group labels, no rows.
    ConfigError: rounds below 1, a level outside 0 to 1.
    UsageError: an unknown metric (the nearest names are given).

    Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapters 6 and 13; clusters: Davison and
    Hinkley 1997, "Bootstrap methods and their application", section 3.8.
    """
    if rounds < 1:
        raise ConfigError(f"{rounds} is not a number of rounds", where="interval.rounds", advice="write 1000")
    if not 0.0 < level < 1.0:
        raise ConfigError(f"{level} is not a coverage", where="interval.level", advice="write a share such as 0.95")
    cases = {name: Case.of(y, given.p, given.act, costs) for name, given in models.items()}
    rows = len(np.asarray(y))
    if rows == 0:
        raise DataError("there are no rows to evaluate", advice="use more rows")
    wanted = None if metrics is None else [metric_named(one) if isinstance(one, str) else one for one in metrics]
    chosen = {name: _allowed(case) if wanted is None else wanted for name, case in cases.items()}
    own = weights(weight, rows)

    values = _evaluate(cases, chosen, own[np.newaxis, :])
    parts = [_evaluate(cases, chosen, chunk * own) for chunk in resamples(rows, rounds, seed, groups)]
    draws = {
        model: {metric.name: np.concatenate([part[model][metric.name] for part in parts]) for metric in chosen[model]}
        for model in cases
    }
    intervals = {
        model: {
            metric.name: percentile(
                float(values[model][metric.name][0]), draws[model][metric.name], level, metric.undefined
            )
            for metric in chosen[model]
        }
        for model in cases
    }
    known = {metric.name: metric for some in chosen.values() for metric in some}
    return Bootstrap(intervals, draws, level, known)


def resamples(rows: int, rounds: int, seed: int, groups: ArrayLike | None = None) -> Iterator[Array]:
    """Chunks (some rounds, rows) of how often each row was drawn.

    Every round draws as many rows, or groups, as there are, with replacement; the counts are multinomial. Drawing and
    counting takes 0.25 s for 1,000 rounds of 30,000 rows, `Generator.multinomial` 1.5 s.
    """
    generator = np.random.default_rng(seed)
    group = None if groups is None else coded(groups, rows, "groups")[0]
    units = rows if group is None else int(group.max()) + 1
    size = max(1, _CHUNK // rows)
    for first in range(0, rounds, size):
        counts = np.stack(
            [
                np.bincount(generator.integers(0, units, units), minlength=units)
                for _ in range(min(size, rounds - first))
            ]
        )
        yield (counts if group is None else counts[:, group]).astype(np.float64)


def _allowed(case: Case) -> list[Metric]:
    return [metric for metric in METRICS.values() if metric.fits(case)]


def _evaluate(
    cases: Mapping[str, Case], chosen: Mapping[str, list[Metric]], weight: Array
) -> dict[str, dict[str, Array]]:
    """model -> metric -> (rounds,); one model at a time, so that only its sorted weights are held."""
    out: dict[str, dict[str, Array]] = {}
    for model, case in cases.items():
        seen = Weighed(case, weight)
        out[model] = {metric.name: metric.over(seen) for metric in chosen[model]}
    return out
