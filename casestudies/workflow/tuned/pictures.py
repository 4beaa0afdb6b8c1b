"""The pictures of a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from casestudies.report import Figure, Table, charts
from casestudies.workflow.tuned.findings import Findings
from casestudies.workflow.tuned.words import within


def beside(f: Findings) -> Table:
    """Fold by fold: the defaults and the tuned settings."""
    lead = f.lead
    tuned, plain = (f.trial(name)["scores"][lead.name] for name in ("tuned", "defaults"))
    caption = f"{lead.label} fold by fold: the tuned settings beside the settings as they are"
    better = [lead.sign * (b - a) for a, b in zip(tuned, plain, strict=True)]
    rows = [
        (f"{k}", lead.said(b), lead.said(a), f"{d:+.{lead.digits}f}")
        for k, (a, b, d) in enumerate(zip(tuned, plain, better, strict=True), 1)
    ]
    rows.append(
        (
            "mean",
            lead.said(float(np.mean(plain))),
            lead.said(float(np.mean(tuned))),
            f"{np.mean(better):+.{lead.digits}f}",
        )
    )
    return Table(caption, ("Fold", "As it is", "Tuned", "Gained"), tuple(rows), (False, True, True, True))


def history(f: Findings) -> Figure:
    """Every trial, and the best so far."""
    lead = f.lead
    values = np.array(
        [one["mean"].get(lead.name, np.nan) if one["state"] != "failed" else np.nan for one in f.tuning["trials"]]
    )
    curve = np.array([np.nan if value is None else value for value in f.tuning["curve"]])
    unit = f" ({lead.unit})" if lead.unit else ""
    return charts.search_history(
        values,
        curve,
        defaults=float(f.trial("defaults")["mean"][lead.name]),
        title=f"{lead.label}{unit}",
        digits=lead.digits,
        caption=f"{lead.label} of each trial ({'less' if lead.sign > 0 else 'more'} is better); dashed: the settings as they are",
    )


def two_goals(f: Findings) -> Figure:
    """The first two goals of every whole trial."""
    done = [one for one in f.tuning["trials"] if one["state"] == "done"]
    one, other = f.goals[1], f.goals[0]
    numbers = [trial["number"] for trial in done]
    return charts.pareto(
        np.array([trial["mean"][one.name] for trial in done]),
        np.array([trial["mean"][other.name] for trial in done]),
        np.isin(numbers, f.tuning["front"]),
        proposed=numbers.index(f.tuning["tuned"]),
        defaults=numbers.index(f.tuning["defaults"]),
        titles=(_title(one), _title(other)),
        caption=f"{other.label} against {within(one.label)}: what the goals leave to choose from",
    )


def importances(told: Mapping[str, Any], where: str) -> Figure:
    """Shares of one reading."""
    shares = told["shares"]
    return charts.importance(
        list(shares),
        np.array(list(shares.values())),
        title="Share of the differences",
        caption=f"{where} ({told['trials']} trials): what explains their differences",
    )


def _title(goal: Any) -> str:
    return f"{goal.label} ({goal.unit})" if goal.unit else str(goal.label)
