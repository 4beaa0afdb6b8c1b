"""The chart of drift: what stands in it, and that names stay text."""

import json

import numpy as np
import pytest

from casestudies.report import charts, to_svg
from casestudies.report.charts.canvas import MARKS


def drawn(names, psi, limit):
    return charts.drift(names, np.array(psi), np.array(limit), caption="How far columns have moved")


def rows_of(figure, field):
    (rows,) = [rows for rows in figure.spec["datasets"].values() if rows and field in rows[0]]
    return rows


FIGURE = drawn(["income", "purpose", "age"], [0.31, 0.02, 0.0], [0.02, 0.03, 0.0])


def test_a_column_beyond_its_limit_is_set_apart_and_said():
    assert [row["kind"] for row in rows_of(FIGURE, "kind")] == ["beyond chance", "within chance", "within chance"]
    assert FIGURE.table.rows[0] == ("income", "0.310", "0.020", "beyond chance")
    assert FIGURE.table.rows[2] == ("age", "0.000", "0.000", "within chance")
    assert "1 of 3 columns lie beyond what chance reaches: income 0.310." in FIGURE.alt
    assert drawn(["a"], [0.01], [0.02]).alt.endswith("0 of 1 columns lie beyond what chance reaches.")


def test_bars_reach_from_the_axis_to_the_limit_and_points_stand_at_the_index():
    assert [(row["low"], row["high"]) for row in rows_of(FIGURE, "high")] == [
        (0.001, 0.02),
        (0.001, 0.03),
        (0.001, 0.001),
    ]
    assert [row["x"] for row in rows_of(FIGURE, "kind")] == [0.31, 0.02, 0.001]  # a logarithm has no nought


@pytest.mark.parametrize(("most", "last"), [(0.002, 0.5), (0.31, 0.5), (5.2, 10.0), (250.0, 250.0)])
def test_the_axis_holds_every_point_and_the_rule_of_thumb(most, last):
    figure = drawn(["a", "b"], [most, 0.001], [0.01, 0.01])
    scale = next(layer["encoding"]["x"]["scale"] for layer in figure.spec["layer"] if "scale" in layer["encoding"]["x"])
    assert scale["type"] == "log"
    assert scale["domain"] == [0.001, last]
    ticks = next(layer["encoding"]["x"]["axis"] for layer in figure.spec["layer"] if "axis" in layer["encoding"]["x"])
    assert {0.1, 0.25} <= set(ticks["values"])
    assert max(row["x"] for row in rows_of(figure, "kind")) <= last


def test_equal_and_hostile_names_keep_a_place_each_and_are_text(hostile):
    figure = drawn([*hostile, "a", "a"], np.geomspace(0.01, 1, len(hostile) + 2), np.full(len(hostile) + 2, 0.1))
    shown = [row["y"] for row in rows_of(figure, "kind")]
    assert len(set(shown)) == len(shown) == len(hostile) + 2
    assert len(shown) * 2 + 2 <= MARKS
    svg = to_svg(figure.spec)
    assert svg.startswith("<svg ")
    assert "<script>" not in svg
    json.dumps(figure.spec, allow_nan=False)


def test_the_same_values_give_the_same_chart():
    assert drawn(["a", "b"], [0.2, 0.01], [0.1, 0.1]) == drawn(["a", "b"], [0.2, 0.01], [0.1, 0.1])
