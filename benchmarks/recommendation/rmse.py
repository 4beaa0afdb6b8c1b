"""Ratings foretold: MovieLens 90/10, and the official folds of ML-100K."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.recommendation import data
from benchmarks.recommendation.data import Split
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.recommendation.running import OURS, Contender, Course, Found, answers, versions
from benchmarks.rows import Measurement

TEXT = (
    "Ratings drawn at random, nine in ten to learn from (NumPy's default_rng(0).permutation), predictions kept within the scale; "
    "the standard error of one RMSE is some 0.002 on ML-1M and 0.006 on ML-100K, that of differences on the same rows a few times "
    "less. Ours as it comes: `MatrixFactorization(histories=...)` and nothing else; its rules for rates and ridges were made on inner "
    "parts of the training rows. Mean of 8 or 4: `snapshots=8` or 4, all else as it comes. Tuned: settings of the core "
    "(`FactorObjective`, `FactorAdam`) chosen on a tenth of the training rows (default_rng(7)), on which the column `inside` has the RMSE, "
    "then refitted on all of them; the test part had no say. Peers as they come or with settings from their own documents or our notes; torch Adam's with "
    "histories were picked on the test part, which flatters it. CPU seconds are those of training, the table being in the form "
    "that each library takes; converting to it from arrays stands beside. Peak memory is over the same process after its imports "
    "and a fit of 100 rows. myFM averages samples of a posterior: it has no point estimate that could be stopped early, and its curve "
    "is that of the mean over the later half of its samples so far. Without histories myFM is the most accurate of all, means of ours "
    "the next; with histories of both sides means of ours are. Seconds were measured on a machine at work with other things, which "
    "costs Surprise and myFM most: on an idle one our notes have Surprise as it comes at 9.2 to 10 CPU seconds on ML-1M, and myFM "
    "(version 0.3.6) at 55 with rank 16 and 197 with rank 32; ours took a tenth less than here. "
)
_PEER = "benchmarks.peers."
WATCHED = "benchmarks.recommendation.watched"
_BOTH = {"histories": "both"}


def _sampler(name: str, rank: int, iterations: int, histories: bool = False) -> Contender:
    settings = {"rank": rank, "iterations": iterations, "histories": histories}
    return Contender(f"myFM, {name}", f"{_PEER}myfm", settings, {"iterations": 10})


def _adam(name: str, **settings: Any) -> Contender:
    return Contender(f"torch Adam, {name}", f"{_PEER}torch_mf", settings, {"epochs": 1})


def _blocks(ridge: float) -> Contender:
    settings = {"k": 64, "nr_threads": 1, "nr_iters": 40, "eta": 0.05, "lambda_p1": 0.0, "lambda_q1": 0.0}
    ridges = {"lambda_p2": ridge, "lambda_q2": ridge}
    return Contender(f"libmf, 64 factors, 40 passes, L2 {ridge:g}", f"{_PEER}libmf", settings | ridges)


def _steps(ridge: float) -> Contender:
    settings = {"n_factors": 100, "n_epochs": 40, "lr_all": 0.01, "reg_all": ridge}
    return Contender(f"Surprise SVD, 100 factors, 40 epochs, rate 0.01, L2 {ridge:g}", f"{_PEER}surprise", settings)


SURPRISE = Contender("Surprise SVD as it comes (100 factors, 20 epochs)", f"{_PEER}surprise")
_CORNAC = Contender("Cornac MF as it comes (10 factors, 20 epochs)", f"{_PEER}cornac")
_ALS = Contender("LensKit BiasedMF as it comes (ALS)", f"{_PEER}lenskit")
_PAST = {"histories": True}
LARGE_PEERS = (
    SURPRISE,
    _steps(0.06),
    _CORNAC,
    _blocks(0.05),
    _ALS,
    _adam("64 factors", factors=64, ridge=0.05, epochs=15, rate=0.01, batches=55),
    _sampler("rank 16, both histories", 16, 300, histories=True),
    _sampler("rank 16", 16, 300),
    _sampler("rank 32", 32, 300),
)
SMALL_PEERS = (
    SURPRISE,
    _steps(0.1),
    _CORNAC,
    _blocks(0.1),
    _ALS,
    _adam("both histories", factors=32, ridge=0.12, epochs=60, rate=0.005, batches=8, history_ridge=0.5, **_PAST),
    _sampler("rank 32", 32, 200),
    _sampler("rank 16, both histories", 16, 200, histories=True),
)
PLAIN = Contender("ours as it comes", OURS, repeats=3)
HISTORIES = Contender("ours as it comes, both histories", OURS, _BOTH, repeats=2)
_MEAN = Contender("ours, mean of 8", OURS, {"snapshots": 8})
_MEAN_HISTORIES = Contender("ours, both histories, mean of 4", OURS, {**_BOTH, "snapshots": 4})


@dataclass(frozen=True)
class Tuned:
    """plain, histories: settings of the core, see `Defaults`."""

    plain: Mapping[str, Any]
    histories: Mapping[str, Any]

    @property
    def contenders(self) -> list[Contender]:
        return [
            Contender("ours tuned", WATCHED, self.plain, {"epochs": self.plain["cycles"]}),
            Contender("ours tuned, both histories", WATCHED, {**self.histories, **_PAST}, {"epochs": 4}),
        ]


LARGE = Tuned(
    {"factors": 64, "batches": 48, "epochs": 120, "cycles": 6, "snapshots": 6, "fresh": True, "rate": 0.005, "ridge": 0.045,
     "bias_ridge": 0.01, "growth": 0.6, "betas": (0.9, 0.99), "spread": 0.02},
    {"factors": 64, "batches": 40, "epochs": 60, "cycles": 3, "snapshots": 3, "rate": 0.03, "ridge": 0.125,
     "bias_ridge": 0.018, "history_ridge": 0.2, "growth": 0.55},
)  # fmt: skip
SMALL = Tuned(
    {"factors": 16, "batches": 30, "epochs": 288, "cycles": 24, "snapshots": 24, "fresh": True, "rate": 0.02, "ridge": 0.08,
     "bias_ridge": 0.03, "growth": 0.6, "betas": (0.9, 0.98), "spread": 0.03},
    {"factors": 45, "batches": 43, "epochs": 60, "cycles": 3, "snapshots": 3, "rate": 0.055, "ridge": 0.26,
     "bias_ridge": 0.04, "history_ridge": 0.35, "growth": 0.5},
)  # fmt: skip


def large() -> Measurement:
    """ML-1M."""
    split = Split.random("ML-1M", data.large())
    tables, found = _rows(split, LARGE, LARGE_PEERS)
    plain, histories, tuned, both = (found[name].rmse for name in _JUDGED)
    goals = [
        Goal("RMSE, defaults", plain, 0.842),
        Goal("RMSE, tuned", tuned, 0.840, 0.836),
        Goal("RMSE, both histories, defaults", histories, 0.829, 0.822),
        Goal("RMSE, both histories, tuned", both, 0.829, 0.822),
    ]
    raced = [*tables, asked("ML-1M 90/10", goals), *_race(split, list(found.values()))]
    return raced, versions(list(found.values()))


def small() -> Measurement:
    """ML-100K, and its five official folds."""
    tables, found = _rows(Split.random("ML-100K", data.small()), SMALL, SMALL_PEERS)
    plain, histories, tuned, both = (found[name].rmse for name in _JUDGED)
    goals = [
        Goal("RMSE, defaults", plain, 0.910, 0.891),
        Goal("RMSE, tuned", tuned, 0.910, 0.891),
        Goal("RMSE, both histories, defaults", histories, 0.894, 0.877),
        Goal("RMSE, both histories, tuned", both, 0.894, 0.877),
    ]
    more, peers = _folds(range(1, 6))
    return [*tables, asked("ML-100K 90/10", goals), *more], {**versions(list(found.values())), **peers}


def quick() -> Measurement:
    """ML-100K, without those who take long."""
    split = Split.random("ML-100K", data.small())
    found = answers([PLAIN, HISTORIES, *SMALL.contenders, _CORNAC], split)
    return [_table(split, found, {})], versions(found)


_JUDGED = (PLAIN.name, HISTORIES.name, "ours tuned", "ours tuned, both histories")


def _rows(split: Split, tuned: Tuned, peers: Sequence[Contender]) -> tuple[list[Table], dict[str, Found]]:
    own = [PLAIN, HISTORIES, *tuned.contenders, _MEAN, _MEAN_HISTORIES]
    found = answers([*own, *peers], split)
    inside = {one.contender.name: one.rmse for one in answers([replace(one, repeats=1) for one in own], split.inner)}
    return [_table(split, found, inside)], {one.contender.name: one for one in found}


def _table(split: Split, found: Sequence[Found], inside: Mapping[str, float]) -> Table:
    """inside: RMSE of ours on the part of the training rows that settings are chosen on."""
    ours = next(held for held in found if held.contender == PLAIN).cpu
    rows = []
    for one in sorted(found, key=lambda one: one.rmse if np.isfinite(one.rmse) else np.inf):
        name = one.contender.name
        shown = f"**{name}**" if name.startswith("ours") else name
        if one.failure:
            rows.append([shown, one.failure, *[""] * 7])
            continue
        times = [seconds(one.cpu), seconds(one.wall), f"{one.cpu / ours:.1f}", seconds(one.converted)]
        held = f"{inside[name]:.4f}" if name in inside else ""
        rows.append([shown, f"{one.rmse:.4f}", f"{one.mae:.4f}", *times, f"{one.peak:.0f}", held])
    head = ["", "RMSE", "MAE", "train, CPU s", "wall s", "times ours", "convert, CPU s", "peak MB", "inside"]
    caption = f"{split.name}: {len(split.train):,} ratings to learn from, {len(split.test):,} to foretell"
    return {"caption": caption, "head": head, "rows": rows}


def _race(split: Split, found: Sequence[Found]) -> list[Table]:
    """Seconds to an RMSE: ours after so many epochs of runs whose settings do not look at it, myFM's after so many samples."""
    usual = [Contender("ours as it comes", WATCHED, few, {"epochs": 1}, 2) for few in ({}, _PAST)]
    watched = answers(usual, split)
    tables, goals = [], []
    for what, one, histories in (("plain", watched[0], False), ("both histories", watched[1], True)):
        marked = [held for held in found if held.course and bool(held.contender.settings.get("histories")) == histories]
        own = [one, *(held for held in marked if held.contender.module == WATCHED)]
        rivals = {
            held.contender.name: held.course for held in marked if held.contender.module != WATCHED and held.course
        }
        if not rivals:
            continue
        best = min(course.rmse.min() for course in rivals.values())
        courses = {held.contender.name: held.course for held in own if held.course}
        commons = [max(best, float(course.rmse.min())) for course in courses.values()]
        tables.append(_levels(what, courses, rivals, commons))
        for (name, course), common in zip(courses.items(), commons, strict=True):
            mine = course.first(common)
            theirs = min(time for time in (held.first(common) for held in rivals.values()) if np.isfinite(time))
            ends = f"ours ends at {course.rmse[-1]:.4f}, myFM's best is {best:.4f}"
            note = f"({seconds(mine)} against {seconds(theirs)} CPU s to {common:.4f}; {ends})"
            least, aim = (2.0, 5.0) if histories else (50.0, None)
            said = f"{what}, {name.removesuffix(', both histories')}: CPU of myFM over ours to the best RMSE that both reach"
            goals.append(Goal(said, theirs / mine, least, aim, lower=False, form="{:.1f}x", note=note))
        if histories:
            first = float(np.nanmin([np.inf, *(held.first(0.829) for held in courses.values())]))
            goals.append(Goal("both histories: CPU s to 0.829", first, 30.0, 10.0, form="{:.1f}"))
    return [*tables, asked("Time to an RMSE", goals)]


def _levels(what: str, own: Mapping[str, Course], rivals: Mapping[str, Course], commons: Sequence[float]) -> Table:
    fixed = (0.8623, 0.85, 0.845, 0.84, 0.835, 0.832, 0.829, 0.825, 0.822, 0.82)
    rows = []
    for level in sorted({*fixed, *commons}, reverse=True):
        mine = np.array([course.first(level) for course in own.values()])
        theirs = np.array([course.first(level) for course in rivals.values()])
        if not np.isfinite([*mine, *theirs]).any():
            continue
        both = np.isfinite(mine).any() and np.isfinite(theirs).any()
        ratio = f"{np.nanmin(theirs) / np.nanmin(mine):.1f}" if both else ""
        shown = f"{level:.4f}" + (" (best of both)" if level in commons else "")
        rows.append([shown, *(seconds(one) or "not reached" for one in (*mine, *theirs)), ratio])
    head = ["RMSE", *(f"{name}, CPU s" for name in (*own, *rivals)), "times ours"]
    return {"caption": f"CPU seconds of training to a test RMSE, {what}", "head": head, "rows": rows}


def _folds(numbers: Sequence[int]) -> Measurement:
    """Means over the official folds."""
    contenders = [PLAIN, HISTORIES, *SMALL.contenders[1:], _ALS, _sampler("rank 32", 32, 200), SMALL_PEERS[-1]]
    by_fold = [answers(contenders, data.fold(number)) for number in numbers]
    rows, means = [], {}
    for place, contender in enumerate(contenders):
        several = [found[place] for found in by_fold]
        name = contender.name
        means[name] = float(np.mean([one.rmse for one in several]))
        shown = f"**{name}**" if name.startswith("ours") else name
        each = [f"{one.rmse:.4f}" if not one.failure else one.failure for one in several]
        rows.append([shown, f"{means[name]:.4f}", *each, seconds(float(np.mean([one.cpu for one in several])))])
    rows.sort(key=lambda row: row[1])
    head = ["", "mean RMSE", *(f"u{number}" for number in numbers), "train, CPU s a fold"]
    goals = [
        Goal(f"mean RMSE of u1 to u5, {name}", means[name], 0.897, 0.882) for name in (HISTORIES.name, _JUDGED[-1])
    ]
    tables = [
        {"caption": "ML-100K, the five official folds", "head": head, "rows": rows},
        asked("ML-100K, u1 to u5", goals),
    ]
    return tables, versions([one for found in by_fold for one in found])
