"""The example on public ratings, and the settings that say how interactions are read."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import casestudies
from casestudies.api import check_data
from casestudies.recommendation.asked.reading import ItemColumns, Reading, RecommendationData
from casestudies.tabular.interactions import Options, SideTable

ROOT = Path(__file__).resolve().parents[2]


def test_movielens_100k_is_read_with_its_titles_and_genres(real_data):
    found = check_data(
        "recommendation",
        config=ROOT / "examples" / "movielens_100k.yaml",
        variables={"CASESTUDIES_DATA": str(real_data)},
    )
    data = found.loaded.data
    assert (len(data), data.shape, data.scale) == (100_000, (943, 1682), (1, 5))
    assert np.bincount(data.rating.astype(int)).tolist() == [0, 6110, 11_370, 27_145, 34_174, 21_201]
    titles = data.items["title"]
    assert titles["1"] == "Toy Story (1995)"
    assert titles["543"] == "Misérables, Les (1995)"
    assert titles["267"] == "unknown"
    assert data.items.loc["1", ["animation", "children", "comedy", "action"]].tolist() == [1, 1, 1, 0]
    assert str(data.items["released"]["1"].date()) == "1995-01-01"
    assert not found.loaded.problems.of("warning")


@pytest.mark.slow
def test_movielens_100k_is_studied_with_figures_that_others_have_measured(real_data, tmp_path):
    """90/10 by time is harder than at random, where the best published error of ratings is 0.88 to 0.94."""
    run = casestudies.run(
        "recommendation",
        config=ROOT / "examples" / "movielens_100k.yaml",
        overrides=["interval.rounds=200", "model.histories=none", "report.formats=[html]"],
        runs=tmp_path,
        variables={"CASESTUDIES_DATA": str(real_data)},
    )
    models = run.metrics["models"]
    ndcg = {name: told["ndcg_at_10"]["value"] for name, told in models.items()}
    assert ndcg[run.metrics["champion"]] > ndcg["popularity"] > 0.01
    assert max(ndcg.values()) < 0.4
    assert 0.85 < models["factorisation"]["rmse"]["value"] < 1.1
    assert models["factorisation"]["rmse"]["value"] < models["bias"]["rmse"]["value"] + 0.01
    lists = run.folder.read_json("analysis/lists.json")
    assert (lists["users"], lists["items"]) == (943, 1682)
    html = (run.path / "report.html").read_text(encoding="utf-8")
    assert "Synthetic data" not in html
    assert "(1995)" in html or "(1996)" in html  # titles, not numbers of films


def test_every_option_of_the_reader_has_a_setting():
    reading = {field.name for field in fields(Options)}
    assert reading - {"beside"} <= set(Reading.model_fields) | set(RecommendationData.model_fields)  # judging.column
    side = {field.name for field in fields(SideTable)} - {"columns"}
    assert side <= set(ItemColumns.model_fields)


def test_settings_reach_the_reader():
    data = RecommendationData(drop=["note"], where="n > 1", derive={"n": "a + b"}, dates={"day": "%d.%m.%Y"})
    asked = Reading(
        scale=[1, 10],
        zero_is_missing=False,
        event_weights={"view": 1},
        user_core=3,
        items=ItemColumns(
            id="sku", title="name", read={"encoding": "latin-1", "header": False, "names": ["sku", "name"]}
        ),
    )
    options = asked.options(data)
    assert (options.scale, options.zero_is_missing, options.user_core) == ((1, 10), False, 3)
    assert (options.drop, options.where, options.derive) == (("note",), "n > 1", {"n": "a + b"})
    assert options.dates == {"day": "%d.%m.%Y"}
    assert (options.items.id, options.items.columns) == ("sku", {"title": "name"})
    assert (options.items.read.encoding, options.items.read.names) == ("latin-1", ("sku", "name"))


def test_settings_left_alone_are_the_readers_own():
    options, own = Reading().options(RecommendationData()), Options()
    for field in fields(Options):
        if field.name not in ("items", "users"):
            assert getattr(options, field.name) == getattr(own, field.name), field.name


@pytest.mark.parametrize(
    "wrong", [{"scale": [1]}, {"event_weights": {"view": -1}}, {"repeats": "all"}, {"today": "soon"}]
)
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError):
        Reading(**wrong)
