"""Charts of coverage against accuracy and of values by group and series: right, few marks, and safe with any name."""

import json

import numpy as np
import pytest

from casestudies.report import charts, to_svg
from casestudies.report.charts.canvas import MARKS
from casestudies.report.charts.tradeoff import _LINE, _lowered

NASTY = "<b>x</b> & ‮long " + "y" * 80


def layers(figure, field):
    """All records of a chart that hold `field`."""
    return [row for rows in figure.spec["datasets"].values() for row in rows if field in row]


def tradeoff(names, **changes):
    count = len(names)
    x, y = np.linspace(0.1, 0.5, count), np.linspace(0.3, 0.1, count)
    told = {"x_title": "Coverage", "y_title": "NDCG", "caption": "c"} | changes
    return charts.tradeoff(names, x, y, y - 0.02, y + 0.02, **told)


def test_each_model_is_a_point_with_its_name_and_whisker():
    figure = tradeoff(["a", "b", "c"], chosen="b")
    points = {row["name"]: (row["x"], row["y"], row["kind"]) for row in layers(figure, "name")}
    assert points["b"] == (pytest.approx(0.3), pytest.approx(0.2), "chosen")
    assert points["a"][2] == "other"
    assert len(layers(figure, "low")) == 3
    assert {row["text"] for row in layers(figure, "text")} == {"a", "b", "c"}
    assert figure.table.rows[1] == ("b", "30.0 %", "0.2000", "0.1800", "0.2200")


def test_names_of_near_points_do_not_stand_on_each_other():
    x, y, right = np.array([0.5, 0.52, 0.51, 0.9]), np.array([0.9, 0.89, 0.91, 0.9]), np.array([False] * 3 + [True])
    down = _lowered(x, y, right, np.full(4, 0.15))
    heights = np.sort(-y[:3] * 210 + down[:3])
    assert np.diff(heights).min() >= _LINE - 1e-9
    assert down[3] == 0


def test_long_names_on_either_side_do_not_cross():
    """Every pair of names that meet across is a line apart, wherever the names are put."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        x, y, right, widths = rng.random(6), rng.random(6) ** 4, rng.random(6) < 0.5, rng.random(6) * 0.5
        down = _lowered(x, y, right, widths)
        begin, height = np.where(right, x - widths, x), -y * 210 + down
        for a in range(6):
            for b in range(a):
                meet = begin[a] < begin[b] + widths[b] and begin[b] < begin[a] + widths[a]
                assert not meet or abs(height[a] - height[b]) >= _LINE - 1e-9


def test_unknown_intervals_leave_only_the_point():
    figure = charts.tradeoff(
        ["a"], np.array([0.2]), np.array([0.1]), *[np.array([np.nan])] * 2, x_title="x", y_title="y", caption="c"
    )
    assert not layers(figure, "low")
    assert to_svg(figure.spec).startswith("<svg")


def grouped(groups, names):
    value = np.linspace(0.1, 0.4, len(groups))
    return charts.grouped_dots(
        groups, dict.fromkeys(names, (value, value - 0.05, value + 0.05)), title="NDCG", caption="c"
    )


def test_every_group_holds_every_series():
    figure = grouped(["new", "light"], ["Popularity", "EASE"])
    dots = {(row["y"], row["series"]): row["x"] for row in layers(figure, "x")}
    assert len(dots) == 4
    assert dots["light", "EASE"] == pytest.approx(0.4)
    assert figure.table.rows[0][:2] == ("new", "Popularity")
    assert len(layers(figure, "low")) == 4


def test_nasty_names_stay_data_and_marks_stay_few():
    for figure in (tradeoff([NASTY, NASTY, "c"], chosen=NASTY), grouped([NASTY, NASTY], [NASTY, "b"])):
        svg = to_svg(figure.spec)
        assert "<b>" not in svg
        assert "‮" not in json.dumps(figure.spec, ensure_ascii=False)
        assert sum(map(len, figure.spec["datasets"].values())) <= MARKS
        assert figure.alt
