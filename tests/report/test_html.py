from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from casestudies.report import Figure, Report, Section, Table, to_html, visible
from casestudies.report.markup import element


class Page(HTMLParser):
    """What a browser's parser sees: elements with their attributes, texts, and what is inside each script."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[dict, str]] = []
        self.others: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "wbr" and not attrs:
            return  # a place to break in a long word
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        else:
            self.texts.append(data)

    def handle_comment(self, data):
        self.others.append(data)

    handle_pi = unknown_decl = handle_comment


@pytest.fixture(scope="module")
def figure(plain_charts) -> Figure:
    return plain_charts["importance"]


@pytest.fixture(scope="module")
def plain(report_of, figure) -> Page:
    return Page(to_html(report_of("zqplain", figure)))


def test_no_text_in_any_place_becomes_an_element_or_an_attribute(hostile, report_of, figure, plain):
    for text in filter(str.strip, hostile):
        page = Page(to_html(report_of(text, figure)))
        assert page.elements == plain.elements, text
        assert page.others == [], text


def test_every_text_is_shown_as_typed(hostile, report_of, figure, plain):
    places = sum(piece.count("zqplain") for piece in plain.texts)
    for text in filter(str.strip, hostile):
        page = Page(to_html(report_of(text, figure)))
        in_lines = "\n" in text  # the code block breaks there
        assert "".join(page.texts).count(visible(text)) >= places - in_lines, text


def test_empty_texts_draw_a_page_too(report_of, figure):
    page = Page(to_html(report_of("", figure)))
    assert "Report" in page.texts
    assert ("aria-label", "") not in {(name, value.strip()) for _, name, value in page.attributes if value == "x"}


def test_hostile_names_reach_charts_only_as_json_values(chart_html, hostile_charts):
    page = Page(chart_html)
    stored = [json.loads(text) for attrs, text in page.scripts if attrs.get("type") == "application/json"]
    assert len(stored) == 1 + len(hostile_charts)  # the theme and each chart
    assert all("<" not in text for attrs, text in page.scripts if attrs.get("type") == "application/json")
    assert "config" not in stored[1]  # our theme stands in the page once


def test_the_policy_allows_exactly_the_scripts_and_the_style_of_the_page(chart_html):
    page = Page(chart_html)
    (policy,) = (value for tag, name, value in page.attributes if name == "content" and "default-src" in value)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    run = [text for attrs, text in page.scripts if not attrs]
    (style,) = re.findall(r"<style>(.*?)</style>", chart_html, re.DOTALL)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == [digest(text) for text in run]
    assert rules["style-src"] == digest(style)
    assert "unsafe" not in policy


def test_nothing_is_asked_from_anywhere(chart_html):
    page = Page(chart_html)
    links = [(tag, value) for tag, name, value in page.attributes if name in {"src", "href", "action", "srcset"}]
    assert links
    assert all(value.startswith(("#", "data:image/png;base64,")) for _, value in links)


def test_same_report_same_bytes_and_under_two_megabytes(chart_report, chart_html):
    assert chart_html == to_html(chart_report)
    assert len(chart_html.encode()) < 2_000_000


def test_a_report_without_charts_carries_no_library():
    assert len(to_html(Report("T", "s", "id", "me", "1", ()))) < 20_000


def test_captions_regions_and_anchors_have_names_of_their_own(chart_html):
    page = Page(chart_html)
    names = [value for tag, name, value in page.attributes if name == "aria-label" and tag == "div"]
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    regions = [name for name in names if name.startswith(("Table", "Data of Figure"))]
    assert len(set(regions)) == len(regions) > 10
    anchors = [value[1:] for tag, name, value in page.attributes if tag == "a" and name == "href"]
    assert set(anchors) <= set(ids)


def test_synthetic_is_said_at_the_top_and_under_every_figure(chart_report, chart_html, hostile_charts):
    assert chart_html.count("(synthetic data)") == len(hostile_charts)
    assert chart_html.index("Synthetic data: every row was made up") < chart_html.index("<h1>")
    assert "ynthetic data" not in to_html(replace(chart_report, synthetic=False))


def test_each_chart_has_its_text_and_its_table_without_scripts(chart_html, hostile_charts):
    page = Page(chart_html)
    assert page.elements.count(("details", ("class", "open"))) == len(hostile_charts)
    for figure in hostile_charts.values():
        assert visible(figure.alt) in page.texts


def test_the_first_cell_names_its_row_unless_it_is_a_figure_or_empty():
    table = Table("t", ("a", "b"), (("x", "1"), ("", "2")), (False, True))
    html = to_html(Report("T", "s", "id", "me", "1", (Section("a", "A", (table,)),)))
    assert '<th scope="row">x</th><td class="n">1</td>' in html
    assert '<td></td><td class="n">2</td>' in html


def test_text_is_escaped_wherever_it_stands():
    assert element("p", "a<b", element("i", "&"), title='"x"') == '<p title="&quot;x&quot;">a&lt;b<i>&amp;</i></p>'
