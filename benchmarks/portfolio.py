"""Portfolios within constraints against peers, and promised against delivered risk: `python -m benchmarks.portfolio FOLDER`.

FOLDER holds `sp500_prices_20` and `fama_french`. Peers are installed on first use, as in `benchmarks.optim`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from benchmarks.optim.running import interpreter
from benchmarks.record import ROOT, store
from casestudies.portfolio import Estimate, Market, Wishes, estimate, frontier, optimised, read_market, walk_forward

_MODULE = "benchmarks.peers.convex"
_REPEATS, _POINTS, _GROUPS = 3, 25, 5
_MET = 1e-6  # of weight: what counts as met, so that a peer's 1e-9 passes for a zero
_TEXT = (
    "The least variance of long-only portfolios under growing constraints: sample covariances, sp500 on its last 504 days, "
    "Fama-French 49 on its last 120 months, 300 assets made up (750 days). *Objective* is relative to ours: above 0, ours is lower. "
    "*Broken* is the largest violation. *KKT* is what no multipliers can take up of the slope, relative to its terms, found from the "
    "weights alone by non-negative least squares; constraints nearer than 1e-6 count as met. CPU seconds include the modelling, since "
    "that is what is called. skfolio and PyPortfolioOpt are asked for the least variance alone. PyPortfolioOpt's solver, which polishes "
    "its answer too, is as exact as ours and a little quicker where it applies; with groups, target and turnover together Clarabel is "
    "quicker on 49 assets. The last table is of the past: nothing later looked at, 10 basis points a trade; the intervals of the ratio "
    "take the promise as given."
)


def main(folder: Path) -> None:
    markets = _markets(folder)
    with tempfile.TemporaryDirectory() as name:
        rows, lines, versions = _against_peers(markets, Path(name))
    head = ["data", "constraints", "by", "objective", "KKT", "broken", "exact zeros", "CPU s"]
    delivered = list(_delivered(markets))
    tables = [
        {"caption": "One portfolio", "head": head, "rows": rows},
        {
            "caption": f"A frontier of {_POINTS} portfolios",
            "head": ["data", "by", "largest objective gap", "CPU s"],
            "rows": lines,
        },
        {
            "caption": "Promised and delivered risk of a year (95 % intervals by blocks of time)",
            "head": [
                "data",
                "window",
                "chosen by",
                "promised",
                "delivered",
                "ratio",
                "risk over 1/n",
                "return after costs",
            ],
            "rows": delivered,
        },
    ]
    for table in tables:
        print(*[table["head"], *table["rows"]], sep="\n")
    store(
        "portfolio", "Portfolios within constraints", _TEXT, tables, "python -m benchmarks.portfolio FOLDER", versions
    )


def _markets(folder: Path) -> dict[str, Market]:
    return {
        "sp500, 20": read_market(folder / "sp500_prices_20" / "sp500_dataset.csv.gz"),
        "Fama-French, 49": read_market(folder / "fama_french" / "49_Industry_Portfolios.CSV"),
        "made up, 300": _made_up(np.random.default_rng(0)),
    }


def _made_up(rng: np.random.Generator) -> Market:
    """Eight factors, 750 days, 300 assets."""
    factors = rng.normal(size=(750, 8)) @ rng.normal(size=(8, 300)) * 0.006
    returns = factors + rng.normal(size=(750, 300)) * 0.012 + rng.normal(size=300) * 3e-4
    names = tuple(f"a{k}" for k in range(300))
    return Market(pd.bdate_range("2020-01-01", periods=750), names, returns, 252, synthetic=True)


def _window(market: Market) -> int:
    return {252: 504, 12: 120}[market.per_year] if market.assets < 300 else market.periods


def _wishes(market: Market, known: Estimate) -> dict[str, Wishes]:
    groups = {f"g{g}": tuple(market.names[g::_GROUPS]) for g in range(_GROUPS)}
    limited = Wishes(cap=0.15, groups=groups, group_caps=dict.fromkeys(groups, 0.3))
    target = float(np.quantile(known.mean, 0.6))
    return {
        "long-only": Wishes(),
        "cap 15 %": Wishes(cap=0.15),
        "cap, groups, target": replace(limited, target=target),
        "cap, groups, target, turnover 50 %": replace(limited, target=target, turnover=0.5),
    }


def _against_peers(
    markets: Mapping[str, Market], scratch: Path
) -> tuple[list[list[str]], list[list[str]], dict[str, str]]:
    asked, lines = {}, {}
    for name, market in markets.items():
        returns = market.returns[-_window(market) :]
        known = estimate(returns, market.per_year, "sample")
        for words, wishes in _wishes(market, known).items():
            file = scratch / f"{len(asked)}.npz"
            _write(file, wishes, known, returns)
            asked[str(file)] = (name, words, wishes, known, market.names)
        file = scratch / f"frontier-{len(lines)}.npz"
        line = frontier(Wishes(cap=0.15), known, market.names, _POINTS)
        _write(file, Wishes(cap=0.15), known, returns, line.gain - 1e-12)
        lines[str(file)] = (name, line, known, market.names)
    told = _peers(list(asked), list(lines), scratch)
    rows = []
    for file, (name, words, wishes, known, names) in asked.items():
        held = dict(np.load(file))
        cpu, chosen = _timed(lambda w=wishes, k=known, n=names: optimised(w, k, n))
        own = _value(held, chosen.weights)
        rows.append(_row(name, words, "casestudies", held, chosen.weights, own, cpu))
        for way, found in told["problems"][file].items():
            if "error" in found:
                rows.append([name, words, way, found["error"], "", "", "", ""])
            else:
                rows.append(_row(name, words, way, held, np.array(found["weights"]), own, found["cpu"]))
    fronts = []
    for file, (name, line, known, names) in lines.items():
        held = dict(np.load(file))
        cpu, _ = _timed(lambda k=known, n=names: frontier(Wishes(cap=0.15), k, n, _POINTS))
        peer = told["frontiers"][file]
        gaps = [
            _value(held, w) / _value(held, o) - 1 for w, o in zip(np.array(peer["weights"]), line.weights, strict=True)
        ]
        fronts += [[name, "casestudies, one block", "0", f"{cpu:.3f}"]]
        fronts += [[name, "cvxpy + Clarabel, modelled once", f"{max(gaps, key=abs):+.1e}", f"{peer['cpu']:.3f}"]]
    return rows, fronts, told["versions"]


def _write(file: Path, wishes: Wishes, known: Estimate, returns: np.ndarray, targets: np.ndarray | None = None) -> None:
    count = len(known.mean)
    np.savez(
        file,
        H=known.covariance,
        q=np.zeros(count),
        mean=known.mean,
        returns=returns,
        cap=wishes.cap,
        groups=np.arange(count) % _GROUPS if wishes.groups else np.zeros(0),
        group_cap=0.3,
        target=np.nan if wishes.target is None else wishes.target,
        present=np.full(count, 1 / count),
        turnover=np.nan if wishes.turnover is None else wishes.turnover,
        **({} if targets is None else {"targets": targets}),
    )


def _peers(problems: list[str], frontiers: list[str], scratch: Path) -> dict[str, Any]:
    request, out = scratch / "request.json", scratch / "answer.json"
    asked = {"problems": problems, "frontiers": frontiers, "repeats": _REPEATS, "out": str(out)}
    request.write_text(json.dumps(asked), encoding="utf-8")
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
    environment = os.environ | threads | {"PYTHONPATH": ""}
    subprocess.run([interpreter(_MODULE), "-m", _MODULE, str(request)], cwd=ROOT, env=environment, check=True)
    answer: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return answer


def _timed(solve: Callable[[], Any]) -> tuple[float, Any]:
    solve()
    cpu = []
    for _ in range(_REPEATS):
        used = time.process_time()
        found = solve()
        cpu.append(time.process_time() - used)
    return min(cpu), found


def _value(held: Mapping[str, np.ndarray], w: np.ndarray) -> float:
    return float(0.5 * w @ held["H"] @ w - held["q"] @ w)


def _row(
    name: str, words: str, way: str, held: Mapping[str, np.ndarray], w: np.ndarray, own: float, cpu: float
) -> list[str]:
    left, broken = _judged(held, w)
    gap = _value(held, w) / own - 1
    return [name, words, way, f"{gap:+.1e}", f"{left:.0e}", f"{broken:.0e}", str(int((w == 0).sum())), f"{cpu:.4f}"]


def _judged(held: Mapping[str, np.ndarray], w: np.ndarray) -> tuple[float, float]:
    """What no multipliers take up of the slope, relative; and the largest violation. Change is written as up and down."""
    n, cap, eye = len(w), float(held["cap"]), np.eye(len(w))
    limits = [(1.0 * (held["groups"] == g), float(held["group_cap"])) for g in np.unique(held["groups"])]
    if np.isfinite(held["target"]):
        limits.append((-held["mean"], -float(held["target"])))
    broken = [abs(w.sum() - 1), max(-w.min(), 0), max(w.max() - cap, 0), *(max(a @ w - b, 0) for a, b in limits)]
    met = [a for a, b in limits if a @ w >= b - _MET]
    met += [np.ones(n), -np.ones(n), *eye[w >= cap - _MET], *-eye[w <= _MET]]
    normals = [np.concatenate([a, -a]) for a in met]
    if np.isfinite(held["turnover"]):
        moved, reach = w - held["present"], 2 * float(held["turnover"])
        broken.append(max(np.abs(moved).sum() - reach, 0))
        if np.abs(moved).sum() >= reach - _MET:
            side = np.where(np.abs(moved) <= _MET, 0.0, np.sign(moved))
            normals.append(np.concatenate([np.where(side == 0, 1.0, side), np.where(side == 0, 1.0, -side)]))
            normals += [np.concatenate([-e, 0 * e]) for e in eye[side == 0]]
            normals += [np.concatenate([0 * e, -e]) for e in eye[side == 0]]
    slope = held["H"] @ w - held["q"]
    N = np.array(normals)
    lengths = np.linalg.norm(N, axis=1, keepdims=True)
    _, left = nnls((N / lengths).T, -np.concatenate([slope, -slope]), maxiter=50 * len(N))
    return float(left / (np.abs(held["H"]) @ np.abs(w)).max()), float(max(broken))


def _delivered(markets: Mapping[str, Market]) -> Iterator[list[str]]:
    walks = [("sp500, 20", 504, 63), ("sp500, 20", 40, 21), ("Fama-French, 49", 120, 3), ("Fama-French, 49", 60, 3)]
    for name, window, hold in walks:
        market = markets[name]
        told = walk_forward(market, Wishes(), window=window, hold=hold, most=10_000)
        for track in told.tracks:
            beside = told.beside.get(track.name)
            yield [
                name,
                f"{window} {market.period}s",
                track.name,
                f"{100 * track.promise:.1f} %",
                f"{100 * track.risk.value:.1f} %",
                f"{track.ratio.value:.2f} ({track.ratio.low:.2f} to {track.ratio.high:.2f})",
                "" if beside is None else f"{beside.value:.2f} ({beside.low:.2f} to {beside.high:.2f})",
                f"{100 * track.gain.value:.1f} %",
            ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
