"""Reports: blocks of plain values, and the renderers that read them. Charts are made in `casestudies.report.charts`."""

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
from casestudies.report.html import to_html
from casestudies.report.notes import parse_notes, read_notes, with_notes
from casestudies.report.pdf import to_pdf
from casestudies.report.stored import from_dict, to_dict
from casestudies.report.svg import to_svg
from casestudies.report.text import printable, visible

__all__ = [
    "Block",
    "Code",
    "Figure",
    "Heading",
    "Metric",
    "Metrics",
    "Note",
    "Report",
    "Section",
    "Table",
    "Text",
    "csv_safe",
    "from_dict",
    "numbered",
    "parse_notes",
    "printable",
    "read_notes",
    "safe_cell",
    "to_dict",
    "to_html",
    "to_pdf",
    "to_svg",
    "visible",
    "with_notes",
]
