"""The imaging report, section by section."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from casestudies.imaging.findings import Findings
from casestudies.imaging.sections.closing import limits_and_use
from casestudies.imaging.sections.data import data_blocks
from casestudies.imaging.sections.decision import decision_blocks
from casestudies.imaging.sections.explained import cases_blocks, explanations_blocks, quality_blocks, worst_blocks
from casestudies.imaging.sections.groups import groups_blocks
from casestudies.imaging.sections.head import head_blocks
from casestudies.imaging.sections.learning import curve
from casestudies.imaging.sections.method import method_blocks
from casestudies.imaging.sections.performance import performance_blocks
from casestudies.imaging.sections.robustness import robustness_blocks
from casestudies.imaging.sections.second_reader import second_reader_blocks
from casestudies.imaging.sections.sites import sites_blocks
from casestudies.imaging.sections.summary import summary
from casestudies.report import Block, Note, Section
from casestudies.workflow.sections.closing import reproduce
from casestudies.workflow.sections.learning import learning_blocks

_LEAK = Note(
    "LEAK, by the user’s will: patients or twins lie on both sides of the split. No figure of this report proves anything.",
    "warning",
)


def sections(f: Findings) -> tuple[Section, ...]:
    """All of them, from a run folder's findings; those without anything to say are left out."""
    told = (
        summary(f),
        _section("data", "Data", data_blocks(f)),
        _section("method", "Method", method_blocks(f)),
        _section("head", "The last layer", head_blocks(f)),
        _section(
            "performance",
            "Performance",
            (*performance_blocks(f), *learning_blocks(f.analysis.get("learning"), curve(f))),
        ),
        _section("cost", "Prices and the cut", decision_blocks(f)),
        _section("second_reader", "Second reader", second_reader_blocks(f)),
        _section("robustness", "Worse images", robustness_blocks(f)),
        _section("explanation", "Where the model looks", explanations_blocks(f)),
        _section("cases", "Four images", cases_blocks(f)),
        _section("errors", "The worst errors", worst_blocks(f)),
        _section("quality", "How far the maps can be trusted", quality_blocks(f)),
        _section("groups", "Groups", groups_blocks(f)),
        _section("sites", "Another site", sites_blocks(f)),
        limits_and_use(f),
        reproduce(f),
    )
    marked = (section for section in told if section.blocks)
    if f.profile["leak"]:
        return tuple(replace(section, blocks=(_LEAK, *section.blocks)) for section in marked)
    return tuple(marked)


def _section(key: str, title: str, blocks: Iterable[Block]) -> Section:
    return Section(key, title, tuple(blocks))
