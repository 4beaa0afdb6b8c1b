"""Risk and return: the line, the named points and the single assets are what was given."""

import json

import numpy as np
import pytest

from casestudies.report import charts

RISK, GAIN = np.linspace(0.1, 0.3, 25), np.linspace(0.02, 0.12, 25)
POINTS = {"1/n": (0.2, 0.05), "<b>mine</b>": (0.15, 0.045)}


@pytest.fixture
def drawn():
    singles = np.linspace(0.2, 0.6, 500), np.linspace(-0.1, 0.3, 500)
    return charts.risk_return((RISK, GAIN), POINTS, chosen="<b>mine</b>", singles=singles, caption="A frontier")


def sets(figure, *fields):
    return [rows for rows in figure.spec["datasets"].values() if rows and set(fields) == set(rows[0])]


def test_the_line_and_the_points_are_drawn_where_they_are(drawn):
    (line,) = sets(drawn, "x", "y", "name", "order")
    assert [row["x"] for row in line] == pytest.approx(RISK, rel=1e-5)
    assert [row["y"] for row in line] == pytest.approx(GAIN, rel=1e-5)
    (points,) = sets(drawn, "x", "y", "name", "kind")
    assert {row["name"]: (row["x"], row["y"]) for row in points} == POINTS
    assert {row["name"] for row in points if row["kind"] == "chosen"} == {"<b>mine</b>"}


def test_no_more_single_assets_than_can_be_seen(drawn):
    (dots,) = sets(drawn, "x", "y")
    assert len(dots) == 200


def test_each_point_has_its_name_beside_it_and_neighbours_on_other_sides(drawn):
    words = [layer for layer in drawn.spec["layer"] if layer["mark"]["type"] == "text"]
    assert len(words) == 2
    assert {np.sign(layer["mark"]["dy"]) for layer in words} == {-1, 1}


def test_the_text_and_the_table_say_the_same(drawn):
    assert "1/n: risk 20.0 %, return 5.0 %" in drawn.alt
    assert drawn.table.rows[0] == ("1/n", "20.0 %", "5.0 %")
    json.dumps(drawn.spec, allow_nan=False)


def test_promised_and_delivered_has_its_own_word_and_no_zero():
    told = charts.promise(
        ["a"], np.array([12.0]), np.array([14.0]), np.array([13.0]), np.array([15.0]),
        title="Risk", caption="c", word="delivered", zero=False,
    )  # fmt: skip
    assert "a: promised 12.00, delivered 14.00 (13.00 to 15.00)" in told.alt
    assert told.table.head == ("Name", "promised", "delivered", "low", "high")
    assert not [rows for rows in told.spec["datasets"].values() if rows == [{"x": 0.0}]]
