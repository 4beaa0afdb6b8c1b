"""Changing a case's values, within what training saw, and what the saved model says then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

import streamlit as st

from casestudies.pages import reading
from casestudies.pages.blocks import show_block, show_figure
from casestudies.pages.inputs import number
from casestudies.pages.plain import plain, say
from casestudies.report import Table, charts, visible
from casestudies.runs import RunFolder
from casestudies.workflow.findings import Findings
from casestudies.workflow.predictor import WhatIf
from casestudies.workflow.sections import percent
from casestudies.workflow.sections.words import read

_FIRST = 9  # inputs shown at once, those with the largest effects; the others on request
_BESIDE = 3
_NAMED = 3  # made columns told by name
_MISSING = "missing"

Value = float | str | None


def what_if(run: RunFolder, case: Mapping[str, Any]) -> None:
    """Inputs for the case's values, and the probability and the decision before and after."""
    model, findings = reading.predictor(run), reading.findings(run)
    if model is None:
        say("The model of this study cannot be asked about single values.")
        return
    columns = findings.profile["columns"]
    before = {name: typed(case["values"][name], columns[name]) for name in case["names"]}
    st.caption(
        "Values stay within what training saw: 1 % to 99 % of the rows, or the levels it knew. Empty is missing."
    )
    if said := not_following(run, case["names"]):
        st.caption(plain(said))
    order = sorted(zip(case["names"], case["effects"], strict=True), key=lambda pair: -abs(pair[1]))
    names = [name for name, _ in order]
    scope = f"whatif:{run.id}:{case['row']}"
    after = _asked(names[:_FIRST], before, columns, scope)
    if names[_FIRST:]:
        more = len(names) - _FIRST
        with st.expander(f"{more} more value{'s' * (more > 1)}"):
            after |= _asked(names[_FIRST:], before, columns, scope)
    changed = [name for name in names if after[name] != before[name]]
    if not changed:
        say(f"Nothing is changed: {percent(case['p_saved'])} by the saved model. Change a value to see what it does.")
        return
    told = model.what_if(after)
    first = model.what_if(before)
    _decided(findings, case, told, first)
    _reasons(first, told, columns)
    values = [spelt(after[name]) for name in told.explanation.names]
    base = told.explanation.base if isinstance(told.explanation.base, float) else float(told.explanation.base[0])
    show_figure(
        charts.waterfall(
            base,
            told.explanation.names,
            told.explanation.values[0],
            values=values,
            caption=f"From the average to the changed case; changed: {', '.join(changed)}",
        )
    )


def not_following(run: RunFolder, names: Iterable[str]) -> str:
    """Which of a case's columns the study made and so stay as they are when another is changed; "" where there is none."""
    made = sorted({*run.read_json("data/schema.json").get("made", ())} & {*names})
    more = f" and {len(made) - _NAMED} more" if len(made) > _NAMED else ""
    said = f"{', '.join(made[:_NAMED])}{more}: made from other columns or from past rows; changing these does not change them."
    return said if made else ""


def _reasons(before: WhatIf, after: WhatIf, columns: Mapping[str, Any]) -> None:
    """Where points are lost before and after, of a scorecard."""
    if before.reasons is None or after.reasons is None:
        return
    first, then = ([_read(one, columns) for one in told.split("; ")] for told in (before.reasons, after.reasons))
    head = ("Before the change", "After the change")
    rows = tuple(zip_longest(first, then, fillvalue=""))
    show_block(Table("where points are lost, the largest loss first", head, rows, label="Reasons"))


def _read(reason: str, columns: Mapping[str, Any]) -> str:
    """A reason as the report words it: "phone: no (0)", and a wording of the settings as it is."""
    name, colon, label = reason.partition(": ")
    return f"{name}: {read(label, columns[name]['kind'])}" if colon and name in columns else reason


def typed(text: str, column: Mapping[str, Any]) -> Value:
    """A value as the run's folder tells it ("1,200", "rent", "missing") as the model reads it."""
    if text == _MISSING:
        return None
    return float(text.replace(",", "")) if "quantiles" in column else text


def spelt(value: Value) -> str:
    """The other way round."""
    if value is None:
        return _MISSING
    return value if isinstance(value, str) else f"{value:,.10g}"


def _asked(
    names: Iterable[str], before: Mapping[str, Value], columns: Mapping[str, Any], scope: str
) -> dict[str, Value]:
    after = {}
    places = st.columns(_BESIDE)
    for place, name in enumerate(names):
        with places[place % _BESIDE]:
            after[name] = _input(name, before[name], columns[name], f"{scope}:{name}")
    return after


def _input(name: str, value: Value, column: Mapping[str, Any], key: str) -> Value:
    """A number within the range of training, or one of the levels it knew; the case's own value is always there."""
    if "quantiles" not in column:
        levels = list(dict.fromkeys([*column.get("levels", {}), *([] if value is None else [str(value)]), _MISSING]))
        chosen = levels.index(_MISSING if value is None else str(value))
        picked = st.selectbox(plain(name), levels, chosen, key=key, format_func=visible)
        return None if picked == _MISSING else picked
    own = [] if value is None else [float(value)]
    low = min([column["quantiles"]["0.01"], *own])
    high = max([column["quantiles"]["0.99"], *own])
    whole = all(float(end).is_integer() for end in (low, high, *own)) and high - low > 2
    return number(
        name,
        low,
        high,
        None if value is None else float(value),
        key=key,
        step=1.0 if whole else max((high - low) / 50, 1e-6),
        form="%.10g",
        optional=True,
        help=f"{low:,.6g} to {high:,.6g} in training",
        empty=_MISSING,
    )


def _decided(findings: Findings, case: Mapping[str, Any], told: WhatIf, first: WhatIf) -> None:
    """Points (of a scorecard), probability and decision after the change, each with what it was before."""
    p, threshold = told.probability, told.threshold
    words, decider = findings.study.words, findings.decision["decider"]
    cut = decider["threshold"] if decider["threshold"] is not None else (threshold or case["threshold"])
    single = decider["kind"] not in ("budget", "capacity") and cut is not None
    scored = told.score is not None and first.score is not None
    *more, left, right = st.columns(3 if scored else 2)
    if told.score is not None and first.score is not None:
        points = f"{told.score - first.score:+,.0f} points"
        more[0].metric("Score after the change", f"{told.score:,.0f}", points, border=True)
    change = f"{100 * (p - case['p_saved']):+.1f} points"
    left.metric("Probability after the change", percent(p), change, delta_color="inverse", border=True)
    if not single:
        say("The rule decides on all rows together, so one row alone has no decision.")
        return

    def decision(chance: float, at: float) -> str:
        return words.act if chance > at else words.rest

    was, now = decision(case["p_saved"], float(case["threshold"] or cut)), decision(p, float(cut))
    right.metric(
        "Decision after the change", plain(now), f"before: {was}", delta_color="off", delta_arrow="off", border=True
    )
    if decider["threshold"] is None and threshold is None:
        st.caption(
            f"The row's own threshold of {percent(float(cut))} is kept: its costs read columns that are not among these values."
        )
