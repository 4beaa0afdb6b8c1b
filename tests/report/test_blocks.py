from __future__ import annotations

import dataclasses

import pytest

from casestudies.errors import ConfigError
from casestudies.report import Figure, Heading, Metric, Metrics, Note, Report, Section, Table, Text, numbered
from casestudies.report.blocks import split_cover

TABLE = Table("t", ("a", "b"), (("1", "2"),))


def report(*sections, **more) -> Report:
    return Report("T", "s", "id", "me", "1", sections, **more)


def figure(table=None) -> Figure:
    return Figure({"mark": "point"}, "c", "alt", table)


def test_labels_run_through_the_report_and_tables_behind_charts_take_no_number():
    done = numbered(report(Section("a", "A", (figure(TABLE), TABLE)), Section("b", "B", (TABLE, Text("x"), figure()))))
    assert [section.label for section in done.sections] == ["1", "2"]
    labels = [block.label for block in done.blocks() if isinstance(block, Figure | Table)]
    assert labels == ["Figure 1", "Table 1", "Table 2", "Figure 2"]
    assert done.sections[0].blocks[0].table.label == "Data of Figure 1"


def test_numbering_twice_is_numbering_once():
    once = numbered(report(Section("a", "A", (Heading("h", 2), figure(TABLE), TABLE))))
    assert numbered(once) == once


def test_no_heading_level_is_skipped_inside_a_section():
    done = numbered(
        report(Section("a", "A", (Heading("x", 2), Heading("y", 2))), Section("b", "B", (Heading("z", 2),)))
    )
    assert [block.level for block in done.blocks()] == [1, 2, 1]


def test_the_cover_takes_three_figures_of_the_first_metrics_block_and_leaves_the_rest():
    metrics = tuple(Metric(f"m{i}", str(i)) for i in range(4))
    whole = report(Section("a", "A", (Text("x"),)), Section("b", "B", (Metrics(metrics), Metrics(metrics[:1]))))
    cover, rest = split_cover(whole)
    assert cover == metrics[:3]
    assert rest.sections[1].blocks == (Metrics(metrics[3:]), Metrics(metrics[:1]))
    assert split_cover(report(Section("b", "B", (Metrics(metrics[:2]),))))[1].sections[0].blocks == ()
    assert split_cover(report())[0] == ()


def test_blocks_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TABLE.caption = "x"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Heading("x", 3), "level 1 or 2"),
        (lambda: Note("x", "shout"), "no note of kind 'shout'"),
        (lambda: Table("t", ("a",), (("1", "2"),)), "'t' has 1 heads"),
        (lambda: Table("t", (), ()), "'t' has 0 heads"),
        (lambda: Table("t", ("a",), (), (True, False)), "'t' has 1 heads"),
        (lambda: Section("Bad key", "t", ()), "'Bad key'"),
        (lambda: report(Section("a", "A", ()), Section("a", "B", ())), "share a key"),
        (lambda: Figure({"data": {"url": "http://198.51.100.7/x"}}, "c", "a"), "names an address"),
        (lambda: Figure({"layer": [{"encoding": {"href": {"field": "x"}}}]}, "c", "a"), "names an address"),
    ],
)
def test_what_no_renderer_could_draw_is_refused(make, said):
    with pytest.raises(ValueError) as error:
        make()
    assert said in str(error.value)


@pytest.mark.parametrize("lang", ["", "english!", '"><script>', "en_GB"])
def test_a_language_that_is_none_is_refused(lang):
    with pytest.raises(ConfigError) as error:
        report(lang=lang)
    assert str(error.value).startswith("report.lang: ")


def test_a_report_without_a_title_is_called_report():
    assert numbered(dataclasses.replace(report(), title="  ")).title == "Report"
