"""Windows moved through time: the champion refitted before each, beside the one that was fitted first and left alone.

Each window is judged by models that saw only rows whose label was known when it began. That says how fast a model ages
and when a refit would have paid; nothing of the study is chosen by it.

Source: Dal Pozzolo et al. 2018, "Credit card fraud detection: a realistic modeling and a novel learning strategy", IEEE
TNNLS 29(8), for the delay; Gama, Sebastião and Rodrigues 2013, "On evaluating stream learning algorithms", Machine
Learning 90, for prequential figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions.deciders import SHARED
from casestudies.metrics import Answers, bootstrap, paired
from casestudies.metrics.intervals import Interval
from casestudies.metrics.means import mean_intervals
from casestudies.models.recipes import Recipe
from casestudies.tabular.drift import chance_limit, psi
from casestudies.workflow.compare import Judged, Plan, Sample, Trained, train_one
from casestudies.workflow.load import rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.table_settings import Windows
from casestudies.workflow.time_windows import Floats, Index, Window, clock, layout

if TYPE_CHECKING:
    from casestudies.workflow.analyses import Work

MOST = 8_000  # training rows of a fit: all events, and others, each standing for several
_FOLDS = 2  # for calibration and cut inside a training window; five would double the time
_BINS = (*np.linspace(0, 1, 11)[1:-1], 0.99)  # quantiles of the score; the last one, because decisions are taken there
_LEVEL = 0.05  # of all windows together that may be called moved though nothing has
_DRAWS = 20_000_000  # weights drawn for the intervals at most; rounds are fewer where rows are many


@dataclass(frozen=True)
class Further:
    """A figure that only one study knows.

    Parameters
    ----------
    name: as the report calls it. told: of (window's rows,) positions in the table and their probabilities, the figure
        from 0 to 1 as {"value", "low", "high"}.
    """

    name: str
    told: Callable[[Index, Floats], Mapping[str, float]]


@dataclass(frozen=True, eq=False)
class _Step:
    """One window after its fit: (its rows,) positions, and what the refitted and the frozen model say of them."""

    window: Window
    rows: Index
    train: int
    train_events: int
    refit: Judged
    frozen: Judged
    shared: bool  # the rule's limit holds for all rows of a window together


def windows_told(work: Work, further: Further | None = None) -> dict[str, Any]:
    """analysis/windows.json.

    Parameters
    ----------
    further: a figure of the study's own, told of both models in each window.

    Returns
    -------
    {"none": why there are no windows}, or {"time", "dated", "delay", "training": sampled rows or None, "rounds",
    "windows": one entry each, "paid": cumulated money of refitting, None without costs}.
    """
    settings: Any = work.settings
    asked: Windows = settings.windows
    time = work.loaded.column("time")
    if time is None:
        return {"none": "no column of time is named (data.time), so there are no windows to move"}
    when, dated = clock(work.loaded.checked.frame[time])
    delay = float(settings.split.delay or 0) if dated else 0.0
    found = layout(when, work.sample.y, asked, delay, dated)
    head = {
        "time": work.loaded.checked.sources[time],
        "dated": dated,
        "delay": delay,
        "events": int(work.sample.y.sum()),
    }
    if isinstance(found, str):
        return {**head, "none": found}
    recipes = recipes_of(settings, {name: work.kinds[name] for name in work.loaded.checked.features})
    recipe = next(one for one in recipes if one.name == work.comparison.choice.champion)
    plan = Plan(rule_of(settings), settings.model.calibrate, _FOLDS, settings.seed)
    steps = _steps(work.sample, when, found, recipe, plan)
    rounds = max(200, min(settings.interval.rounds, _DRAWS // sum(len(step.rows) for step in steps)))
    sampled = [step.train for step in steps if step.train > MOST]
    return {
        **head,
        "train_days": asked.train_days,
        "rounds": rounds,
        "sampled_from": max(sampled, default=None),
        "most": MOST,
        "each_its_own": steps[0].shared,
        "further": None if further is None else further.name,
        "windows": [_entry(work.sample, step, steps, settings, rounds, further) for step in steps],
        "paid": _paid(work.sample, steps, asked.refit_cost, settings, rounds),
    }


def _steps(sample: Sample, when: Floats, windows: Sequence[Window], recipe: Recipe, plan: Plan) -> list[_Step]:
    """Fit before each window and judge in it, beside the model that was fitted first."""
    steps: list[_Step] = []
    first: Trained | None = None
    for window in windows:
        train, test = window.of(when)
        known, held = _drawn(sample.take(train), plan.seed), sample.take(test)
        fitted = train_one(recipe, known, plan)
        first = fitted if first is None else first
        new = _answer(fitted, held)
        old = new if fitted is first else _answer(first, held)
        steps.append(_Step(window, test, len(train), int(known.y.sum()), new, old, fitted.decider.kind in SHARED))
    return steps


def _entry(
    sample: Sample, step: _Step, steps: Sequence[_Step], settings: Any, rounds: int, further: Further | None
) -> dict[str, Any]:
    """One window in figures."""
    held, begin = sample.take(step.rows), steps[0]
    entry = {
        "from": step.window.test[0],
        "to": step.window.test[1],
        "rows": len(step.rows),
        "events": int(held.y.sum()),
        "train": step.train,
        "train_events": step.train_events,
        **_figures(held, step.refit, step.frozen, settings, rounds),
    }
    if further is not None:
        for name, judged in (("refit", step.refit), ("frozen", step.frozen)):
            entry[name]["further"] = dict(further.told(step.rows, _p(judged)))
    if step is begin:
        return entry
    then, level = (_p(begin.frozen), sample.weight[begin.rows]), _LEVEL / (len(steps) - 1)
    return entry | _shift(then, (_p(step.frozen), held.weight), level, settings.seed)


def _answer(trained: Trained, held: Sample) -> Judged:
    p = trained.model.probability(held.frame)
    return Judged(p, trained.decider.act(p, held.costs))


def _p(judged: Judged) -> Floats:
    if judged.p is None:
        raise ValueError("a window is judged by probabilities")
    return judged.p


def _drawn(known: Sample, seed: int) -> Sample:
    """At most so many rows: all of the rarer class up to half of them, the rest drawn, each standing for as many as were left out."""
    if len(known.y) <= MOST:
        return known
    random = np.random.default_rng([seed, 17])
    sides = sorted((np.flatnonzero(known.y == value) for value in (0.0, 1.0)), key=len)
    few = min(len(sides[0]), MOST // 2)
    kept, weight = [], known.weight.copy()
    for rows, count in zip(sides, (few, MOST - few), strict=True):
        drawn = np.sort(random.permutation(rows)[:count])
        weight[drawn] *= known.weight[rows].sum() / known.weight[drawn].sum()
        kept.append(drawn)
    return replace(known, weight=weight).take(np.sort(np.concatenate(kept)))


def _figures(held: Sample, new: Judged, old: Judged, settings: Any, rounds: int) -> dict[str, Any]:
    """Both models in one window on the same resamples, and their paired differences, refitted minus frozen."""
    metrics = ["auc", "ap", *(("savings", "expected_cost") if held.costs is not None else ())]
    boot = bootstrap(
        held.y,
        {name: Answers(one.p, one.act) for name, one in (("refit", new), ("frozen", old))},
        costs=held.costs,
        weight=held.weight,
        groups=_labels(held),
        metrics=metrics,
        rounds=rounds,
        level=settings.interval.level,
        seed=settings.seed,
    )
    out: dict[str, Any] = {
        name: {metric: _ends(interval) for metric, interval in boot.intervals[name].items()} for name in boot.intervals
    }
    tests = {metric: paired(boot, metric, "refit", "frozen") for metric in metrics}
    out["difference"] = {m: {key: getattr(t, key) for key in ("difference", "low", "high")} for m, t in tests.items()}
    return out


def _shift(then: tuple[Floats, Floats], now: tuple[Floats, Floats], level: float, seed: int) -> dict[str, Any]:
    """PSI of the frozen model's score: the first window, which it had not seen either, against another."""
    edges = np.unique(np.quantile(then[0], _BINS))
    before, after = (
        np.bincount(np.searchsorted(edges, p, side="right"), w, len(edges) + 1) * w.sum() / (w @ w)
        for p, w in (then, now)
    )
    limit = chance_limit(before, after, level, np.random.default_rng([seed, 19]))
    return {"psi": float(psi(before, after)), "psi_limit": limit}


def _paid(sample: Sample, steps: Sequence[_Step], price: float, settings: Any, rounds: int) -> dict[str, Any] | None:
    """Money that refitting has saved up to and with each window, its own cost paid, and from when that is clear.

    A group that stands in several windows is resampled as a whole, so the sums over windows are as sure as they say.
    """
    held = sample.take(np.concatenate([step.rows for step in steps]))
    if held.costs is None:
        return None
    new, old = (
        np.concatenate([one.act for one in side]) for side in zip(*((s.refit, s.frozen) for s in steps), strict=True)
    )
    saved = held.costs.slope(held.y) * (old.astype(np.float64) - new)
    window = np.repeat(np.arange(len(steps)), [len(step.rows) for step in steps])
    upto = saved[:, None] * (window[:, None] <= np.arange(len(steps)))
    intervals = mean_intervals(
        upto, held.weight, groups=_labels(held), rounds=rounds, level=settings.interval.level, seed=settings.seed
    )
    total = float(held.weight.sum())
    spent = price * np.arange(len(steps))  # the first window's model is the same on both sides
    ends = [
        {key: getattr(interval, key) * total - cost for key in ("value", "low", "high")}
        for interval, cost in zip(intervals, spent, strict=True)
    ]
    return {"cumulated": ends, "refit_cost": price, "clear_from": clear_from([one["low"] for one in ends])}


def clear_from(low: Sequence[float]) -> int | None:
    """The first window from which on every lower end is above 0; None where refitting has not paid so far."""
    below = [number for number, end in enumerate(low) if not end > 0]
    start = below[-1] + 1 if below else 0
    return start if start < len(low) else None


def _labels(held: Sample) -> NDArray[Any] | None:
    return None if held.group is None else held.group.astype(str).to_numpy()


def _ends(interval: Interval) -> Mapping[str, Any]:
    return {key: asdict(interval)[key] for key in ("value", "low", "high")}
