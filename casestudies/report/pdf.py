"""A report as a tagged PDF, set by Typst: PDF/UA-1, checked by the compiler, and the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Set
from dataclasses import asdict
from functools import partial
from importlib.resources import files
from types import MappingProxyType
from typing import Any
from unicodedata import category, normalize

from casestudies.report.blocks import (
    NOTE_TITLES,
    Block,
    Code,
    Figure,
    Note,
    Report,
    Table,
    numbered,
    split_cover,
)
from casestudies.report.gallery import MADE_UP, OPACITY, Gallery, Picture, pictures_of, said
from casestudies.report.picture import blended
from casestudies.report.svg import spelt, to_png, to_svg
from casestudies.report.text import everywhere, font_folder, printable


def to_pdf(report: Report, drawings: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """`report` as PDF/UA-1 with numbered figures and tables, alternative texts and a contents list.

    Every word goes to Typst as JSON data; `template.typ` is the only Typst code there is, so nothing in a report can be
    code. A character that the font lacks is printed as its code point, and a note at the end counts them. Fonts are
    Matplotlib's DejaVu and those inside Typst, never the machine's; without `report.date` there is no date in the file.

    drawings: {`svg.spelt` of a chart: what `to_svg` makes of it} of charts that need not be drawn again.
    """
    import typst

    missing: set[str] = set()
    fonts = report.fonts
    shown = partial(printable, missing=missing, also=frozenset() if fonts is None else fonts.glyphs)
    cover, report = split_cover(numbered(report))
    pictures: dict[str, bytes] = {}
    data: dict[str, Any] = everywhere(
        shown,
        {
            "title": report.title,
            "subtitle": report.subtitle,
            "author": report.author,
            "version": report.version,
            "result": report.result_id,
            "synthetic": asdict(report.invented) if report.synthetic else None,
            "cover": [asdict(metric) for metric in cover],
        },
    )
    data["lang"] = report.lang.split("-")[0].lower()
    data["date"] = [report.date.year, report.date.month, report.date.day] if report.date else None
    data["logo"] = list(report.logo or b"")  # Typst's in-memory files are text only
    data["sections"] = [
        {
            "label": section.label,
            "title": shown(section.title),
            "blocks": [_block(block, shown, pictures, drawings) for block in section.blocks],
        }
        for section in report.sections
    ]
    data["fonts"] = ["DejaVu Sans", *(() if fonts is None else fonts.families)]
    data["missing"] = _missing(missing)
    inputs = {"main.typ": _template(), "report.json": json.dumps(data).encode(), **pictures}
    return typst.compile(
        inputs,
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        font_paths=[font_folder(), *(() if fonts is None else [fonts.folder])],
    )


def _block(
    block: Block, shown: Callable[[str], str], pictures: dict[str, bytes], drawings: Mapping[str, str]
) -> dict[str, Any]:
    kind = type(block).__name__.lower()
    match block:
        case Figure():
            spec = everywhere(shown, block.spec)
            svg = drawings.get(spelt(spec)) or to_svg(spec)
            told = {"kind": kind, "label": block.label, "caption": shown(block.caption), "alt": shown(block.alt)}
            if _stacks(svg):
                return told | {"png": list(to_png(svg))}
            name = f"chart{len(pictures) + 1}.svg"
            pictures[name] = svg.encode()
            return told | {"path": name}
        case Picture() | Gallery():
            return {"kind": "gallery", **_gallery(block, shown)}
        case Table():
            return {"kind": kind, **everywhere(shown, asdict(block)), "weights": _weights(block)}
        case Code():
            return {"kind": kind, "lines": [shown(line) for line in block.lines()]}
        case Note():
            return {"kind": kind, "tone": block.kind, "title": NOTE_TITLES[block.kind], "text": shown(block.text)}
        case _:
            return {"kind": kind, **everywhere(shown, asdict(block))}


def _stacks(svg: str) -> bool:
    """Whether a label sets a mark upon a letter. A glyph of a chart that stands for no character of its own is one that
    PDF/UA refuses ("missing codepoints"), and the whole report with it: such a chart is printed as a picture."""
    return not svg.isascii() and any(category(c).startswith("M") for c in normalize("NFC", svg))


def _gallery(block: Picture | Gallery, shown: Callable[[str], str]) -> dict[str, Any]:
    """Pictures as bytes, overlays laid in: paper has no slider."""

    def one(picture: Picture) -> dict[str, Any]:
        return {
            "png": list(blended(picture.png, picture.overlay, OPACITY)),
            "alt": shown(said(picture, block.label)),
            "caption": "" if picture is block else shown(picture.caption),
            "made_up": MADE_UP if picture.synthetic else "",
        }

    columns = block.columns if isinstance(block, Gallery) else 1
    pictures = [one(picture) for picture in pictures_of(block)]
    return {"label": block.label, "caption": shown(block.caption), "columns": columns, "pictures": pictures}


def _weights(table: Table) -> list[int]:
    """A share of the width for each column: its longest cell, within 6 and 30 characters; heads may wrap by word."""
    out = []
    for column, head in enumerate(table.head):
        words = [len(word) for word in head.split()]
        cells = [len(row[column]) for row in table.rows]
        out.append(min(30, max([6, *words, *cells])))
    return out


def _missing(missing: Set[str]) -> str | None:
    if not missing:
        return None
    codes = sorted(f"U+{ord(c):04X}" for c in missing)
    named = ", ".join(codes[:8]) + (f" and {len(codes) - 8} more" if len(codes) > 8 else "")
    lacks = "1 character" if len(codes) == 1 else f"{len(codes)} characters"
    return (
        f"The print font lacks {lacks}, printed as code points in square brackets: {named}. The HTML report has them; so has "
        "this one where report.fonts names a folder with a font of that script."
    )


def _template() -> bytes:
    return files("casestudies.report").joinpath("template.typ").read_bytes()
