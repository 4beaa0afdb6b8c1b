"""Whether only the rows that somebody looked at can be fraud at all: then a model learns to repeat what the old rules saw.

Three signs, each a warning: a column that says who was looked at and frauds nowhere else; labels missing for a part of
the rows; frauds that stop dead below an edge of today's score, or outside today's rules.

Source: Hand and Henley 1993, "Can reject inference ever work?", IMA Journal of Mathematics Applied in Business 5, for the
same trouble in credit; Dal Pozzolo et al. 2018, IEEE TNNLS 29(8), section III, for alerts and feedback.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from casestudies.fraud.flags import fired
from casestudies.tabular.checked import Checked
from casestudies.tabular.problems import Code, Problem

Mask = NDArray[np.bool_]

NAMES = ("investigated", "was_investigated", "reviewed", "checked", "inspected")
_EVENTS = 20  # frauds, below which a pattern among them is chance
_MANY = 0.05  # of the rows without a label: more than slips of the pen
_MOST = 0.8  # of the rows looked at, beyond which nearly all were
_FEWER = 50  # times fewer frauds outside than the share inside would give
_EDGE = 0.05  # of the rows on either side of an edge of the score
_CHANCE = 1e-4
_WHY = "fraud that nobody looked for counts as legitimate, so the figures are too good and the model repeats what was looked for"
_DO = "leave those rows out (data.where), have some drawn at random looked at, and judge by these"


def investigated_problems(checked: Checked, settings: Any) -> list[Problem]:
    """Warnings where labels seem to exist only for investigated rows; each says why it matters and what to do.

    Parameters
    ----------
    checked: the table as it was checked; its label may be missing.
    settings: of the fraud study; the rules and today's score are looked at where they are named.
    """
    found = list(_unlabelled(checked))
    if checked.y is None or checked.y.sum() < _EVENTS:
        return found
    event = checked.y > 0
    for name in checked.columns:
        if name.casefold() in NAMES or checked.sources[name].casefold() in NAMES:
            found += _looked_at(checked, name, event)
    found += _rules(checked, settings.rules.columns, event)
    for name in checked.in_role("incumbent"):
        found += _edge(checked, name, event)
    return found


def _unlabelled(checked: Checked) -> Iterator[Problem]:
    """Many rows without a label, which the check has called an error: the reason why leaving them out is not enough."""
    lost = next((p for p in checked.problems if p.code is Code.LABEL_MISSING and p.severity == "error"), None)
    rows = len(checked.frame)
    if lost is None or lost.count < _MANY * rows or lost.count == rows:
        return
    rule = f"is missing in {lost.count / rows:.0%} of the rows; if these were not investigated, {_WHY}"
    advice = (
        "do not fill them with legitimate; leave them out and say in frame.excluded whom the figures do not speak for"
    )
    yield Problem(Code.INVESTIGATED, "warning", rule, advice, lost.column, count=lost.count)


def _looked_at(checked: Checked, name: str, event: Mask) -> Iterator[Problem]:
    """A column that says which rows were investigated."""
    looked = fired(checked.frame[name])
    if looked is None or looked.all() or not looked.any():
        return
    share, outside = float(looked.mean()), int(event[~looked].sum())
    expected = float(event[looked].mean()) * int((~looked).sum())
    if (share <= _MOST and outside == 0) or (outside < expected / 20 and outside < 0.02 * event.sum()):
        rule = f"says that {share:.0%} of the rows were investigated, and {outside or 'no'} fraud stands outside them: {_WHY}"
        yield _warning(rule, checked.sources[name], int((~looked).sum()))


def _rules(checked: Checked, names: list[str], event: Mask) -> Iterator[Problem]:
    """Frauds only where one of today's rules alerts."""
    held = {checked.sources.get(name, name): name for name in checked.columns}
    columns = [fired(checked.frame[own]) for name in names if (own := held.get(name, name)) in checked.columns]
    hits = [column for column in columns if column is not None]
    if not hits:
        return
    looked: Mask = np.logical_or.reduce(hits)
    share = float(looked.mean())
    if share <= _MOST and not event[~looked].any() and (1 - share) * event.sum() > 0:
        rule = (
            f"every one of {event.sum():,} frauds stands in the {share:.0%} of the rows on which a rule alerts: {_WHY}"
        )
        yield _warning(rule, None, int((~looked).sum()))


def _edge(checked: Checked, name: str, event: Mask) -> Iterator[Problem]:
    """Frauds that end at an edge of today's score: as many as ever just beside it, and none beyond."""
    values = checked.frame[name]
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() < 10:
        return
    score = values.to_numpy(dtype=np.float64, na_value=np.nan)
    for way, side in ((score, "below"), (-score, "above")):
        found = _stops(way, event)
        if found is not None:
            edge, rows, beside = found
            rule = (
                f"is today's score, and no fraud stands {side} {abs(edge):g}, in {rows:,} rows, though there are {beside} just "
                f"beside that edge: {_WHY}"
            )
            yield _warning(rule, checked.sources[name], rows)
            return


def _stops(score: NDArray[np.float64], event: Mask) -> tuple[float, int, int] | None:
    """(lowest score of a fraud, rows below it, frauds in the strip just above it) where frauds end too suddenly for chance.

    A score that is good has few frauds at its lower end, and ever fewer towards it; an edge has many on the one side and
    none on the other.
    """
    known = np.isfinite(score)
    if not event[known].any():
        return None
    edge = float(score[known & event].min())
    strip = max(50, round(_EDGE * int(known.sum())))
    below = np.sort(score[known & (score < edge)])
    above = known & (score >= edge)
    if len(below) < strip:
        return None
    order = np.argsort(score[above], kind="stable")[:strip]
    beside = int(event[above][order].sum())
    chance = float(binom.cdf(0, strip, beside / strip))
    return (edge, len(below), beside) if chance < _CHANCE else None


def _warning(rule: str, column: str | None, rows: int) -> Problem:
    return Problem(Code.INVESTIGATED, "warning", rule, _DO, column, count=rows)
