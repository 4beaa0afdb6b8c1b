"""The twelve sections of every table study's report. They only say what the run folder holds; nothing is computed here.

Summary, data, method, performance, calibration, cost and threshold, global explanation, cases, quality of the
explanations, groups, limits and use, how to reproduce.
"""

from __future__ import annotations

from collections.abc import Iterable

from casestudies.report import Section
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.closing import limits_and_use, reproduce
from casestudies.workflow.sections.data import data, method
from casestudies.workflow.sections.explained import cases, explanation, explanation_quality
from casestudies.workflow.sections.judged import calibration, cost, groups, performance
from casestudies.workflow.sections.summary import in_lines, summary
from casestudies.workflow.sections.words import MODELS, money, number, percent, pretty, span, verdict

__all__ = [
    "MODELS",
    "calibration",
    "cases",
    "cost",
    "data",
    "explanation",
    "explanation_quality",
    "groups",
    "in_lines",
    "limits_and_use",
    "method",
    "money",
    "number",
    "percent",
    "performance",
    "pretty",
    "reproduce",
    "sections",
    "span",
    "summary",
    "verdict",
]


def sections(f: Findings, limits: Iterable[str], uses: Iterable[str]) -> tuple[Section, ...]:
    """All twelve.

    Parameters
    ----------
    limits, uses: the study's own sentences for "limits and use".
    """
    return (
        summary(f),
        data(f),
        method(f),
        performance(f),
        calibration(f),
        cost(f),
        explanation(f),
        cases(f),
        explanation_quality(f),
        groups(f),
        limits_and_use(f, limits, uses),
        reproduce(f),
    )
