"""Reports: blocks of plain values, and the renderers that read them. Charts are made in `casestudies.report.charts`."""

from casestudies.report.appendix import appended
from casestudies.report.blocks import (
    Block,
    Code,
    Figure,
    Heading,
    Metric,
    Metrics,
    Note,
    Report,
    Section,
    Table,
    Text,
    numbered,
)
from casestudies.report.export import csv_safe, safe_cell
from casestudies.report.gallery import Gallery, Picture
from casestudies.report.glossary import glossary
from casestudies.report.heat import film_png, heat_png
from casestudies.report.html import to_html
from casestudies.report.notes import check_notes, parse_notes, read_notes, with_notes
from casestudies.report.pdf import to_pdf
from casestudies.report.picture import blended, png_of
from casestudies.report.stored import from_dict, to_dict
from casestudies.report.svg import spelt, to_svg, unmarked
from casestudies.report.text import printable, visible
from casestudies.report.workbook import to_xlsx

__all__ = [
    "Block",
    "Code",
    "Figure",
    "Gallery",
    "Heading",
    "Metric",
    "Metrics",
    "Note",
    "Picture",
    "Report",
    "Section",
    "Table",
    "Text",
    "appended",
    "blended",
    "check_notes",
    "csv_safe",
    "film_png",
    "from_dict",
    "glossary",
    "heat_png",
    "numbered",
    "parse_notes",
    "png_of",
    "printable",
    "read_notes",
    "safe_cell",
    "spelt",
    "to_dict",
    "to_html",
    "to_pdf",
    "to_svg",
    "to_xlsx",
    "unmarked",
    "visible",
    "with_notes",
]
