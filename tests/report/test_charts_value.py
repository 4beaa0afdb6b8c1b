"""The charts of customers' value: what is drawn, what is said of it, and the table behind it."""

import numpy as np

from casestudies.report import charts


def drawn(figure):
    """(series, x, y) of every point of the lines."""
    found = []
    for values in figure.spec["datasets"].values():
        found += [(row["series"], row["x"], row["y"]) for row in values if {"series", "x", "y", "order"} <= set(row)]
    return found


def test_tracking_draws_what_came_and_what_was_predicted_and_marks_where_the_fit_ends():
    weeks = np.arange(1.0, 79)
    figure = charts.tracking(
        weeks,
        50 * weeks,
        45 * weeks,
        at=39.0,
        words="fitted up to here",
        x_title="Weeks",
        y_title="Purchases",
        caption="T",
    )
    points = drawn(figure)
    assert ("came", 78.0, 3900.0) in points
    assert ("predicted", 78.0, 3510.0) in points
    assert "3,900 came and 3,510 were predicted" in figure.alt
    assert figure.table.rows[-1] == ("78", "3,900", "3,510")


def test_survival_counts_in_periods_whatever_a_step_is():
    curve = 0.8 ** np.arange(11.0)
    figure = charts.survival(
        {"all": curve, "loyal": curve**0.5}, step=3, x_title="Months", y_title="There", caption="S"
    )
    assert ("all", 30.0) in [(name, x) for name, x, _ in drawn(figure)]
    assert figure.table.rows[5][:2] == ("all", "30")
    assert "all: 10.7 % after 30" in figure.alt
