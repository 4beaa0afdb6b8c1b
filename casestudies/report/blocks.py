"""What a report says, as frozen values: the page, the HTML file and the PDF only read it.

Every text is data. No block holds markup, so no renderer has anything to trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date as Date
from typing import Any, Literal

from casestudies.card import Invented
from casestudies.errors import ConfigError, shown
from casestudies.report.fonts import Fonts
from casestudies.report.gallery import Gallery, Picture
from casestudies.report.picture import clean_png

NoteKind = Literal["note", "warning", "synthetic", "author"]
NOTE_TITLES: Mapping[str, str] = {
    "note": "Note",
    "warning": "Warning",
    "synthetic": "Synthetic data",
    "author": "Analyst’s note",
}
ON_COVER = 3  # metrics that stand on the cover


@dataclass(frozen=True)
class Heading:
    """A heading inside a section: level 1 is a subsection, level 2 one below it.

    further: what stands under it answers a further question, which a document has in its appendix (`appended`).
    """

    text: str
    level: int = 1
    further: bool = False

    def __post_init__(self) -> None:
        if self.level not in (1, 2):
            raise ValueError(f"a heading inside a section has level 1 or 2, not {self.level}")


@dataclass(frozen=True)
class Text:
    """One paragraph of prose."""

    text: str


@dataclass(frozen=True)
class Note:
    """A paragraph set apart; `kind` gives its title, and a colour that never stands alone."""

    text: str
    kind: NoteKind = "note"

    def __post_init__(self) -> None:
        if self.kind not in NOTE_TITLES:
            raise ValueError(f"no note of kind {shown(self.kind)}; there are {', '.join(NOTE_TITLES)}")


@dataclass(frozen=True)
class Metric:
    """One figure with its interval, both already written as text: `value` "0.781", `interval` "0.768 to 0.793"."""

    label: str
    value: str
    interval: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Metrics:
    """Figures side by side. The first three of a report's first Metrics block are its headline, on the cover."""

    items: tuple[Metric, ...]


@dataclass(frozen=True)
class Table:
    """Text cells in rows; `numeric` says, column by column, what is set to the right. `numbered` gives `label`."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...] = ()
    label: str = ""

    def __post_init__(self) -> None:
        if not self.numeric:
            object.__setattr__(self, "numeric", (False,) * len(self.head))
        widths = {len(self.numeric), *(len(row) for row in self.rows)}
        if not self.head or widths != {len(self.head)}:
            raise ValueError(
                f"table {shown(self.caption)} has {len(self.head)} heads and rows or flags of {sorted(widths)} cells"
            )


@dataclass(frozen=True)
class Figure:
    """A Vega-Lite chart with its caption, its text for those who do not see it, the table behind it, and how to read it.

    Raises ValueError when `spec` names an address: a chart carries its data with it, or it is not self-contained.
    """

    spec: Mapping[str, Any]
    caption: str
    alt: str
    table: Table | None = None
    label: str = ""
    reading: str = ""

    def __post_init__(self) -> None:
        if any(key in ("url", "href") for key in _keys(self.spec)):
            raise ValueError(
                f"figure {shown(self.caption)} names an address (url or href); put the values in the chart"
            )


@dataclass(frozen=True)
class Code:
    """Lines to type or to compare, in a fixed-width font; only here does a line break mean one."""

    text: str

    def lines(self) -> list[str]:
        return self.text.replace("\r\n", "\n").split("\n")


Block = Heading | Text | Note | Metrics | Table | Figure | Picture | Gallery | Code


@dataclass(frozen=True)
class Section:
    """Blocks under one title. `key` names it in addresses and in an analyst's notes: a-z, 0-9, `-` and `_`."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    label: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", self.key):
            raise ValueError(f"section key {shown(self.key)} is not made of a-z, 0-9, - and _")


@dataclass(frozen=True)
class Report:
    """A whole document.

    Parameters
    ----------
    result_id: hash of config, data and versions; stands in the running head, so that two copies can be compared.
    version: of the suite that wrote it.
    date: printed when given; never the clock's, or the same run would not give the same bytes.
    logo: PNG bytes, at most 500 kB and 2,000 x 2,000 pixels; kept without its metadata.
    lang: language of the text, as in HTML ("en", "pt-BR").
    synthetic: the data are made up; said at the top, in the running head and under every figure, in the words of `invented`.
    fonts: the analyst's own, for scripts that the print font lacks.

    Raises
    ------
    ConfigError: `logo` or `lang` is none. ValueError: two sections share a key.
    """

    title: str
    subtitle: str
    result_id: str
    author: str
    version: str
    sections: tuple[Section, ...]
    date: Date | None = None
    logo: bytes | None = None
    lang: str = "en"
    synthetic: bool = False
    invented: Invented = field(default_factory=Invented)
    fonts: Fonts | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", self.lang):
            raise ConfigError(
                f"{shown(self.lang)} is not a language tag", where="report.lang", advice="write one like en or pt-BR"
            )
        keys = [section.key for section in self.sections]
        if len(set(keys)) < len(keys):
            raise ValueError(f"two sections share a key: {keys}")
        if self.logo is not None:
            object.__setattr__(self, "logo", clean_png(self.logo, where="report.logo"))

    def blocks(self) -> Iterator[Block]:
        """All blocks, section after section."""
        for section in self.sections:
            yield from section.blocks


def numbered(report: Report) -> Report:
    """`report` with its sections, figures and tables labelled, and no heading empty or a level too deep; numbering twice is once.

    Labels run through the whole report ("Figure 3", "Table 2"), so every caption is unique; a picture is a figure, and in a
    synthetic report it says of itself that it is made up. A heading of level 2 with
    none of level 1 above it in its section is raised and an empty one left out, since PDF/UA refuses both.
    """
    counts = {Figure: 0, Table: 0}
    sections = []
    for number, section in enumerate(report.sections, 1):
        blocks: list[Block] = []
        below = False
        for block in section.blocks:
            if isinstance(block, Heading):
                if not block.text.strip():
                    continue
                block = block if below else replace(block, level=1)
                below = True
            elif isinstance(block, Figure | Table):
                counts[type(block)] += 1
                block = _labelled(block, f"{type(block).__name__} {counts[type(block)]}")
            elif isinstance(block, Picture | Gallery):
                counts[Figure] += 1
                block = block.labelled(f"Figure {counts[Figure]}", report.synthetic)
            blocks.append(block)
        sections.append(replace(section, blocks=tuple(blocks), label=str(number)))
    return replace(report, title=report.title if report.title.strip() else "Report", sections=tuple(sections))


def split_cover(report: Report) -> tuple[tuple[Metric, ...], Report]:
    """The headline (first three figures of the first Metrics block) and the report without them, for a renderer."""
    sections = list(report.sections)
    for i, section in enumerate(sections):
        for j, block in enumerate(section.blocks):
            if isinstance(block, Metrics):
                rest = (Metrics(block.items[ON_COVER:]),) if len(block.items) > ON_COVER else ()
                sections[i] = replace(section, blocks=section.blocks[:j] + rest + section.blocks[j + 1 :])
                return block.items[:ON_COVER], replace(report, sections=tuple(sections))
    return (), report


def _labelled(block: Figure | Table, label: str) -> Figure | Table:
    if isinstance(block, Table):
        return replace(block, label=label)
    alt = block.alt if block.alt.strip() else f"{label}. {block.caption}"  # PDF/UA refuses a figure without words
    table = block.table and replace(block.table, label=f"Data of {label}")
    return replace(block, label=label, alt=alt, table=table)


def _keys(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        yield from data
        for value in data.values():
            yield from _keys(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _keys(value)
