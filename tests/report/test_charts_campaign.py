"""The charts of a campaign: what budgets buy, and whom two ways of deciding act on."""

import json

import numpy as np
import pytest

from casestudies.report import charts, to_svg, visible
from casestudies.report.charts.canvas import MARKS
from casestudies.report.theme import GREY

HOSTILE = "</script><img src=x onerror=alert(1)> datum.x"


def rows_of(figure, series=None):
    sets = [rows for rows in figure.spec["datasets"].values() if rows and "series" in rows[0]]
    rows = max(sets, key=len)
    return [row for row in rows if series is None or row["series"] == series]


def budgets(rows=40):
    spent = np.linspace(0, 1_000, rows)
    return {"expected at most": (spent, 90 * np.sqrt(spent)), "as it came": (spent, 80 * np.sqrt(spent))}


def test_a_frontier_marks_the_choice_where_it_is_and_tells_its_table():
    figure = charts.frontier(budgets(), chosen=(250.0, 1_300.0), words=("25 contacts",), currency="EUR")
    [mark] = [rows for rows in figure.spec["datasets"].values() if rows and "words" in rows[0]]
    assert (mark[0]["x"], mark[0]["y"], mark[0]["words"]) == (250.0, 1_300.0, ["25 contacts"])
    assert "1,300 EUR for 250" in figure.alt
    assert figure.table.head == ("Spent (EUR)", "expected at most", "as it came")
    assert figure.table.rows[-1] == ("1,000", "2,846", "2,530")


def test_a_frontier_of_nothing_and_of_thousands_of_points_is_drawn():
    nothing = charts.frontier({"a": (np.array([0.0]), np.array([0.0]))}, chosen=(0.0, 0.0), words=("nobody",))
    assert to_svg(nothing.spec).startswith("<svg ")
    large = charts.frontier(budgets(50_000), chosen=(1.0, 2.0), words=("x",))
    assert sum(len(rows) for rows in large.spec["datasets"].values()) <= MARKS


def people(rows=300, seed=0):
    random = np.random.default_rng(seed)
    stake, p = random.lognormal(5, 1, rows), random.random(rows)
    return stake, p, p > 0.5, p * stake > 60


def drawn(stake, p, first, second, names=("leaves or not", "value at risk")):
    return charts.stakes(
        stake, p, first, second, names=names, cut=0.5, titles=("Value (EUR)", "Probability"), rows="customers"
    )


def test_every_row_is_drawn_by_who_acts_on_it():
    stake, p, first, second = people()
    figure = drawn(stake, p, first, second)
    counts = {
        "both": first & second,
        "only value at risk": second & ~first,
        "only leaves or not": first & ~second,
        "neither": ~first & ~second,
    }
    for name, part in counts.items():
        assert len(rows_of(figure, name)) == part.sum()
        row = next(row for row in figure.table.rows if row[0] == name)
        assert row[1] == str(part.sum())
        assert row[3] == f"{100 * p[part].mean():.1f} %"
    encoding = figure.spec["layer"][1]["encoding"]
    assert encoding["color"]["scale"]["range"][-1] == GREY
    assert encoding["y"]["scale"]["domain"] == [0, 1]


def test_whom_nobody_falls_to_is_not_in_the_legend():
    stake, p, first, _ = people()
    figure = drawn(stake, p, first, first)
    assert figure.spec["layer"][1]["encoding"]["color"]["scale"]["domain"] == ["both", "neither"]
    assert [row[0] for row in figure.table.rows] == ["both", "neither"]


@pytest.mark.parametrize("rows", [1, 5_000])
def test_one_row_and_thousands_are_drawn_with_few_marks(rows):
    figure = drawn(*people(rows))
    assert len(rows_of(figure)) <= MARKS
    assert to_svg(figure.spec).startswith("<svg ")
    json.dumps(figure.spec, allow_nan=False)


def test_names_from_users_are_values_and_never_code():
    stakes = drawn(*people(), names=(HOSTILE, "b"))
    frontier = charts.frontier(
        {HOSTILE: budgets()["as it came"]}, chosen=(1.0, 2.0), words=(HOSTILE,), currency=HOSTILE
    )
    for figure in (stakes, frontier):
        assert to_svg(figure.spec).startswith("<svg ")
        for layer in figure.spec["layer"]:
            for channel in layer.get("encoding", {}).values():
                for one in channel if isinstance(channel, list) else [channel]:
                    assert visible(HOSTILE)[:10] not in str(one.get("field", ""))
