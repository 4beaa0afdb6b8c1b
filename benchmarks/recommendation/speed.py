"""Ratings a second, seconds from a table to an RMSE, first calls, memory, and ten million ratings."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.comparison import Table, seconds
from benchmarks.recommendation import data
from benchmarks.recommendation.data import Ratings, Split
from benchmarks.recommendation.goals import Goal, asked
from benchmarks.recommendation.rmse import HISTORIES, PLAIN, SURPRISE
from benchmarks.recommendation.running import OURS, Contender, Found, answers, ask, versions, written
from benchmarks.rows import Measurement

TEXT = (
    "64 factors and the default settings, on the 90 % of ML-1M that the row of RMSE learns from; every run in a process of its own, "
    "warm: after a fit of 100 rows, loops compiled and kept on disk by an earlier run. Rates are ratings x epochs over seconds, the "
    "making of batches apart. CPU seconds are of all threads. The machine's two cores are shared with other work, so the wall "
    "times with two threads are what was to be had, not what two idle cores give. Cold: the folder of compiled loops is empty, "
    "imports among the seconds. From a table: a DataFrame of user, item and rating in memory, to a model; ours as "
    "it comes, with eight epochs, and with the fastest of 30 settings of few epochs that are, on a tenth of the training rows, better than "
    "Surprise as it comes is there (0.8677 against 0.8764); "
    "epochs alone: once its batches are made, as Surprise's are once its trainset is. Work of others on the "
    "machine makes CPU seconds longer, those of Surprise most: on an idle one it takes 9.2 to 10. The synthetic ratings are of 70,000 "
    "users and 10,000 items, few of which have most of them. "
)
_PACE, _FIRST = "benchmarks.recommendation.pace", "benchmarks.recommendation.first"
_BATCHES = (16, 32, 0, 96)  # 0 = as it comes
_FACTORS, _EPOCHS = 64, 20
_QUICK = {"factors": 32, "epochs": 3, "batches": 20}
_QUICK_RATE = 0.08
Run = Mapping[str, Any]


def measure(rows: int = 10_000_000) -> Measurement:
    """rows: synthetic ratings."""
    split = Split.random("ML-1M", data.large())
    runs = _paced(split, _pairs(), {"factors": _FACTORS, "epochs": _EPOCHS}, 3)
    many = _many(data.synthetic(rows))
    first = _first_calls(split)
    found = answers([SURPRISE, PLAIN, HISTORIES, *_short()], split)
    shortest = _paced(split, [(0, 1)], {**_QUICK, "rate": _QUICK_RATE}, 5)[0]
    tables, goals = _from_tables(found, shortest)
    goals = [
        *_pace_goals(runs, len(split.train)),
        *goals,
        _memory(found),
        *_many_goals(many, runs, rows, len(split.train)),
    ]
    tables = [
        _pace_table(f"ML-1M, {_EPOCHS} epochs, {_FACTORS} factors", runs, len(split.train), _EPOCHS),
        *tables,
        first,
        _pace_table(f"{rows:,} synthetic ratings, 3 epochs, {_FACTORS} factors", many, rows, 3),
        asked("Speed and memory", goals),
    ]
    return tables, versions(found)


def quick() -> Measurement:
    """ML-100K."""
    split = Split.random("ML-100K", data.small())
    runs = _paced(split, [(16, 1), (16, 2)], {"epochs": 3}, 1)
    return [_pace_table("ML-100K, 3 epochs", runs, len(split.train), 3)], {}


def _short() -> list[Contender]:
    """Whole fits of few epochs."""
    fewer = Contender("ours, 8 epochs", OURS, {"epochs": 8}, repeats=3)
    settings = {**_QUICK, "learning_rate": _QUICK_RATE}
    return [fewer, Contender("ours, 3 fast epochs of 32 factors", OURS, settings, repeats=5)]


def _paced(split: Split, pairs: Sequence[tuple[int, int]], settings: Run, repeats: int) -> list[Run]:
    with tempfile.TemporaryDirectory() as name:
        request = {"data": str(written(split, Path(name))), "settings": dict(settings), "repeats": repeats}
        _asked(_PACE, {**request, "pairs": pairs}, Path(name))
        return list(json.loads((Path(name) / "measured.json").read_text(encoding="utf-8")))


def _many(ratings: Ratings) -> list[Run]:
    some = ratings.take(np.arange(1_000))
    return _paced(Split("synthetic", ratings, some), [(0, 1), (0, 2), (16, 1)], {"factors": _FACTORS, "epochs": 3}, 2)


def _asked(module: str, request: Mapping[str, Any], out: Path, env: Mapping[str, str] | None = None) -> None:
    failure = ask(module, request, out, env)
    if failure:
        raise SystemExit(f"{module}: {failure}")


def _pace_table(caption: str, runs: Sequence[Run], rows: int, epochs: int) -> Table:
    lines = [
        [
            run["batches"],
            run["threads"],
            seconds(run["made"]),
            seconds(run["cpu"]),
            seconds(run["wall"]),
            f"{_rate(run, rows, epochs, 'cpu'):.1f}" if run["threads"] == 1 else "",
            f"{_rate(run, rows, epochs, 'wall'):.1f}",
            f"{run['rmse']:.4f}",
            f"{run['peak']:.0f}",
            run["factors"][:8],
        ]
        for run in runs
    ]
    head = [
        "batches",
        "threads",
        "make batches, CPU s",
        "train, CPU s",
        "wall s",
        "M ratings a CPU s",
        "M ratings a wall s",
    ]
    caption = f"{caption} ({os.getloadavg()[0]:.0f} processes at work on {os.cpu_count()} cores)"
    return {"caption": caption, "head": [*head, "RMSE", "peak MB", "digest of the factors"], "rows": lines}


def _rate(run: Run, rows: int, epochs: int, clock: str) -> float:
    return float(rows * epochs / run[clock] / 1e6)


def _pace_goals(runs: Sequence[Run], rows: int) -> list[Goal]:
    usual = next(run for run, (batches, _) in zip(runs, _pairs(), strict=True) if batches == 0)
    alone = [run for run in runs if run["threads"] == 1]
    both = [run for run in runs if run["threads"] == 2]
    slowest = min(alone, key=lambda run: _rate(run, rows, _EPOCHS, "cpu"))
    slowest_pair = min(both, key=lambda run: _rate(run, rows, _EPOCHS, "wall"))
    good = [run for run in alone if run["rmse"] <= 0.840]
    same = all(one["factors"] == two["factors"] for one, two in zip(alone, both, strict=True))
    told = f"(defaults: {usual['rmse']:.4f})"
    return [
        Goal("20 epochs as they come, one core, CPU s", usual["cpu"], 0.6, 0.35, form="{:.2f}", note=told),
        Goal("RMSE of these 20 epochs", usual["rmse"], 0.840, form="{:.4f}"),
        Goal("20 epochs to 0.840 with any batches, CPU s", min((run["cpu"] for run in good), default=np.nan), 0.6,
             form="{:.2f}"),
        Goal("one core: M ratings a CPU s, the slowest of the batches", _rate(slowest, rows, _EPOCHS, "cpu"), 30.0,
             lower=False, form="{:.1f}", note=f"({slowest['batches']} batches)"),
        Goal("two cores, shared: M ratings a wall s, the slowest of the batches",
             _rate(slowest_pair, rows, _EPOCHS, "wall"), 60.0, lower=False, form="{:.1f}",
             note=f"({slowest_pair['batches']} batches)"),
        Goal("threads 1 and 2: factors that differ by a bit", float(not same), 0.0, form="{:.0f}"),
    ]  # fmt: skip


def _pairs() -> list[tuple[int, int]]:
    return [(batches, threads) for batches in _BATCHES for threads in (1, 2)]


def _from_tables(found: Sequence[Found], shortest: Run) -> tuple[list[Table], list[Goal]]:
    """From a DataFrame to a model."""
    theirs = found[0]
    rows = [
        [
            f"**{one.contender.name}**" if one.contender.module == OURS else one.contender.name,
            f"{one.rmse:.4f}",
            *(seconds(value) for value in (one.converted, one.cpu, one.converted + one.cpu)),
            f"{(theirs.converted + theirs.cpu) / (one.converted + one.cpu):.1f}",
            f"{theirs.cpu / one.cpu:.1f}",
            f"{one.peak:.0f}",
        ]
        for one in found
    ]
    head = ["", "RMSE", "convert, CPU s", "train, CPU s", "both", "times faster", "in training", "peak MB"]
    able = [one for one in found[1:] if one.rmse <= theirs.rmse]
    table: Table = {"caption": "ML-1M, from a DataFrame to a model, one core", "head": head, "rows": rows}
    if not able:
        return [table], []
    best = min(able, key=lambda one: one.converted + one.cpu)
    note = f"({best.contender.name}, RMSE {best.rmse:.4f} against {theirs.rmse:.4f})"
    return [table], [
        Goal("from a DataFrame to Surprise's RMSE, end to end",
             (theirs.converted + theirs.cpu) / (best.converted + best.cpu), 25.0, lower=False, form="{:.0f}x", note=note),
        Goal("the same, epochs alone", theirs.cpu / shortest["cpu"], 100.0, lower=False, form="{:.0f}x",
             note=f"({seconds(shortest['cpu'])} CPU s to {shortest['rmse']:.4f})"),
    ]  # fmt: skip


def _memory(found: Sequence[Found]) -> Goal:
    usual = next(one for one in found if one.contender == PLAIN)
    told = f"(Surprise {found[0].peak:.0f}, ours with both histories {found[2].peak:.0f})"
    return Goal("MB over imports and a fit of 100 rows", usual.peak, 100.0, form="{:.0f}", note=told)


def _many_goals(many: Sequence[Run], runs: Sequence[Run], rows: int, few: int) -> list[Goal]:
    usual = next(run for run, (batches, _) in zip(runs, _pairs(), strict=True) if batches == 0)
    ratio = _rate(usual, few, _EPOCHS, "cpu") / _rate(many[0], rows, 3, "cpu")
    first, fewer = (f"{_rate(run, rows, 3, 'cpu'):.1f}" for run in (many[0], many[-1]))
    note = f"({first} M ratings a CPU s, {fewer} with {many[-1]['batches']} batches; peak {many[0]['peak']:.0f} MB)"
    return [Goal("ML-1M's rate over that of the synthetic ratings", ratio, 2.0, form="{:.1f}x", note=note)]


def _first_calls(split: Split) -> Table:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        request = {"data": str(written(split, Path(name)))}
        for what in ("nothing compiled before", "loops compiled by an earlier process"):
            _asked(_FIRST, request, Path(name), {"NUMBA_CACHE_DIR": name})
            told = json.loads((Path(name) / "measured.json").read_text(encoding="utf-8"))
            rows.append([what, seconds(told["cpu"]), seconds(told["wall"])])
    head = ["first fit of ML-1M in a process", "CPU s", "wall s"]
    return {"caption": "First calls, from a DataFrame, our imports among the seconds", "head": head, "rows": rows}
