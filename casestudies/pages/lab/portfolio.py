"""Portfolios within constraints: a file or a made-up market, the wishes, the frontier, and what was delivered."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from casestudies.pages import frame
from casestudies.pages.complaints import said
from casestudies.pages.lab import bench
from casestudies.pages.plain import plain, say
from casestudies.portfolio import Answer, Market, Wishes, read_market, study, synthetic_market
from casestudies.portfolio.estimates import Mean
from casestudies.portfolio.sections import answer_blocks, answer_lines
from casestudies.report import csv_safe

HOW = """
Weights are found with the **least variance within the constraints**: no short positions, at most a share in any asset, at most a share
of the portfolio sold and bought anew. A return that is asked for is a constraint too; or return is weighed against risk. The core solves it by
projected gradient and augmented Lagrangian, and certifies the answer. Where the wishes cannot all be kept, it is said which of
them quarrel, and what would have to give way.

The optimiser's own figure is a **promise** made on the window that it learnt from. Below stands what was **delivered** in the
periods after each window, which it never saw, after costs, beside 1/n: the same weight for every asset. It is a lesson about
estimates, not advice.
"""
_LARGEST = 120  # assets that the page takes: more belong into a notebook
TYPES = ["csv", "txt", "gz", "xlsx", "parquet"]
_MOST = ((30, 60), (_LARGEST, 25))  # up to so many assets, so many choices: about a second of CPU for a slider
_AIMS = {"least": "The least risk", "target": "The least risk at a return", "weighed": "Return weighed against risk"}
_MEANS = {"sample": "the mean of the window", "shrunk": "shrunk (Jorion)"}


def show() -> None:
    frame.title("Portfolio", "The least risk within constraints, what was promised, and what was delivered", how=HOW)
    words = (
        "Prices or returns: dates in the first column, then a column for each asset; without a file, a synthetic market"
    )
    path = bench.handed_in(words, TYPES, "lab:portfolio")
    with said():
        market = _market(None if path is None else str(path))
        for note in market.notes:
            say(f"{path.name if path else 'The market'}: {note}.")
        if market.assets > _LARGEST:
            st.warning(
                f"{market.assets} assets are more than this page works on; it takes {_LARGEST}. Use the notebook."
            )
            return
        _asked(market, path)


def _asked(market: Market, path: Path | None) -> None:
    """The sliders and what they come to."""
    aim = bench.choice("What is wanted", "pf-aim", _AIMS, "least")
    first, second, third = bench.abreast(3)
    with first:
        cap = bench.number("Most weight of an asset, %", "pf-cap", (1.0, 100.0), 20.0, 1.0)
    with second:
        turnover = bench.number("Most turnover at a choice, %; 100 = any", "pf-turnover", (0.0, 100.0), 100.0, 5.0)
    with third:
        target = aversion = None
        if aim == "target":
            target = bench.number("Return of a year, at least, %", "pf-target", (-10.0, 60.0), 10.0, 0.5) / 100
        elif aim == "weighed":
            aversion = bench.number("Aversion to risk", "pf-aversion", (0.5, 20.0), 5.0, 0.5)
    many = market.periods // 2
    few = min(max(market.per_year // 4, 12), many // 2)
    first, second, third = bench.abreast(3)
    with first:
        usual = min(2 * market.per_year if market.per_year > 12 else 10 * market.per_year, many)
        window = bench.whole(f"Window, {market.period}s", f"pf-window-{market.period}", (few, many), max(usual, few))
    with second:
        cost = bench.number("Cost of a trade, basis points", "pf-cost", (0.0, 100.0), 10.0, 1.0) / 1e4
    with third:
        mean = bench.choice("Returns are estimated by", "pf-mean", _MEANS, "sample")
    turned = None if turnover >= 100 else turnover / 100
    hold = max(market.per_year // 4, 1)
    believed: Mean = "shrunk" if mean == "shrunk" else "sample"
    source = None if path is None else str(path)
    most = next(count for assets, count in _MOST if market.assets <= assets)
    answer = _answer(source, cap / 100, turned, target, aversion, window, hold, cost, believed, most)
    bench.shown(
        answer_blocks(answer), answer_lines(answer, path.name if path else None, window, hold, cost, mean, most)
    )
    _downloads(answer)


@bench.kept
def _market(path: str | None) -> Market:
    return synthetic_market() if path is None else read_market(Path(path))


@bench.kept
def _answer(
    path: str | None,
    cap: float,
    turnover: float | None,
    target: float | None,
    aversion: float | None,
    window: int,
    hold: int,
    cost: float,
    mean: Mean,
    most: int,
) -> Answer:
    wishes = Wishes(cap=cap, turnover=turnover, target=target, aversion=aversion)
    return study(_market(path), wishes, window=window, hold=hold, cost=cost, mean=mean, most=most)


def _downloads(answer: Answer) -> None:
    tables = {"weights": answer.table}
    if answer.frontier is not None:
        line = answer.frontier
        weights = pd.DataFrame(line.weights, columns=list(answer.market.names))
        tables["frontier"] = pd.concat([pd.DataFrame({"risk": line.risk, "return": line.gain}), weights], axis=1)
    if answer.delivered is not None:
        last = answer.market.dates[-len(answer.delivered.tracks[0].returns) :]
        held = {track.name: track.returns for track in answer.delivered.tracks}
        tables["delivered"] = pd.DataFrame({"date": last.strftime("%Y-%m-%d"), **held})
    with st.container(horizontal=True):
        for name, table in tables.items():
            if len(table):
                st.download_button(
                    plain(f"Download {name}.csv"),
                    partial(_csv, table),
                    f"{name}.csv",
                    "text/csv",
                    on_click="ignore",
                    key=f"download:{name}",
                )


def _csv(table: pd.DataFrame) -> str:
    return csv_safe(table).to_csv(index=False)
