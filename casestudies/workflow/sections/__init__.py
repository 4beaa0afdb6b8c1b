"""The twelve sections of every table study's report. They only say what the run folder holds; nothing is computed here.

Summary, data, method, performance, calibration, cost and threshold, global explanation, cases, quality of the
explanations, groups, limits and use, how to reproduce.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from casestudies.report import Block, Section
from casestudies.workflow.findings import Findings
from casestudies.workflow.sections.closing import limits_and_use, reproduce
from casestudies.workflow.sections.data import data, method
from casestudies.workflow.sections.explained import cases, explanation
from casestudies.workflow.sections.judged import calibration, cost, groups, performance
from casestudies.workflow.sections.summary import in_lines, summary
from casestudies.workflow.sections.trust import explanation_quality
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


Own = Callable[[Findings], Iterable[Block]]


def sections(
    f: Findings, limits: Iterable[str], uses: Iterable[str], own: Mapping[str, Sequence[Own]] = MappingProxyType({})
) -> tuple[Section, ...]:
    """All twelve.

    Parameters
    ----------
    limits, uses: the study's own sentences for "limits and use".
    own: {section's key: what the study alone says there}: at the end of the section; in the summary before the picture.

    Raises
    ------
    KeyError: there is no section of that key.
    """
    parts = {section.key: section for section in _shared(f, limits, uses, own.get("summary", ()))}
    for key, blocks in own.items():
        if key != "summary":
            parts[key] = replace(
                parts[key], blocks=(*parts[key].blocks, *(block for said in blocks for block in said(f)))
            )
    return tuple(parts.values())


def _shared(f: Findings, limits: Iterable[str], uses: Iterable[str], first: Sequence[Own]) -> tuple[Section, ...]:
    return (
        summary(f, [block for said in first for block in said(f)]),
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
