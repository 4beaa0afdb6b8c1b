from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casestudies.errors import RunError
from casestudies.report import Code, Heading, Metric, Metrics, Note, Report, Section, Table, Text, from_dict, to_dict

TEXT = st.text(st.characters(codec=None, categories=None, exclude_categories=()))
BLOCKS = st.one_of(
    st.builds(Heading, TEXT, st.sampled_from([1, 2])),
    st.builds(Text, TEXT),
    st.builds(Note, TEXT, st.sampled_from(["note", "warning", "synthetic", "author"])),
    st.builds(Metrics, st.lists(st.builds(Metric, TEXT, TEXT, TEXT, TEXT), max_size=4).map(tuple)),
    st.builds(lambda c, h, r: Table(c, (h, h), ((r, r),), (False, True)), TEXT, TEXT, TEXT),
    st.builds(Code, TEXT),
)


@given(TEXT, st.lists(BLOCKS, max_size=6), st.none() | st.dates(), st.booleans())
def test_a_report_comes_back_from_json_as_it_was(text, blocks, day, synthetic):
    report = Report(text, text, "id", text, "1", (Section("a", text, tuple(blocks)),), day, None, "en", synthetic)
    assert from_dict(json.loads(json.dumps(to_dict(report)))) == report


def test_charts_pictures_and_dates_come_back_too(chart_report):
    report = replace(chart_report, date=date(2026, 11, 21))
    assert from_dict(json.loads(json.dumps(to_dict(report)))) == report


def _spoilt(change):
    def spoil(data):
        data = copy.deepcopy(data)
        change(data)
        return data

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: {},
        lambda data: ["not", "a", "report"],
        _spoilt(lambda data: data.update(format=99)),
        _spoilt(lambda data: data.pop("title")),
        _spoilt(lambda data: data.update(surplus=1)),
        _spoilt(lambda data: data.update(date="yesterday")),
        _spoilt(lambda data: data.update(logo="not base64!")),
        _spoilt(lambda data: data.update(logo="aGVsbG8=")),
        _spoilt(lambda data: data.update(sections=None)),
        _spoilt(lambda data: data["sections"][0].update(key="No Key")),
        _spoilt(lambda data: data["sections"][0]["blocks"].append({"block": "applet"})),
        _spoilt(lambda data: data["sections"][0]["blocks"].append({"block": "text"})),
        _spoilt(lambda data: data["sections"][0]["blocks"].append({"block": "figure", "table": None})),
    ],
)
def test_a_damaged_store_is_one_line_and_not_a_traceback(spoil):
    good = to_dict(Report("t", "s", "id", "me", "1", (Section("a", "A", (Text("x"),)),)))
    with pytest.raises(RunError) as error:
        from_dict(spoil(good))
    assert str(error.value).startswith("the stored report is ")
    assert "\n" not in str(error.value)
