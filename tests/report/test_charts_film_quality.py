"""Films on the plane of brightness and grain."""

import numpy as np

from casestudies.report import charts, to_svg

RNG = np.random.default_rng(0)


def drawn():
    films = {
        "as the others": (RNG.uniform(0.2, 0.5, 40), np.exp(RNG.normal(0, 0.2, 40))),
        "stands <out>": (np.array([0.9, 0.1]), np.array([3.0, 0.25])),
    }
    return charts.film_quality(films, caption="Films")


def test_every_film_is_a_mark_of_its_kind():
    figure = drawn()
    (marks,) = figure.spec["datasets"].values()
    assert len(marks) == 42
    assert [(row["x"], row["y"]) for row in marks if row["series"] == "stands <out>"] == [(0.9, 3.0), (0.1, 0.25)]
    assert figure.table.rows[1] == ("stands <out>", "2", "0.50", "1.62", "0.25", "3.00")
    assert "stands <out>: 2 films, fine detail 0.25 to 3.00" in figure.alt


def test_names_stay_text_and_a_kind_may_have_no_films():
    assert "stands <out>" not in str(to_svg(drawn().spec))
    nobody = np.zeros(0)
    figure = charts.film_quality(
        {"as the others": (np.array([0.3]), np.array([1.0])), "none": (nobody, nobody)}, caption="F"
    )
    assert figure.table.rows[1] == ("none", "0", "n/a", "n/a", "n/a", "n/a")
    to_svg(figure.spec)
