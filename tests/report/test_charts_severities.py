import numpy as np
import pytest

from casestudies.report import charts, to_svg


def drawn(values, trained):
    return charts.severities(
        ["noise", "blur", "<b>label</b>"],
        np.asarray(values),
        {"trained on": np.asarray(trained), "never trained on": ~np.asarray(trained)},
        clean=0.88,
        chance=0.5,
        words=("as they are", "chance"),
        title="AUC",
        caption="Five severities of each fault",
    )


VALUES = [[0.87, 0.85, 0.8, 0.7, 0.6], [0.88, 0.87, 0.86, 0.85, 0.84], [0.8, 0.7, 0.6, 0.5, 0.4]]


def test_every_value_is_a_dot_of_its_own_series_and_the_worst_are_the_largest():
    chart = drawn(VALUES, [True, False, False])
    dots = next(rows for rows in chart.spec["datasets"].values() if "step" in rows[0])
    assert [[dot["x"] for dot in dots if dot["y"] == name] for name in ("noise", "blur")] == VALUES[:2]
    assert {dot["series"] for dot in dots if dot["y"] == "noise"} == {"trained on"}
    assert {dot["series"] for dot in dots if dot["y"] == "blur"} == {"never trained on"}
    sizes = [dot["size"] for dot in dots if dot["y"] == "noise"]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_the_table_behind_it_has_every_figure_and_names_stay_text():
    chart = drawn(VALUES, [True, False, False])
    assert chart.table.rows[0] == ("noise", "0.870", "0.850", "0.800", "0.700", "0.600")
    assert "0.600" in chart.alt
    assert "<b>" not in str(to_svg(chart.spec))


@pytest.mark.parametrize("lowest", [0.3, 0.45])
def test_values_below_chance_are_within_the_plane(lowest):
    chart = drawn([[lowest] * 5, [0.8] * 5, [0.9] * 5], [True, True, False])
    domain = chart.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert domain[0] < lowest < 0.9 < domain[1]
