"""Promised beside kept: what stands in the chart, and that names stay text."""

import json

import numpy as np
import pytest

from casestudies.report import charts, to_svg

NAMES = ["1 (largest)", "<b>2</b>", "3"]


def drawn(names=NAMES):
    return charts.promise(
        names,
        np.array([114.0, 46.0, 8.0]),
        np.array([-14.9, 6.0, np.nan]),
        np.array([-50.8, -28.0, np.nan]),
        np.array([19.9, 16.6, np.nan]),
        title="Per contacted customer (EUR)",
        caption="Promised against earned",
    )


def rows_of(figure, field):
    return [rows for rows in figure.spec["datasets"].values() if rows and field in rows[0]]


def test_each_group_has_its_promise_and_what_was_kept_with_its_interval():
    figure = drawn()
    (points,) = rows_of(figure, "kind")
    assert {(row["y"], row["kind"]): row["x"] for row in points} == {
        ("1 (largest)", "promised"): 114.0,
        ("<b>2</b>", "promised"): 46.0,
        ("3", "promised"): 8.0,
        ("1 (largest)", "earned"): -14.9,
        ("<b>2</b>", "earned"): 6.0,
    }
    (spans,) = rows_of(figure, "low")
    assert [(row["low"], row["high"]) for row in spans] == [(-50.8, 19.9), (-28.0, 16.6)]
    assert figure.table.rows[0] == ("1 (largest)", "114", "-14.90", "-50.80", "19.90")
    assert figure.table.rows[2][2] == "n/a"
    assert "1 (largest): promised 114, earned -14.90 (-50.80 to 19.90)" in figure.alt


def test_the_picture_is_the_same_each_time_and_shows_names_as_they_are():
    assert json.dumps(drawn().spec) == json.dumps(drawn().spec)
    svg = to_svg(drawn().spec)
    text = svg.decode() if isinstance(svg, bytes) else str(svg)
    assert "<b>2</b>" not in text
    assert "&lt;b&gt;2" in text


@pytest.mark.parametrize("names", [["x", "x", "x"], ["", " ", "y" * 300]])
def test_names_that_repeat_or_are_long_keep_rows_apart(names):
    (points,) = rows_of(drawn(names), "kind")
    assert len({row["y"] for row in points}) == 3
