"""Ratings foretold: MovieLens 90/10, and the official folds of ML-100K."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.recommendation import data, tuned
from benchmarks.recommendation.data import Split
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.recommendation.running import OURS, Contender, Course, Found, answers, versions
from benchmarks.rows import Measurement

TEXT = (
    "Ratings drawn at random, nine in ten to learn from (NumPy's default_rng(0).permutation), predictions kept within the scale; "
    "the standard error of one RMSE is some 0.002 on ML-1M and 0.006 on ML-100K, that of differences on the same rows a few times "
    "less. Ours as it comes: `MatrixFactorization(histories=...)` and nothing else; its rules for rates and ridges were made on inner "
    "parts of the training rows. Tuned: one setting after the other, chosen in this run on a tenth of the training rows, "
    "then refitted on all of them. Peers as they come or with settings from their own documents or our notes; torch Adam's with "
    "histories were picked on the test part, which flatters it. CPU seconds are those of training, the table being in the form "
    "that each library takes; converting to it from arrays stands beside. Peak memory is over the same process after its imports "
    "and a fit of 100 rows. myFM averages samples of a posterior: it has no point estimate that could be stopped early, and its curve "
    "is that of the mean over the later half of its samples so far. "
)
_PEER = "benchmarks.peers."
_WATCHED = "benchmarks.recommendation.watched"
_BOTH = {"histories": "both"}
_AXES: tuned.Axes = {"factors": (32, 96, 128), "epochs": (30, 40), "batches": (24, 100), "snapshots": (2, 4)}


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
    _adam("both histories", factors=64, ridge=0.07, epochs=30, rate=0.004, batches=32, history_ridge=0.5, **_PAST),
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
HISTORIES = Contender("ours as it comes, both histories", OURS, _BOTH, repeats=3)


def large() -> Measurement:
    """ML-1M."""
    return _rows(
        Split.random("ML-1M", data.large()),
        LARGE_PEERS,
        [
            ("defaults", PLAIN.name, 0.842, None),
            ("tuned", _tuned_name("none"), 0.840, 0.836),
            ("both histories, the better of defaults and tuned inside", "", 0.829, 0.822),
        ],
        paced=True,
    )


def small() -> Measurement:
    """ML-100K, and its five official folds."""
    tables, peers = _rows(
        Split.random("ML-100K", data.small()),
        SMALL_PEERS,
        [
            ("defaults", PLAIN.name, 0.910, 0.891),
            ("both histories, the better of defaults and tuned inside", "", 0.894, 0.877),
        ],
    )
    more, found = _folds(range(1, 6))
    return [*tables, *more], {**peers, **found}


def quick() -> Measurement:
    """ML-100K, without those who take long."""
    split = Split.random("ML-100K", data.small())
    found = answers([PLAIN, HISTORIES, _CORNAC], split)
    return [_table(split, found, {})], versions(found)


def _tuned_name(histories: str) -> str:
    return "ours tuned" + ("" if histories == "none" else ", both histories")


def _rows(
    split: Split, peers: Sequence[Contender], goals: Sequence[tuple[str, str, float, float | None]], paced: bool = False
) -> Measurement:
    choices = {name: tuned.chosen(split, name, _AXES) for name in ("none", "both")}
    own = [PLAIN, HISTORIES]
    own += [
        Contender(_tuned_name(name), OURS, {**one.settings, "histories": name, "validation": None}, repeats=3)
        for name, one in choices.items()
    ]
    own.append(Contender("ours, both histories, mean over 3 snapshots", OURS, {**_BOTH, "snapshots": 3, "epochs": 60}))
    found = answers([*own, *peers], split)
    by_name = {one.contender.name: one for one in found}
    best = choices["both"]
    name = _tuned_name("both") if best.rmse < best.usual else HISTORIES.name
    judged = [
        Goal(f"RMSE, {what}", by_name[who or name].rmse, least, aim, note="" if who else f"({name})")
        for what, who, least, aim in goals
    ]
    notes = {_tuned_name(key): str(one) for key, one in choices.items()}
    tables = [_table(split, found, notes), asked(f"{split.name} 90/10", judged)]
    if paced:
        tables += _race(split, found, choices)
    return tables, versions(found)


def _table(split: Split, found: Sequence[Found], notes: dict[str, str]) -> Table:
    rows = []
    for one in sorted(found, key=lambda one: one.rmse if np.isfinite(one.rmse) else np.inf):
        name = one.contender.name
        shown = f"**{name}**" if one.contender.module == OURS else name
        if one.failure:
            rows.append([shown, one.failure, *[""] * 7])
            continue
        ours = next(held for held in found if held.contender == PLAIN).cpu
        rows.append(
            [
                shown,
                f"{one.rmse:.4f}",
                f"{one.mae:.4f}",
                seconds(one.cpu),
                seconds(one.wall),
                f"{one.cpu / ours:.1f}",
                seconds(one.converted),
                f"{one.peak:.0f}",
                notes.get(name, ""),
            ]
        )
    head = ["", "RMSE", "MAE", "train, CPU s", "wall s", "times ours", "convert, CPU s", "peak MB", "chosen"]
    caption = f"{split.name}: {len(split.train):,} ratings to learn from, {len(split.test):,} to foretell"
    return {"caption": caption, "head": head, "rows": rows}


def _race(split: Split, found: Sequence[Found], choices: dict[str, tuned.Chosen]) -> list[Table]:
    """Seconds to an RMSE: ours after so many epochs of a run whose settings do not look at it, myFM's after so many samples."""
    watched = answers(
        [
            Contender("ours as it comes, watched", _WATCHED, {}, {"epochs": 1}, 3),
            Contender("ours as it comes, both histories, watched", _WATCHED, {"histories": True}, {"epochs": 1}, 3),
        ],
        split,
    )
    tables, goals = [], []
    for what, own, mark in (("plain", watched[0], False), ("both histories", watched[1], True)):
        rivals = [one for one in found if one.course and bool(one.contender.settings.get("histories")) == mark]
        if own.course is None or not rivals:
            continue
        courses = {one.contender.name: one.course for one in rivals if one.course}
        best = min(course.rmse.min() for course in courses.values())
        common = max(best, float(own.course.rmse.min()))
        tables.append(_levels(what, own.course, courses, common))
        mine = own.course.first(common)
        theirs = min(one for one in (course.first(common) for course in courses.values()) if np.isfinite(one))
        note = f"({seconds(mine)} against {seconds(theirs)} CPU s to {common:.4f}; myFM goes on to {best:.4f})"
        least, aim = (2.0, 5.0) if mark else (50.0, None)
        said = f"{what}: CPU of myFM over ours to the best RMSE that both reach"
        goals.append(Goal(said, theirs / mine, least, aim, lower=False, form="{:.1f}x", note=note))
        if mark:
            first = own.course.first(0.829)
            goals.append(Goal("both histories: CPU s to 0.829", first, 30.0, 10.0, form="{:.1f}"))
    return [*tables, asked("Time to an RMSE", goals)]


def _levels(what: str, own: Course, rivals: dict[str, Course], common: float) -> Table:
    fixed = (0.8623, 0.85, 0.845, 0.84, 0.835, 0.832, 0.829, 0.827, 0.825)
    levels = sorted({*fixed, common}, reverse=True)
    rows = []
    for level in levels:
        mine, theirs = own.first(level), [course.first(level) for course in rivals.values()]
        if not np.isfinite([mine, *theirs]).any():
            continue
        least = np.nanmin(theirs) if np.isfinite(theirs).any() else np.nan
        ratio = f"{least / mine:.1f}" if np.isfinite(mine) and np.isfinite(least) else ""
        shown = f"{level:.4f}" + (" (best of both)" if level == common else "")
        rows.append([shown, *(seconds(one) or "not reached" for one in (mine, *theirs)), ratio])
    head = ["RMSE", "ours, CPU s", *(f"{name}, CPU s" for name in rivals), "times ours"]
    return {"caption": f"CPU seconds of training to a test RMSE, {what}", "head": head, "rows": rows}


def _folds(numbers: Sequence[int]) -> Measurement:
    """Means over the official folds."""
    contenders = [PLAIN, HISTORIES, _ALS, _sampler("rank 32", 32, 200), SMALL_PEERS[-1]]
    by_fold = [answers(contenders, data.fold(number)) for number in numbers]
    rows, means = [], {}
    for place, contender in enumerate(contenders):
        several = [found[place] for found in by_fold]
        name = contender.name
        means[name] = float(np.mean([one.rmse for one in several]))
        shown = f"**{name}**" if contender.module == OURS else name
        each = [f"{one.rmse:.4f}" if not one.failure else one.failure for one in several]
        rows.append([shown, f"{means[name]:.4f}", *each, seconds(float(np.mean([one.cpu for one in several])))])
    rows.sort(key=lambda row: row[1])
    head = ["", "mean RMSE", *(f"u{number}" for number in numbers), "train, CPU s a fold"]
    goal = Goal("mean RMSE of u1 to u5, both histories, defaults", means[HISTORIES.name], 0.897, 0.882)
    tables = [
        {"caption": "ML-100K, the five official folds", "head": head, "rows": rows},
        asked("ML-100K, u1 to u5", [goal]),
    ]
    return tables, versions([one for found in by_fold for one in found])
