"""The recommendation report, section by section."""

from __future__ import annotations

from collections.abc import Iterable

from casestudies.recommendation.findings import Findings
from casestudies.recommendation.sections.activity import activity_blocks
from casestudies.recommendation.sections.adaptation import adaptation_blocks
from casestudies.recommendation.sections.closing import limits_and_use
from casestudies.recommendation.sections.coverage import coverage_blocks
from casestudies.recommendation.sections.data import data, method
from casestudies.recommendation.sections.experiments import experiments_blocks
from casestudies.recommendation.sections.learning import curve
from casestudies.recommendation.sections.lists import lists_blocks
from casestudies.recommendation.sections.margin import margin_blocks
from casestudies.recommendation.sections.performance import performance_blocks
from casestudies.recommendation.sections.reasons import quality_blocks, reasons_blocks
from casestudies.recommendation.sections.summary import summary
from casestudies.report import Block, Section
from casestudies.workflow.sections.closing import reproduce
from casestudies.workflow.sections.learning import learning_blocks


def sections(f: Findings) -> tuple[Section, ...]:
    """All of them, from a run folder's findings; those without anything to say are left out."""
    told = (
        summary(f),
        data(f),
        method(f),
        Section(
            "performance",
            "Performance",
            (*performance_blocks(f), *learning_blocks(f.analysis.get("learning"), curve(f))),
        ),
        _section("adaptation", "Does adapting help?", adaptation_blocks(f)),
        _section("coverage", "Breadth and popularity", coverage_blocks(f)),
        _section("margin", "Margin", margin_blocks(f)),
        _section("explanation", "The lists", lists_blocks(f)),
        _section("cases", "Four customers", reasons_blocks(f)),
        _section("quality", "How far the reasons can be trusted", quality_blocks(f)),
        _section("groups", "By activity", activity_blocks(f)),
        _section("experiments", "Experiments", experiments_blocks(f)),
        limits_and_use(f),
        reproduce(f),
    )
    return tuple(section for section in told if section.blocks)


def _section(key: str, title: str, blocks: Iterable[Block]) -> Section:
    return Section(key, title, tuple(blocks))
