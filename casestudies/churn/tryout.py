"""Sliders for a finished campaign: another offer, acceptance, contact cost, budget or number of contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from casestudies.churn.economics import Offered, read_gain
from casestudies.churn.trying import constant, parts_of, some_of
from casestudies.decisions.breakeven import campaign_break_even
from casestudies.decisions.campaign import campaign
from casestudies.report import Block, Metric, Metrics, Table, Text
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.words import money, percent
from casestudies.workflow.studies import Lever

_WIDE = 3.0  # times the run's own value, at the upper end of a lever
_STEPS = 100


@dataclass(frozen=True)
class Tried:
    """What a list comes to, before a control group is set aside; money in the currency of the costs.

    `needed`: the acceptance from which it pays; None for an empty list.
    """

    contacts: float
    spend: float
    expected: float
    came: float
    bound: float
    needed: float | None


def levers(f: Findings) -> tuple[Lever, ...]:
    """Each starts where the run stands; none without an offer in money."""
    told = f.analysis.get("campaign")
    if told is None:
        return ()
    kept = told["tryout"]
    full = max(told["frontier"]["spend"][-1], 1.0)
    return (
        _part(kept["offers"], "offer", "Cost of the offer", f.unit),
        _part(kept["offers"], "accept", "Accepted by leaving customers", ""),
        _part(kept["offers"], "contact", "Cost of a contact", f.unit),
        _limit("budget", f"Budget ({f.unit})", kept["budget"], full, "Money for contacts and offers together."),
        _limit("capacity", "Contacts at most", kept["most"], told["rows"], "Customers that can be contacted."),
    )


def tried_blocks(f: Findings, values: Mapping[str, float]) -> tuple[Block, ...]:
    """The campaign with the levers at `values`, beside the run's own."""
    own = {lever.key: lever.start for lever in levers(f)}
    there = tried(f, {**own, **values})
    here = tried(f, own)
    rows = (
        ("Contacts", f"{here.contacts:,.0f}", f"{there.contacts:,.0f}"),
        (f"Spent ({f.unit})", money(here.spend), money(there.spend)),
        (f"Expected gain ({f.unit})", money(here.expected), money(there.expected)),
        (f"At most possible ({f.unit})", money(here.bound), money(there.bound)),
        (f"Gain as it came ({f.unit})", money(here.came), money(there.came)),
        ("Pays from an acceptance of", percent(here.needed), percent(there.needed)),
    )
    told = f.analysis["campaign"]
    counted = len(some_of(told["rows"]))
    blocks: list[Block] = [
        Metrics(
            (
                Metric("Contacts", f"{there.contacts:,.0f}", "", f"{money(there.spend, f.unit)} spent"),
                Metric("Expected gain", money(there.expected, f.unit), "", f"at most {money(there.bound, f.unit)}"),
                Metric("Gain as it came", money(there.came, f.unit), "", "with the outcomes of the judged customers"),
                Metric("Pays from", percent(there.needed), "", "acceptance at which the list earns and loses nothing"),
            )
        ),
        Table(
            "The list as in the run, and as tried; no control group is set aside in either",
            ("", "In the run", "Tried"),
            rows,
            (False, True, True),
        ),
    ]
    if counted < told["rows"]:
        blocks.append(
            Text(f"Reckoned on {counted:,} of the {told['rows']:,} judged customers, each counting for several.")
        )
    return tuple(blocks)


def tried(f: Findings, values: Mapping[str, float]) -> Tried:
    """The best list under the values of all levers."""
    told = f.analysis["campaign"]
    kept = told["tryout"]
    some = some_of(told["rows"])
    if f.costs is None:
        raise ValueError("a run with a campaign has costs")
    clv, p, y = f.costs.fn[some], f.scores()[f.champion][some], f.y[some]
    each = told["rows"] / len(some)
    w = f.weight[some] * each
    moved = [_moved(offer, kept["offers"], clv, values) for offer in kept["offers"]]
    offers = [Offered.of(offer["name"], parts) for offer, parts in zip(kept["offers"], moved, strict=True)]
    read = kept.get("read")
    if "p" in kept:
        p = np.asarray(kept["p"])
    gain, spend = (
        np.stack(columns, axis=1)
        for columns in zip(*((one.costs.gain(p), one.costs.spend(p)) for one in offers), strict=True)
    )
    came = np.stack([-one.costs.slope(y) for one in offers], axis=1)
    if read is not None:
        came = _as_read(read, kept["offers"], moved[0], values)[:, None]
    allowed = np.ones(len(some), dtype=bool)
    allowed[kept["left_alone"]] = False
    most = int(values["capacity"] / each)
    made = campaign(gain * w[:, None], spend * w[:, None], float(values["budget"]), most, allowed)
    act = made.act
    rows, offer = np.flatnonzero(act), made.offer[act]
    parts = {
        name: np.stack([one.parts[name] for one in offers], axis=1)[rows, offer] for name in ("clv", "offer", "contact")
    }
    needed = None
    if len(rows):
        needed = float(campaign_break_even(p[rows], parts["clv"], parts["offer"], parts["contact"], w[rows])[0])
    return Tried(float(w[rows].sum()), made.spend, made.gain, float(w[rows] @ came[rows, offer]), made.bound, needed)


def _as_read(
    read: Mapping[str, Any],
    offers: list[Mapping[str, Any]],
    parts: Mapping[str, np.ndarray],
    values: Mapping[str, float],
) -> np.ndarray:
    """(rows,) gain as the past campaign shows it; another acceptance keeps so many times as many, who take the offer too."""
    kept, taken = np.asarray(read["kept"]), np.asarray(read["taken"])
    now = constant(offers, "accept")
    times = values["accept"] if now is None else values["accept"] / now if now else 1.0
    return read_gain(parts, kept * times, taken + kept * (times - 1.0))


def _part(offers: list[Mapping[str, Any]], part: str, label: str, unit: str) -> Lever:
    """A lever of a part of the offers: its amount where it is one number, else how many times it is as now."""
    now = constant(offers, part)
    if now is None or not now > 0:
        help_ = "1 is as in the run; the cost of each customer and offer is multiplied."
        if now is not None:  # nothing to multiply
            return Lever(
                part, f"{label}{f' ({unit})' if unit else ''}", 0.0, 10.0, 0.5, 0.0, "As in the run: 0.", "%.2f"
            )
        return Lever(part, f"{label} (times as now)", 0.0, _WIDE, 0.05, 1.0, help_, "%.2f")
    if part == "accept":
        return Lever(part, f"{label} (share)", 0.0, 1.0, 0.01, now, "Share of those who would leave.", "%.2f")
    return Lever(part, f"{label} ({unit})", 0.0, _WIDE * now, _step(_WIDE * now), now, "", "%.2f")


def _limit(key: str, label: str, now: float | None, enough: float, help_: str) -> Lever:
    """A lever of a limit, up to where it limits nothing; there it stands where the run has none."""
    high = max(enough, 1.5 * (now or 0.0))
    step = max(1.0, _step(high))
    last = float(np.ceil(high * (1 + 1e-9) / step) * step)
    return Lever(key, label, 0.0, last, step, last if now is None else float(now), help_, "%.0f")


def _step(high: float) -> float:
    """About a hundredth of the way, as a round number."""
    tenth = 10.0 ** np.floor(np.log10(high / _STEPS))
    return float(next(tenth * by for by in (1, 2, 5, 10) if tenth * by >= high / _STEPS))


def _moved(
    offer: Mapping[str, Any], offers: list[Mapping[str, Any]], clv: np.ndarray, values: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """The parts of an offer with the levers applied: an amount takes the place of one number, a factor multiplies."""
    parts = parts_of(offer, clv)
    for part in ("accept", "offer", "contact"):
        one = constant(offers, part)
        parts[part] = parts[part] * values[part] if one is None else np.full(len(clv), float(values[part]))
    parts["accept"] = np.clip(parts["accept"], 0.0, 1.0)
    return parts
