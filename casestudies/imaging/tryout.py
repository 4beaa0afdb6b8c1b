"""Sliders of the Results page: how dear a miss is, and how common the disease is where the model is meant to be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from casestudies.imaging.decision import Decision, cheapest_cut
from casestudies.imaging.findings import Findings
from casestudies.imaging.judged import People
from casestudies.imaging.tryout_curve import curve
from casestudies.report import Block, Note, Table, Text
from casestudies.workflow.sections.words import number, percent
from casestudies.workflow.studies import Lever, Tryout

_DEAREST = 100.0  # a miss, in false alarms
_RAREST, _MOST = 0.1, 50.0  # diseased in a hundred
_ALL, _NONE = "Everybody", "Nobody"


@dataclass(frozen=True)
class _Outcome:
    """What one way to decide comes to, a patient. cost: in false alarms."""

    cut: float | None
    found: float
    alarmed: float
    called: float
    cost: float


def levers(f: Findings) -> tuple[Lever, ...]:
    """None where the judged patients are all diseased, or all healthy."""
    share = People.of(f, "test").share
    if not 0.0 < share < 1.0:
        return ()
    dear, common = _ratio(f), round(100.0 * share, 1)
    return (
        Lever(
            "miss",
            "Price of a miss, in false alarms",
            min(1.0, dear),
            max(_DEAREST, 2.0 * dear),
            1.0 if dear.is_integer() else 0.1,
            dear,
            "How many people called back for nothing are as bad as one disease that is missed.",
        ),
        Lever(
            "diseased",
            "Diseased of a hundred",
            min(_RAREST, common),
            max(_MOST, min(2.0 * common, 99.9)),
            0.1,
            common,
            "Where the model is meant to be used; it starts as in the judged data. Within the diseased and the healthy, people "
            "there are taken to be like those of the data.",
            "%.1f",
        ),
    )


def told(f: Findings, values: Mapping[str, float]) -> tuple[Block, ...]:
    """The judged patients decided anew at these prices, beside the run's own cut and no model at all.

    Parameters
    ----------
    values: {lever key: value}; what is not given is as it was in the run.
    """
    start = {lever.key: lever.start for lever in levers(f)}
    if not start:
        return ()
    asked = {**start, **values}
    judged, chosen_on = People.of(f, "test"), People.of(f, "validation")
    moved = asked["diseased"] != start["diseased"]
    share = asked["diseased"] / 100.0 if moved else judged.share
    dear = asked["miss"]
    # probabilities hold where the disease is as common as on the validation patients: elsewhere the price of a miss
    # takes the place of a prior (Elkan 2001, section 3.1)
    shift = _odds(share) / _odds(chosen_on.share) if moved else 1.0
    own = Decision.from_dict(f.evaluation["decision"]).patient.cut
    as_in_the_run = not moved and dear == start["miss"]
    cut = own if as_in_the_run else _cut(f, chosen_on, dear * shift)
    ways = {
        "A cut for these prices": _outcome(judged, cut, dear, share),
        "The run's cut": _outcome(judged, own, dear, share),
        _ALL: _outcome(judged, -np.inf, dear, share),
        _NONE: _outcome(judged, np.inf, dear, share),
    }
    tried, *_, everybody, nobody = ways.values()
    saves = tried.cost < min(everybody.cost, nobody.cost)
    return (
        Text(_said(f, ways, dear, share)) if saves else Note(_said(f, ways, dear, share), "warning"),
        _table(f, ways),
        curve(f, dear, share, shift),
    )


def _ratio(f: Findings) -> float:
    prices = f.evaluation["prices"]
    return float(prices["miss"] / prices["alarm"])


def _odds(share: float) -> float:
    return share / (1.0 - share)


def _cut(f: Findings, chosen_on: People, dear: float) -> float:
    """As the run would choose it; where the run was given a probability, the Bayes cut."""
    if f.settings.decide.cut == "cost":
        return cheapest_cut(chosen_on.y, chosen_on.p, dear, 1.0)
    return 1.0 / (1.0 + dear)


def _outcome(judged: People, cut: float, dear: float, share: float) -> _Outcome:
    """Rates are those of the judged patients, weighed to the share of diseased."""
    found, alarmed = judged.acted(cut)
    missed, needless = share * (1.0 - found), (1.0 - share) * alarmed
    return _Outcome(
        float(cut) if np.isfinite(cut) else None, found, alarmed, share * found + needless, dear * missed + needless
    )


def _said(f: Findings, ways: Mapping[str, _Outcome], dear: float, share: float) -> str:
    tried, own, everybody, nobody = ways.values()
    at = f"With a miss as dear as {dear:g} false alarm{'' if dear == 1 else 's'}, and {percent(share)} diseased,"
    best = min(everybody.cost, nobody.cost)
    constant = "everybody" if everybody.cost < nobody.cost else "nobody"
    if tried.cost >= best:
        lucky = own.cost < best
        beside = (
            f" The run's cut would save {percent(1.0 - own.cost / best)}: by luck, where so little is to be had."
            if lucky
            else ""
        )
        return f"{at} the model saves nothing at these prices: to call back {constant} costs no more.{beside}"
    more = (own.cost - tried.cost) / best
    beside = (
        "as much as the run's cut"
        if abs(more) < 0.0005
        else f"{percent(abs(more))} {'more' if more > 0 else 'less'} than the run's cut"
    )
    return (
        f"{at} the model saves {percent(1.0 - tried.cost / best)} of what it would cost to call back {constant}, {beside}. "
        "How sure that is, the figures above say for the run's own prices."
    )


def _table(f: Findings, ways: Mapping[str, _Outcome]) -> Table:
    best = min(ways[_ALL].cost, ways[_NONE].cost)
    who = "patient" if f.evaluation["patients_known"] else "image"

    rows = (
        ("Called back above", *["" if one.cut is None else percent(one.cut) for one in ways.values()]),
        (f"Cost per {who}, in false alarms", *[number(one.cost, 3) for one in ways.values()]),
        ("Saved", *[percent(1.0 - one.cost / best) for one in ways.values()]),
        ("Sensitivity: diseased called back", *[percent(one.found) for one in ways.values()]),
        ("Specificity: healthy left alone", *[percent(1.0 - one.alarmed) for one in ways.values()]),
        ("Called back in all", *[percent(one.called) for one in ways.values()]),
    )
    caption = f"The {f.evaluation['patients']:,} judged {who}s at these prices"
    return Table(caption, ("", *ways), rows, (False, *(True,) * len(ways)))


TRYOUT = Tryout("Try other prices", levers, told)
