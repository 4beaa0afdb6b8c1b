"""The question of the study: what is told, and what the report says of it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.errors import ConfigError
from casestudies.models.factorisation.popularity import Popularity
from casestudies.recommendation.asked.experiments import Experiments
from casestudies.recommendation.evaluation import evaluate
from casestudies.recommendation.experiments import DEMO, demo_experiment
from casestudies.recommendation.experiments.told import experiments_told, read_test
from casestudies.recommendation.sections.experiments import experiments_blocks
from casestudies.recommendation.splits import split
from casestudies.report import Figure, Heading, Note, Table
from casestudies.tabular.interactions.frame import interactions_of


class Tastes:
    """Scores by how much users of one of two tastes took each item."""

    name, rates = "tastes", False

    def fit(self, data):
        side = data.user % 2
        self.table = np.stack([np.bincount(data.item[side == one], minlength=data.shape[1]) for one in (0, 1)])
        return self

    def scores(self, users):
        return self.table[np.asarray(users) % 2].astype(np.float32)


@pytest.fixture(scope="module")
def work():
    """400 users of two tastes who like different halves of 60 items, and are judged on a random part."""
    random = np.random.default_rng(0)
    user = np.repeat(np.arange(400), 12)
    item = (random.integers(0, 30, len(user)) + 30 * (user % 2)) % 60
    stray = random.random(len(user)) < 0.2
    item[stray] = random.integers(0, 60, stray.sum())
    data = interactions_of(pd.DataFrame({"user": user, "item": item}).drop_duplicates().reset_index(drop=True))
    parts = split(data, "random", test=0.2)
    known = data.take(parts.known)
    fitted = {"popularity": Popularity().fit(known), "tastes": Tastes().fit(known)}
    judged = evaluate(fitted, data, parts.known, parts.test, rounds=100)
    settings = SimpleNamespace(
        experiments=Experiments(simulated_units=6_000, rate=0.15),
        interval=SimpleNamespace(level=0.95, rounds=200),
        seed=0,
    )
    comparison = SimpleNamespace(fitted=fitted)
    return SimpleNamespace(
        data=data, parts=parts, comparison=comparison, judged=judged, settings=settings, files={}, synthetic=True
    )


def with_(work, **changed):
    return SimpleNamespace(**{**vars(work), **changed})


def with_settings(work, **asked):
    settings = SimpleNamespace(**{**vars(work.settings), "experiments": Experiments(simulated_units=600, **asked)})
    return with_(work, settings=settings, synthetic=False)


def findings(work, told):
    told = json.loads(json.dumps(told, allow_nan=False))
    return SimpleNamespace(analysis={"experiments": told}, settings=work.settings, unit="EUR")


def words(blocks):
    return " ".join(getattr(block, "text", getattr(block, "caption", "")) for block in blocks)


@pytest.fixture(scope="module")
def blocks(work):
    return experiments_blocks(findings(work, experiments_told(work)))


def test_the_demo_is_called_synthetic_and_its_planted_winner_is_shipped(blocks):
    assert isinstance(blocks[0], Heading)
    assert blocks[0].text == "A synthetic test, read back"
    assert isinstance(blocks[1], Note)
    assert blocks[1].kind == "synthetic"
    text = words(blocks)
    assert "Ship ‘list on, reasons shown’ (smallest effect worth having: 0.50 points)." in text
    assert "EUR per 1,000 units" in text
    assert "more than the two alone, so combinations are judged." in text


def test_there_is_one_figure_with_both_intervals_of_all_comparisons(blocks):
    (figure,) = [block for block in blocks if isinstance(block, Figure)]
    assert len(figure.table.rows) == 6
    for name, value, low, high, wide_low, wide_high in figure.table.rows:
        assert float(wide_low) < float(low) < float(value) < float(high) < float(wide_high), name


def test_simulated_is_said_wherever_it_is_shown(blocks):
    tables = [block for block in blocks if isinstance(block, Table)]
    after = [block.caption for block in tables if "Simulated" in block.caption]
    assert len(after) == 2
    assert "Simulated, not run: 6,000 visits" in words(blocks)
    assert any(isinstance(block, Heading) and block.text == "A simulated test of the models" for block in blocks)


def test_simulated_customers_take_bestsellers_as_often_as_the_shop_sells(work):
    for rate in (0.02, 0.2):
        told = experiments_told(with_settings(work, rate=rate))
        assert told["simulated"]["truth"]["popularity"] == pytest.approx(rate, rel=1e-6)
    most = experiments_told(with_settings(work, rate=0.99))["simulated"]
    assert most["taken"] == 1
    assert most["truth"]["popularity"] < 0.99


def test_the_simulated_test_finds_its_truth(work):
    told = experiments_told(work)["simulated"]
    effect = next(one for one in told["test"]["effects"] if one["name"] == "tastes")
    truth = told["truth"]["tastes"] - told["truth"]["popularity"]
    assert truth > 0.05
    assert effect["lasting_low"] <= truth <= effect["lasting_high"]
    for one in told["offline"]:
        assert one["ips"]["low"] - 0.02 <= one["truth"] <= one["ips"]["high"] + 0.02


def test_sizes_are_for_the_measured_gain_and_for_its_low_end(work):
    size = experiments_told(work)["size"]
    assert size["low"]["effect"] == pytest.approx(size["gain"]["low"])
    assert size["low"]["per_arm"] > size["measured"]["per_arm"]
    assert size["measured"]["days"] == -(-size["measured"]["total"] // 1_200)


def test_a_file_is_read_as_the_settings_say(work, tmp_path):
    file = tmp_path / "list test.csv"
    demo_experiment(1, units=3_000).to_csv(file, index=False)
    asked = with_settings(
        with_(work, files={"experiment": file}),
        unit="customer",
        arms=["list"],
        outcome="bought",
        before="orders_before",
    )
    told = experiments_told(with_(asked, files={"experiment": file}))
    assert told["own"]["name"] == "list test.csv"
    assert told["own"]["cells"] == ["off", "on"]
    text = words(experiments_blocks(findings(asked, told)))
    assert "Your test, read back" in text
    assert "synthetic" not in text


def test_a_wrong_ratio_shows_no_effect_at_all(work, tmp_path):
    frame = demo_experiment(1, units=3_000)
    frame[(frame["list"] == "off") | (np.arange(3_000) % 3 > 0)].to_csv(tmp_path / "test.csv", index=False)
    asked = with_settings(work, unit="customer", arms=["list"], outcome="bought")
    told = experiments_told(with_(asked, files={"experiment": tmp_path / "test.csv"}))
    blocks = experiments_blocks(findings(asked, told))
    assert told["own"]["effects"] == []
    assert any(
        isinstance(block, Note) and block.text.startswith("No winner. The sample ratio is wrong") for block in blocks
    )
    first = next(
        place for place, block in enumerate(blocks) if isinstance(block, Heading) and "simulated" in block.text
    )
    assert not [block for block in blocks[:first] if isinstance(block, Figure)]
    arms = next(block for block in blocks if isinstance(block, Table))
    assert all(row[-1] == "" for row in arms.rows)


def test_a_file_without_its_columns_named_is_refused():
    with pytest.raises(ConfigError) as caught:
        read_test(demo_experiment(0, units=100), Experiments(unit="customer", arms=["list"]))
    assert str(caught.value) == (
        "data.files.experiment: a test is given, and experiments.outcome does not say which column it is; "
        "name experiments.unit, arms and outcome"
    )


def test_without_a_file_only_the_simulated_test_stands(work):
    told = experiments_told(with_(work, synthetic=False))
    assert told["own"] is None
    blocks = experiments_blocks(findings(work, told))
    assert blocks[0].text == "A simulated test of the models"
    assert not [block for block in blocks if isinstance(block, Figure)]


def test_where_popularity_is_best_there_is_nothing_to_test(work):
    judged = SimpleNamespace(told={**work.judged.told, "against": "popularity"}, panel=work.judged.panel)
    told = experiments_told(with_(work, synthetic=False, judged=judged))
    assert "No model does better than popularity" in words(experiments_blocks(findings(work, told)))


def test_a_question_that_was_not_asked_has_no_blocks(work):
    assert experiments_blocks(SimpleNamespace(analysis={}, settings=work.settings, unit="EUR")) == ()


def test_what_is_told_is_the_same_twice(work):
    one, other = (json.dumps(experiments_told(work), sort_keys=True) for _ in range(2))
    assert one == other


def test_the_demo_reads_itself():
    test = read_test(demo_experiment(0, units=500), DEMO)
    assert test.factors[0].levels == ("off", "on")
    assert test.factors[1].levels == ("hidden", "shown")
