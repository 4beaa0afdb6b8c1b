"""Changing a case's values, within what training saw, and what the saved model says then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from casestudies.pages import reading
from casestudies.pages.blocks import show_figure
from casestudies.pages.plain import plain
from casestudies.report import charts
from casestudies.runs import RunFolder
from casestudies.workflow.findings import Findings
from casestudies.workflow.predictor import TablePredictor
from casestudies.workflow.sections import percent

_FIRST = 9  # inputs shown at once, those with the largest effects; the others on request
_MISSING = "missing"


def what_if(run: RunFolder, case: Mapping[str, Any]) -> None:
    """Inputs for the case's values, and the score and the decision before and after."""
    model, findings = reading.predictor(run), reading.findings(run)
    if model is None:
        st.text("The model of this study cannot be asked about single values.")
        return
    before = {name: _typed(text, findings.profile["columns"][name]) for name, text in case["values"].items()}
    order = sorted(case["names"], key=lambda name: -abs(case["effects"][case["names"].index(name)]))
    st.caption("Values stay within what training saw (1 % to 99 %, or the levels it knew). An empty number is missing.")
    after = _asked(run, case, findings, before, order)
    _compared(findings, model, case, before, after)
