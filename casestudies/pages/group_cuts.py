"""What one threshold for all does to each group: tried on the judged rows, without training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from casestudies.metrics.groups import in_order
from casestudies.pages import reading
from casestudies.pages.blocks import show_block, show_figure
from casestudies.pages.complaints import said
from casestudies.pages.cuts import first_cut, with_cut
from casestudies.pages.memory import settle
from casestudies.pages.plain import plain
from casestudies.report import Figure, Table
from casestudies.report.charts.lines import Axis, Line, line_chart
from casestudies.runs import RunFolder
from casestudies.workflow.findings import Findings

FEW = 30  # rows; of fewer nothing is said
_LINES = 6  # groups in one chart
_CUTS = np.linspace(0.0, 1.0, 101)
_KEY, _SEEN = "group-cut", "group-cut:run"


@dataclass(frozen=True)
class AtCut:
    """One group at one cut.

    Parameters
    ----------
    rows, events: how many. acted: share acted on. caught: of the events; alarms: of the others. A share is nan where
    there are fewer than FEW rows to take it of.
    """

    rows: int
    events: int
    acted: float
    caught: float
    alarms: float


def by_group(
    cut: float, y: NDArray[np.float64], p: NDArray[np.float64], weight: NDArray[np.float64], labels: NDArray[np.str_]
) -> dict[str, AtCut]:
    """Act where p > cut, group by group, in the order of their names. O(rows x groups).

    Parameters
    ----------
    y: (rows,) 0/1. p: (rows,) probability. weight: (rows,). labels: (rows,) the group of each.
    """
    act, event = p > cut, y > 0

    def share(inside: NDArray[np.bool_]) -> float:
        whole = float(weight[inside].sum())
        return float(weight[inside & act].sum()) / whole if inside.sum() >= FEW and whole > 0 else float("nan")

    out = {}
    for name in in_order(labels):
        inside = labels == name
        events, others = inside & event, inside & ~event
        out[name] = AtCut(int(inside.sum()), int(events.sum()), share(inside), share(events), share(others))
    return out


@st.fragment
def try_groups(run: RunFolder) -> None:
    """The slider, bound to `?group-cut=`, with a table of each column's groups at its cut, and the share acted on by cut."""
    with said():
        findings = reading.findings(run)
        columns = groups_of(findings)
        if not columns:
            return
        words = findings.study.words
        st.header("What another cut would do", anchor=False)
        if st.session_state.get(_SEEN, run.id) != run.id:
            st.session_state.pop(_KEY, None)  # the cut of another run is not this one's
        st.session_state[_SEEN] = run.id
        cut = st.slider(
            plain(f"{words.act.capitalize()} where the probability of a {words.event} is above"),
            0.0,
            1.0,
            first_cut(findings),
            0.005,
            format="%.3f",
            key=_KEY,
            bind="query-params",
        )
        for column, labels in columns.items():
            show_block(_table(findings, column, labels, cut))
            figure = _drawn(reading.key(run), findings, column)
            show_figure(replace(figure, spec=with_cut(figure.spec, cut)))


def groups_of(findings: Findings) -> dict[str, NDArray[np.str_]]:
    """{column: (judged,) the group of each row}; what is not known is a group, too."""
    told = findings.predictions
    named = [str(name) for name in told if str(name).startswith("group:")]
    return {
        name.removeprefix("group:"): told[name].fillna("missing").replace({"None": "missing"}).to_numpy(dtype=str)
        for name in named
    }


def _table(f: Findings, column: str, labels: NDArray[np.str_], cut: float) -> Table:
    words = f.study.words
    told = by_group(cut, f.y, f.scores()[f.champion], f.weight, labels)
    head = ("Group", words.rows.capitalize(), f"{words.event.capitalize()}s", words.acted.capitalize())
    rows = tuple(
        (name, f"{one.rows:,}", f"{one.events:,}", _percent(one.acted), _percent(one.caught), _percent(one.alarms))
        for name, one in told.items()
    )
    caption = f"Groups of {column} at the cut {cut:g}; shares of fewer than {FEW} rows are not told"
    return Table(caption, (*head, "Caught", "False alarms"), rows, (False, *[True] * 5), "Your cut")


def _percent(share: float) -> str:
    return "too few to say" if np.isnan(share) else f"{100 * share:.1f} %"


@st.cache_resource(max_entries=16, show_spinner=False)
def _drawn(known: str, _f: Findings, column: str) -> Figure:
    """Drawn once: a move of the slider moves the upright alone."""
    figure = curves(_f, column, groups_of(_f)[column])
    settle("groups")
    return figure


def curves(f: Findings, column: str, labels: NDArray[np.str_]) -> Figure:
    """The share acted on by cut, one line a group; the largest groups where there are many."""
    words, p = f.study.words, f.scores()[f.champion]
    names, counts = np.unique(labels, return_counts=True)
    largest = names[np.argsort(-counts, kind="stable")][:_LINES]
    drawn = [name for name in in_order(largest) if (labels == name).sum() >= FEW]
    lines = {name: _acted(p[labels == name], f.weight[labels == name]) for name in drawn}
    caption = f"Share {words.acted} by cut, for each group of {column}"
    rows = tuple(
        (f"{at:g}", *(f"{100 * float(np.interp(at, _CUTS, share)):.1f} %" for share in lines.values()))
        for at in (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
    )
    at = first_cut(f)
    said = ", ".join(f"{name} {100 * float(np.interp(at, _CUTS, share)):.1f} %" for name, share in lines.items())
    return line_chart(
        [Line(name, _CUTS, share) for name, share in lines.items()],
        Axis("Cut (probability)", ends=(0.0, 1.0)),
        Axis(f"Share {words.acted}", "~%", ends=(0.0, 1.0)),
        caption=caption,
        alt_text=f"{caption}. At the cut {at:g}, where the slider starts: {said}.",
        table=Table(caption, ("Cut", *lines), rows, (False, *[True] * len(lines)), f"Groups of {column}"),
    )


def _acted(p: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """(cuts,) weighted share of the rows above each cut."""
    order = np.argsort(p)
    above = np.concatenate([np.cumsum(weight[order][::-1])[::-1], [0.0]])
    share: NDArray[np.float64] = above[np.searchsorted(p[order], _CUTS, side="right")] / weight.sum()
    return share
