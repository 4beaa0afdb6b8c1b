"""Rows a and b: how well a card ranks, and what it costs to fit and to score, beside optbinning, EBM and LightGBM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.credit.data import table
from benchmarks.credit.running import OURS, Contender, Found, answers, versions
from benchmarks.optim.comparison import Table, seconds

TEXT = (
    "Five folds, the same for everybody, mean over the folds; the standard error is that of the difference to optbinning's "
    "better card over the folds. CPU seconds of one fit and of scoring one fold, the least of two rounds, binning included. "
    "optbinning as its tutorials build it, with levels below 1 % of the rows pooled, which helps it (PAKDD +0.001), and with "
    "monotone trends asked for besides; it fits one C, so seconds are compared with ours at one C, where the other cards "
    "choose theirs on five folds of their own. Of its two ways to score, the faster counts. Codes (shops, areas, professions, "
    "education) are categories for everybody. EBM: no interactions, its own defaults, one thread. "
)
_BINNING = "benchmarks.peers.optbinning"
_POOLED = {"rare": 0.01}
_CARD = {"model": "scorecard", "whole": False}
ONE_STEPS, ONE_WOE, STEPS, WOE, CHOSEN, WHOLE = (
    Contender("casestudies card, steps, C = 0.1", OURS, {**_CARD, "method": "steps", "C": 0.1, "cv": 0}),
    Contender("casestudies card, WOE, C = 1", OURS, {**_CARD, "method": "woe", "C": 1.0, "cv": 0}),
    Contender("casestudies card, steps", OURS, {**_CARD, "method": "steps"}),
    Contender("casestudies card, WOE", OURS, {**_CARD, "method": "woe"}),
    Contender("**casestudies card, chosen by CV**", OURS, {**_CARD, "method": "cv"}),
    Contender(
        "casestudies card, chosen by CV, whole points", OURS, {"model": "scorecard", "method": "cv", "whole": True}
    ),
)
TREES = Contender("LightGBM, 150 trees of 15 leaves", OURS, {"model": "lightgbm"})
PLAIN, MONOTONE = (
    Contender("optbinning Scorecard", _BINNING, _POOLED),
    Contender("optbinning Scorecard, ascending or descending", _BINNING, _POOLED | {"trend": "auto_asc_desc"}),
)
EBM = Contender("InterpretML EBM, no interactions", "benchmarks.peers.interpret", {"interactions": 0})


@dataclass(frozen=True)
class Asked:
    """What the card must reach on a table; None where nothing was asked. Differences of AUC: ours less theirs."""

    binning: float | None = None
    trees: float | None = None
    ebm: float | None = None


ASKED = {
    "taiwan": Asked(binning=0.008, trees=-0.008, ebm=-0.004),
    "pakdd": Asked(binning=0.006, trees=-0.008),
    "german": Asked(binning=-0.003),
    "telco": Asked(ebm=-0.004),
}


def measure(name: str, rows: int | None = None) -> tuple[list[Table], dict[str, str]]:
    """The table of one data set and what was asked of it; `rows` takes the first ones only."""
    loans = table(name) if rows is None else table(name).head(rows)
    folds = loans.folds
    ebm = [EBM] if name != "pakdd" else []
    found = answers([ONE_STEPS, PLAIN, ONE_WOE, MONOTONE, STEPS, WOE, CHOSEN, TREES, WHOLE, *ebm], loans, folds)
    judged = {one.contender: Ranked.of(one, one.p, loans.y, folds) for one in found if one.p is not None}
    rivals = [judged[one] for one in (PLAIN, MONOTONE) if one in judged]
    best = max(rivals, key=lambda one: one.auc.mean())
    caption = f"{loans.name}: {len(loans.y):,} rows, {loans.X.shape[1]} columns, {loans.y.mean():.1%} events"
    head = ["model", "AUC", "less optbinning's", "KS", "fit, CPU s", "score, CPU s", "peak MB", "columns", "bins"]
    lines = [_line(one, judged.get(one.contender), best) for one in _ordered(found, judged)]
    asked = _asked(name, judged, best)
    tables = [{"caption": caption, "head": head, "rows": lines}]
    if asked:
        tables.append(
            {"caption": f"{loans.name}: asked and found", "head": ["", "asked", "found", "met"], "rows": asked}
        )
    return tables, versions(found)


@dataclass(frozen=True, eq=False)
class Ranked:
    """auc, ks: (folds,) of a contender."""

    found: Found
    auc: np.ndarray
    ks: np.ndarray

    @classmethod
    def of(cls, found: Found, p: np.ndarray, y: np.ndarray, folds: np.ndarray) -> Ranked:
        from casestudies.metrics import auc, ks

        held = [folds == fold for fold in np.unique(folds)]
        return cls(found, *(np.array([figure(y[rows], p[rows]) for rows in held]) for figure in (auc, ks)))

    @property
    def fit(self) -> float:
        return float(self.found.fit.mean())

    @property
    def scoring(self) -> float:
        return float(self.found.score.mean())

    def less(self, rival: Ranked) -> tuple[float, float]:
        """Difference of AUC and its standard error over the folds."""
        apart = self.auc - rival.auc
        return float(apart.mean()), float(apart.std(ddof=1) / np.sqrt(len(apart)))


def _ordered(found: Sequence[Found], judged: dict[Contender, Ranked]) -> list[Found]:
    """The best ranking first, failures last."""
    return sorted(found, key=lambda one: -judged[one.contender].auc.mean() if one.contender in judged else 1.0)


def _line(found: Found, ranked: Ranked | None, best: Ranked) -> list[str]:
    if ranked is None:
        return [found.contender.name, found.failure, *[""] * 7]
    apart, error = ranked.less(best)
    told = [f"{found.told[key]:.1f}" if key in found.told else "" for key in ("columns", "bins")]
    return [
        found.contender.name,
        f"{ranked.auc.mean():.4f}",
        "" if ranked is best else f"{apart:+.4f} ± {error:.4f}",
        f"{ranked.ks.mean():.3f}",
        seconds(ranked.fit),
        f"{ranked.scoring:.4f}",
        f"{found.peak:.0f}",
        *told,
    ]


def _asked(name: str, judged: dict[Contender, Ranked], best: Ranked) -> list[list[str]]:
    asked, rows = ASKED[name], list[list[str]]()

    def more(what: str, wanted: str, value: str, met: bool) -> None:
        rows.append([what, wanted, value, "yes" if met else "no"])

    def ahead(what: str, ours: Contender, theirs: Ranked | None, least: float | None) -> None:
        if least is not None and theirs is not None and ours in judged:
            apart, error = judged[ours].less(theirs)
            more(what, f"at least {least:+.3f}", f"{apart:+.4f} ± {error:.4f}", apart >= least)

    def quicker(what: str, ours: Contender, theirs: Ranked | None, least: float, scoring: bool = False) -> None:
        if theirs is not None and ours in judged:
            own = judged[ours]
            many = theirs.scoring / own.scoring if scoring else theirs.fit / own.fit
            more(what, f"at least {least:g}x less CPU", f"{many:.1f}x", many >= least)

    trees, ebm, plain = (judged.get(one) for one in (TREES, EBM, PLAIN))
    ahead("AUC, the card chosen by CV less optbinning's Scorecard", CHOSEN, plain, asked.binning)
    if best is not plain:
        ahead("AUC, the same less optbinning's better card here", CHOSEN, best, asked.binning)
    ahead("AUC, the card before rounding less LightGBM's", CHOSEN, trees, asked.trees)
    if CHOSEN in judged and WHOLE in judged:
        apart, _ = judged[WHOLE].less(judged[CHOSEN])
        rows.append(["AUC lost by whole points", "", f"{-apart:.4f}", ""])
    ahead("AUC, the card less EBM's", CHOSEN, ebm, asked.ebm)
    if name != "telco":
        quicker("fit, WOE at one C against optbinning at one C", ONE_WOE, plain, 5.0)
        quicker("fit, steps at one C against optbinning at one C", ONE_STEPS, plain, 2.5)
        quicker("scoring against optbinning", CHOSEN, plain, 5.0, scoring=True)
    if asked.ebm is not None:
        quicker("fit, the card with its folds against EBM", CHOSEN, ebm, 10.0)
    return rows
