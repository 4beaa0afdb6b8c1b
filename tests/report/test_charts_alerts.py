"""The curves of alerts: both panels in one plane, the table beside them, and few marks whatever comes in."""

import numpy as np
import pytest

from casestudies.report import charts, to_svg
from casestudies.report.charts.canvas import MARKS


def curves(points, seed=0):
    random = np.random.default_rng(seed)
    recall = np.linspace(0, 1, points)
    return recall, np.sort(random.random(points))[::-1], np.sort(random.random(60))


def values(spec):
    """All records of all layers."""
    return [row for rows in spec["datasets"].values() for row in rows]


@pytest.mark.parametrize("points", [2, 5000])
def test_both_orders_are_drawn_with_few_marks(points):
    lines = {"By expected gain": curves(points), "By probability": curves(points, 1)}
    figure = charts.alert_curves(lines, np.linspace(0, 500, 60), mark=100.0, caption="c")
    assert len(values(figure.spec)) <= MARKS
    assert to_svg(figure.spec).startswith("<svg")
    assert {row["series"] for row in values(figure.spec) if "series" in row} == set(lines)


def test_the_table_tells_precision_at_a_recall_and_money_in_so_many_alerts():
    recall, precision = np.array([0.1, 0.3, 0.6, 1.0]), np.array([0.9, 0.8, 0.5, 0.1])
    alerts, share = np.array([0.0, 50.0, 100.0]), np.array([0.0, 0.6, 0.8])
    figure = charts.alert_curves({"gain": (recall, precision, share)}, alerts, caption="c")
    assert figure.table.head[1:4] == ("precision at 25% caught", "precision at 50% caught", "precision at 75% caught")
    assert figure.table.rows[0] == ("gain", "80.0 %", "50.0 %", "10.0 %", "12.0 %", "30.0 %", "60.0 %", "80.0 %")
    assert "gain: 60.0 % of the money in 50 alerts" in figure.alt


def test_the_mark_stands_at_its_number_of_alerts_and_not_beyond_the_panel():
    alerts = np.linspace(0, 500, 60)
    inside, beyond = (charts.alert_curves({"g": curves(50)}, alerts, mark=at, caption="c") for at in (250.0, 900.0))
    assert len(inside.spec["layer"]) == len(beyond.spec["layer"]) + 1
    [place] = [row["x"] for row in values(inside.spec) if set(row) == {"x"}]
    assert place == pytest.approx(1.12 + 0.5)


def test_precision_alone_is_one_curve_with_its_area():
    figure = charts.precision_recall(np.array([0.2, 1.0]), np.array([0.7, 0.2]), area=0.45, caption="c")
    assert "average precision 0.450" in figure.alt
    assert figure.table.rows == (
        ("25.0 %", "20.0 %"),
        ("50.0 %", "20.0 %"),
        ("75.0 %", "20.0 %"),
        ("100.0 %", "20.0 %"),
    )
    assert to_svg(figure.spec).startswith("<svg")


def test_names_are_values_and_never_code():
    name = "]; alert(1) //<b>"
    figure = charts.alert_curves({name: curves(20)}, np.linspace(0, 9, 60), caption="c")
    assert "<b>" not in to_svg(figure.spec)
