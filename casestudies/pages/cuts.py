"""One threshold for all rows, tried on a page: what it would have cost, beside what was recommended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.decisions.deciders import SHARED
from casestudies.pages import links, reading
from casestudies.pages.blocks import draw, show_block
from casestudies.pages.complaints import said
from casestudies.pages.plain import plain, say
from casestudies.report import Table
from casestudies.report.charts.lines import Axis, Guide, Line, line_chart
from casestudies.runs import RunFolder
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections import money, percent

_STEP = 0.005
_KEY = "cut"  # the widget's key, and by it the parameter in the address
_SEEN = "cut:run"


@dataclass(frozen=True)
class AtCut:
    """What one cut does to the judged rows.

    Parameters
    ----------
    total: its cost, currency of the matrix, summed over rows times weights. per_row: the same by row.
    saved: share of the better constant decision's cost that it avoids. share: of rows acted on.
    rows, cost: of the four cells tp, fp, fn, tn.
    """

    cut: float
    total: float
    per_row: float
    saved: float
    share: float
    rows: Mapping[str, float]
    cost: Mapping[str, float]


def at_cut(
    cut: float, y: NDArray[np.float64], p: NDArray[np.float64], costs: Costs, weight: NDArray[np.float64]
) -> AtCut:
    """Act where p > cut. O(rows): no sorting and no bootstrap, since a hand on a slider waits for it.

    Parameters
    ----------
    y: (rows,) 0/1. p: (rows,) probability. weight: (rows,).
    """
    act, event = p > cut, y > 0
    cells = {"tp": (event & act, costs.tp), "fp": (~event & act, costs.fp)}
    cells |= {"fn": (event & ~act, costs.fn), "tn": (~event & ~act, costs.tn)}
    total = costs.total(y, act, weight)
    return AtCut(
        cut,
        total,
        total / float(weight.sum()),
        costs.savings(y, act, weight),
        float(weight[act].sum() / weight.sum()),
        {name: float(weight[mask].sum()) for name, (mask, _) in cells.items()},
        {name: float((price * weight)[mask].sum()) for name, (mask, price) in cells.items()},
    )


def is_a_choice(findings: Any) -> bool:
    """Whether a single cut says something to this run's reader.

    Where a budget or a number of contacts decides, one threshold would act on more rows than they allow, and the
    study's own sliders move what does decide.
    """
    if not isinstance(findings, Findings) or findings.costs is None:
        return False
    tryout = findings.study.tryout
    return not (is_shared(findings) and tryout is not None and tryout.levers(findings))


def is_shared(findings: Findings) -> bool:
    """Whether the rule has a limit for all rows together."""
    return findings.decision["decider"]["kind"] in SHARED


@st.fragment
def try_a_cut(run: RunFolder) -> None:
    """The slider, bound to `?cut=`, and what its cut would have cost."""
    with said():
        findings = reading.findings(run)
        start = first_cut(findings)
        _own_value(run)
        cut = st.slider(
            f"{findings.study.words.act.capitalize()} where the probability of a {findings.study.words.event} is above",
            0.0,
            1.0,
            start,
            _STEP,
            format="%.3f",
            key=_KEY,
            bind="query-params",
        )
        costs, p = findings.costs, findings.scores()[findings.champion]
        if costs is None:
            return
        if is_shared(findings):
            st.caption("A single cut knows no budget and no capacity: it may act on more rows than the rule may.")
        _numbers(findings, at_cut(cut, findings.y, p, costs, findings.weight))
        _curve(run, findings, cut)
        with st.container(horizontal=True, vertical_alignment="center"):
            links.link("report", f"Report with the cut {cut:g}", run=run.id, chosen=f"{cut:g}")
            st.caption("The report then says that the reader chose the cut, and what was recommended.")


def first_cut(findings: Findings) -> float:
    """Where the slider starts: the rule's own cut, else the single cut that would have cost least on these rows."""
    threshold = findings.decision["decider"]["threshold"]
    if threshold is None:
        profit = findings.evaluation["profit"]
        threshold = profit["threshold"][profit["best"]]
    value = 1.0 if threshold is None else float(np.clip(float(threshold), 0.0, 1.0))
    return round(round(value / _STEP) * _STEP, 3)


def _own_value(run: RunFolder) -> None:
    """The cut of another run is not this one's: drop what the slider remembers when the run changes."""
    if st.session_state.get(_SEEN, run.id) != run.id:
        st.session_state.pop(_KEY, None)
    st.session_state[_SEEN] = run.id


def _numbers(findings: Findings, told: AtCut) -> None:
    words, unit = findings.study.words, findings.unit
    recommended = findings.figure(findings.champion, "expected_cost")["value"]
    share = findings.evaluation["acted_share"][findings.champion]
    saved = findings.figure(findings.champion, "savings")["value"]
    left, middle, right = st.columns(3)
    left.metric(
        plain(f"Cost per {words.row} at this cut"),
        plain(money(told.per_row, unit)),
        plain(_more(told.per_row - recommended, recommended, unit)),
        delta_color="inverse",
        border=True,
    )
    middle.metric("Saved at this cut", percent(told.saved), f"{100 * (told.saved - saved):+.1f} points", border=True)
    right.metric(
        plain(f"{words.acted.capitalize()} at this cut"),
        percent(told.share),
        f"{100 * (told.share - share):+.1f} points",
        delta_color="off",
        border=True,
    )
    say(
        f"Recommended: {findings.decision['words']} It costs {money(recommended, unit)} per {words.row}, saves "
        f"{percent(saved)} and would {words.act} {percent(share)}. The small figures above are the difference to it."
    )
    show_block(_confusion(findings, told))


def _more(difference: float, beside: float, unit: str) -> str:
    """A difference with as many digits as what it is a difference to."""
    return f"{difference:+,.{0 if abs(beside) >= 100 else 2}f} {unit}"


def _confusion(findings: Findings, told: AtCut) -> Table:
    words, unit = findings.study.words, findings.unit

    def cell(name: str) -> str:
        return f"{money(told.cost[name], unit)} ({told.rows[name]:,.0f})"

    return Table(
        f"Cost of each outcome at {told.cut:g}, rows in brackets",
        ("", words.rested.capitalize(), words.acted.capitalize()),
        (
            (f"no {words.event}", cell("tn"), cell("fp")),
            (words.event, cell("fn"), cell("tp")),
        ),
        (False, True, True),
        "Your cut",
    )


def _curve(run: RunFolder, findings: Findings, cut: float) -> None:
    """Cost by cut, with the chosen one: the curve is drawn once, only the upright moves."""
    spec, alt = _drawn(reading.key(run), findings)
    draw(with_cut(spec, cut), f"{alt} Your cut is {cut:g}.")


def with_cut(spec: Mapping[str, Any], cut: float) -> dict[str, Any]:
    """A chart of layers over cuts with an upright at the chosen one."""
    upright: dict[str, Any] = {
        "data": {"values": [{"x": cut, "words": f"your cut {cut:g}"}]},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
        "layer": [
            {"mark": {"type": "rule", "color": "currentColor", "strokeWidth": 1.6}},
            {
                "mark": {
                    "type": "text",
                    "align": "left" if cut < 0.7 else "right",
                    "dx": 7 if cut < 0.7 else -7,
                    "baseline": "top",
                    "fontWeight": "bold",
                },
                "encoding": {"text": {"field": "words"}, "y": {"value": 0}},
            },
        ],
    }
    return {**spec, "layer": [*spec["layer"], upright]}


@st.cache_resource(max_entries=8, show_spinner=False)
def _drawn(known: str, _findings: Findings) -> tuple[Mapping[str, Any], str]:
    profit, words, unit = _findings.evaluation["profit"], _findings.study.words, _findings.unit
    rows = float(_findings.weight.sum())
    # no number where nobody or everybody is acted on: JSON has no infinity
    ends = [0.0 if share > 0 else 1.0 for share in profit["acted_share"]]
    cuts = np.array([end if t is None else np.clip(t, 0, 1) for t, end in zip(profit["threshold"], ends, strict=True)])
    cost = np.array(profit["cost"], dtype=float) / rows
    recommended = profit["cost_taken"] / rows
    least = cuts[profit["best"]]
    alt = (
        f"Cost per {words.row} by cut. The least is {money(cost.min(), unit)} at {least:.3g}; the recommended rule "
        f"costs {money(recommended, unit)}, the dashed line."
    )
    figure = line_chart(
        [Line("one cut for all", cuts, cost)],
        Axis("Cut (probability)", ends=(0.0, 1.0)),
        Axis(f"Cost per {words.row} ({unit})", ",.0f" if abs(cost).max() >= 10 else None),
        guides=[Guide((0.0, 1.0), (recommended, recommended))],
        caption="Cost by cut",
        alt_text=alt,
        table=Table("Cost by cut", ("Cut", "Cost"), (), (True, True)),
    )
    return figure.spec, alt
