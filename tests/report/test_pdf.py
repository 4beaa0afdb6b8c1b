from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from casestudies.report import Report, Section, Table, Text, charts, printable, to_html, to_pdf
from casestudies.report.text import _glyphs

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler) is not installed")


def read(pdf: bytes) -> str:
    """The text of a PDF as poppler reads it."""
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def joined(text: str) -> str:
    """Without white space, where lines break, and without the marks poppler puts around right-to-left runs."""
    return "".join(c for c in text if not c.isspace() and c not in "\u202a\u202b\u202c\u200e\u200f\xad")


def one(*blocks, **more) -> Report:
    return Report("T", "s", "3f9a1c77", "me", "1", (Section("a", "A", blocks),), **more)


def test_no_text_in_any_place_stops_the_pdf(hostile, report_of):
    for text in hostile:
        assert to_pdf(report_of(text)).startswith(b"%PDF-"), text


@needs_poppler
def test_every_text_is_printed_as_typed(hostile, report_of):
    plain = joined(read(to_pdf(report_of("plain")))).count("plain")
    for text in filter(str.strip, hostile):
        if not all(c.isascii() or c in "é—漢字🙂" for c in text if c.isprintable()):
            continue  # right-to-left runs and stacked marks come out of a PDF in another order
        wanted = joined(printable(text))
        pages = read(to_pdf(report_of(text)))
        assert joined(pages).count(wanted) >= plain - 2 * pages.count("\f"), text  # a page's end may part a long word


@needs_poppler
def test_right_to_left_letters_are_all_there(report_of):
    text = "عربى עברית"
    found = read(to_pdf(one(Text(text))))
    assert all(letter in found for letter in "עברית")


def test_charts_with_hostile_names_are_drawn_and_the_bytes_repeat(chart_report, chart_pdf):
    assert chart_pdf == to_pdf(chart_report)
    assert b"pdfuaid" in chart_pdf


SCRIPT = """
import hashlib
import numpy as np
from casestudies.report import Report, Section, Text, charts, to_html, to_pdf
rows = np.arange(200)
figure = charts.ranking_curves((rows % 3 == 0).astype(int), {"m漢": np.sin(rows), "n": np.cos(rows)})
report = Report("T", "s", "id", "me", "1", (Section("a", "A", (Text("x"), figure)),), synthetic=True)
sums = [hashlib.sha256(file).hexdigest() for file in (to_html(report).encode(), to_pdf(report))]
"""


def test_another_process_makes_the_same_html_and_pdf():
    here: dict = {}
    exec(SCRIPT, here)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + "print(*sums)"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert done.stdout.split() == here["sums"]


def test_every_glyph_of_the_font_passes_the_compiler():
    glyphs = "".join(c for c in map(chr, sorted(_glyphs())) if c.isprintable())
    assert len(glyphs) > 5_000
    words = tuple((glyphs[i : i + 30],) for i in range(0, len(glyphs), 30))
    assert to_pdf(one(Text(" ".join(glyphs)), Table(glyphs[:20], ("x",), words))).startswith(b"%PDF-")


def test_any_characters_at_all_pass_the_compiler():
    g = np.random.default_rng(0)
    words = tuple(("".join(map(chr, g.integers(0, 0x11_0000, 40))),) for _ in range(400))
    assert to_pdf(one(Table("any", ("x",), words))).startswith(b"%PDF-")


@needs_poppler
def test_missing_characters_are_counted_at_the_end():
    found = read(to_pdf(one(Text("漢字 漢"))))
    assert "[U+6F22][U+5B57] [U+6F22]" in found
    assert "The print font lacks 2 characters" in found
    assert "The print font lacks" not in read(to_pdf(one(Text("é"))))


@needs_poppler
def test_missing_characters_of_a_chart_are_code_points_too():
    found = read(to_pdf(one(charts.importance(["漢字", "b"], np.array([2.0, 1.0])))))
    assert "[U+6F22][U+5B57]" in found
    assert "The print font lacks 2 characters" in found


@needs_poppler
def test_head_and_foot_say_what_the_page_belongs_to():
    rows = tuple((f"row {i}", str(i)) for i in range(400))  # narrow and long: two columns a page
    pages = read(to_pdf(one(Table("long", ("name", "figure"), rows, (False, True)), synthetic=True))).split("\f")[:-1]
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
    for page in pages[1:]:
        assert "SYNTHETIC DATA" in page
        assert "3f9a1c77" in page
        assert "name" in page.split("row", 1)[0]  # the table's head is repeated
    assert "".join(pages).count("Table 1. long") == 1


@needs_poppler
def test_title_summary_and_contents_stand_first(chart_pdf):
    first, second = read(chart_pdf).split("\f")[:2]
    for text in ("A title", "A subtitle", "0.781", "CONTENTS"):
        assert text in first
    assert "In short." in second


@needs_poppler
def test_text_of_charts_is_text(plain_charts):
    assert "feature 3" in read(to_pdf(one(plain_charts["importance"])))


def test_the_only_date_is_the_one_that_was_given():
    assert b"CreationDate" not in to_pdf(one())
    assert b"D:20261121" in to_pdf(one(date=date(2026, 11, 21)))


@pytest.mark.parametrize("lang", ["en", "de-CH", "fil", "PT-br"])
def test_a_language_tag_reaches_both_renderers(lang):
    report = replace(one(), lang=lang)
    assert f'<html lang="{lang}">' in to_html(report)
    assert to_pdf(report).startswith(b"%PDF-")
