"""Charts whose labels set marks upon letters: pointed Hebrew, Arabic with vowels, stacked accents."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.report import Report, Section, charts, to_pdf

NAMES = {
    "accents apart from their letters": "Ga\u0308rtner",
    "stacked marks": "Z\u0351\u036b\u0313\u036a\u0302 x\u0320",
    "Hebrew with points": "שָׁלוֹם",
    "Arabic with vowels": "عَرَبِيّ",
    "a mark that stands first": "\u0302x",
    "a variation selector": "x\ufe0f",
}


def report(name: str) -> Report:
    names, at = [name, "other"], np.array([1.0, 2.0])
    figure = charts.dot_whisker(names, at, at - 0.5, at + 0.5, title=name, caption="c")
    return Report("T", "s", "3f9a1c77", "me", "1", (Section("a", "A", (figure,)),))


@pytest.mark.parametrize("name", NAMES)
def test_they_are_printed_and_the_bytes_repeat(name):
    printed = to_pdf(report(NAMES[name]))
    assert printed.startswith(b"%PDF-")
    assert printed == to_pdf(report(NAMES[name]))


def test_a_chart_is_a_picture_only_where_it_has_to_be():
    pictures = {name: to_pdf(report(text)).count(b"/Subtype/Image") for name, text in NAMES.items()}
    plain = to_pdf(report("Gärtner")).count(b"/Subtype/Image")
    assert plain == pictures["accents apart from their letters"] == 0
    assert pictures["stacked marks"] > 0
