"""Further questions go to the back, so that the report's body can be read in a sitting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from casestudies.report.blocks import Block, Heading, Report, Section, Text

KEY, TITLE = "appendix", "Appendix: further questions"


def appended(report: Report) -> Report:
    """`report` with every part under a heading marked `further` moved to one last section, in the order of the report.

    A part goes from its heading to the next one of its level or above. Where one was taken, the section says where it
    is now. A report without such parts stays as it is.
    """
    kept, moved = [], []
    for section in report.sections:
        body, further = _split(section.blocks)
        moved += further
        told = [block.text for block in further if isinstance(block, Heading) and block.level == 1]
        pointer = (Text(f"Further, in the appendix: {'; '.join(map(_named, told))}."),) if told else ()
        kept.append(replace(section, blocks=(*body, *pointer)))
    if not moved:
        return report
    return replace(report, sections=(*kept, Section(KEY, TITLE, tuple(moved))))


def _split(blocks: Iterable[Block]) -> tuple[list[Block], list[Block]]:
    """What stays, and what goes to the appendix, its parts as headings of level 1."""
    body: list[Block] = []
    further: list[Block] = []
    below: int | None = None  # the level of the further heading that we are under
    for block in blocks:
        if isinstance(block, Heading):
            if block.further:
                below = block.level
                block = replace(block, level=1, further=False)
            elif below is not None and block.level <= below:
                below = None
        (body if below is None else further).append(block)
    return body, further


def _named(title: str) -> str:
    """A title inside a sentence: a question keeps its mark, in quotes."""
    return f"“{title}”"
