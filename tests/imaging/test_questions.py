"""Groups, second reader and sites, asked of a fit whose models are known by construction."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.imaging import training
from casestudies.imaging.config import ImagingSettings
from casestudies.imaging.evaluation import evaluate
from casestudies.imaging.films import Films
from casestudies.imaging.grouped import groups_of, groups_told
from casestudies.imaging.second_reader import second_reader_told
from casestudies.imaging.sites import sites_told
from casestudies.imaging.splits import Parts
from casestudies.metrics import auc


def work(patients=500, seed=0, **settings):
    generator = np.random.default_rng(seed)
    rows = np.repeat(np.arange(patients), generator.integers(1, 5, patients))
    sick, site = generator.random(patients) < 0.3, np.where(generator.random(patients) < 0.4, "B", "A")
    y, n = sick[rows].astype(np.int8), len(rows)
    table = pd.DataFrame(
        {"site": site, "age": generator.normal(57, 11, patients).round(), "note": [f"n{i}" for i in range(patients)]}
    )
    table = table.iloc[rows].reset_index(drop=True)
    z = 1.4 * (2.0 * y - 1.4 + generator.normal(size=n) * np.where(table["site"] == "B", 2.0, 0.8))
    pixels = np.zeros((n, 1, 2, 2), np.float32)
    pixels[:, 0, 0, 0] = z
    films = Films(
        pixels,
        np.array([f"f{i}.png" for i in range(n)], dtype=object),
        y,
        np.array([f"p{i:04d}" for i in rows], dtype=object),
        True,
        np.full(n, "", dtype=object),
        table,
        pd.DataFrame({"height": np.full(n, 2)}),
        history=("age",),
        groups=("site", "age", "note"),
        classes=("no cancer", "cancer"),
    )
    order = generator.permutation(patients)
    parts = [np.flatnonzero(np.isin(rows, part)) for part in np.split(order, [patients // 2, 3 * patients // 4])]
    held = Parts(*parts, "patients", "")
    asked = ImagingSettings.model_validate({"interval": {"rounds": 200}, **settings})
    judged = evaluate({"image": z}, films, held, asked.decide, asked.interval, 0)
    network = SimpleNamespace(trace={"epoch": [0]}, read=lambda features: features[:, 0])
    return SimpleNamespace(
        films=films,
        parts=held,
        judged=judged,
        settings=asked,
        fitted=SimpleNamespace(champion="image", features=(films.pixels[:, 0, 0, :1].astype(float),)),
        logits={"image": z},
        model=SimpleNamespace(members=[SimpleNamespace(trained=network)]),
        step=lambda fraction, message: None,
    )


@pytest.fixture(scope="module")
def asked():
    return work()


def test_figures_of_a_group_are_those_of_its_images_alone(asked):
    told = groups_told(asked)
    assert [one["name"] for one in told["columns"]] == ["site", "age"]  # a note a patient is no group
    films, test = asked.films, asked.parts.test
    decision = asked.judged.decisions["image"]
    for row in told["columns"][0]["groups"]:
        inside = test[films.table["site"].to_numpy()[test] == row["group"]]
        y, p = films.label[inside], decision.probability(asked.logits["image"][inside])
        figures = row["figures"]
        assert row["images"] == len(inside)
        assert row["diseased"] == y.sum()
        assert figures["auc"]["value"] == pytest.approx(auc(y, p))
        assert figures["sensitivity"]["value"] == pytest.approx(decision.act(p)[y == 1].mean())
        assert figures["auc"]["low"] < figures["auc"]["value"] < figures["auc"]["high"]


def test_the_site_with_noisier_images_is_told_to_rank_worse_but_is_no_shortcut(asked):
    column = groups_told(asked)["columns"][0]
    noisy = next(row for row in column["groups"] if row["group"] == "B")
    assert noisy["differences"]["auc"]["high"] < 0
    assert not column["shortcut"]["flagged"]
    assert not column["shortcut"]["used"]


def test_history_is_not_tested_as_a_shortcut(asked):
    age = groups_told(asked)["columns"][1]
    assert age["history"]
    assert not age["shortcut"]["flagged"]


def test_groups_with_few_diseased_say_nothing():
    told = groups_told(work(60))
    assert all(row["figures"] is None for column in told["columns"] for row in column["groups"])


def test_no_columns_no_answer(asked):
    films = asked.films.__class__(**{**vars(asked.films), "groups": ()})
    assert groups_told(SimpleNamespace(**{**vars(asked), "films": films})) is None


def test_numbers_are_told_in_rising_order_with_the_unknown_last():
    labels, names = groups_of(pd.Series([np.nan, *np.linspace(9, 101, 60)]))
    assert names[0].startswith("below")
    assert names[-2].endswith("or more")
    assert names[-1] == "not known"
    assert labels[0] == "not known"
    assert labels[1] == names[0]
    assert labels[-1] == names[-2]


def test_second_reader_tells_the_shares_of_its_sets(asked):
    answer = second_reader_told(asked)
    told = answer.told
    test = asked.judged.predictions.query("part == 'test'")
    people = test.groupby("patient", sort=False).agg(y=("label", "max"), p=("patient_probability", "first"))
    cuts = asked.judged.decisions["image"].patient.conformal
    sick, well = people["y"] == 1, people["y"] == 0
    both = np.column_stack([people["p"] <= cuts.other, 1 - people["p"] <= cuts.event])
    assert told["covered_event"]["value"] == pytest.approx(both[sick, 1].mean())
    assert told["covered_other"]["value"] == pytest.approx(both[well, 0].mean())
    assert told["second"]["value"] == pytest.approx((both.sum(axis=1) != 1).mean())
    assert told["missed"]["value"] == pytest.approx((both[sick, 0] & ~both[sick, 1]).mean())
    listed = answer.lists["lists/second_reader.csv"]
    assert sorted(listed["patient"]) == sorted(people.index[both.sum(axis=1) != 1])
    assert set(listed["possible"]) <= {"no cancer or cancer", "neither"}


def test_a_larger_promise_sends_more_to_a_second_reader_and_misses_fewer(asked):
    promises = second_reader_told(asked).told["promises"]
    second = [one["second"] for one in promises]
    promises = promises[second.index(min(second)) :]  # below, sets are empty, and those go there, too
    second, missed = ([one[name] for one in promises] for name in ("second", "missed"))
    assert len(promises) > 3
    assert missed == sorted(missed, reverse=True)
    assert missed[0] > missed[-1]
    assert second == sorted(second)


def test_promise_is_kept_on_average_for_patients():
    covered = [second_reader_told(work(seed=seed)).told["covered_event"]["value"] for seed in range(12)]
    assert 0.86 < np.mean(covered) < 0.96


def test_each_site_is_judged_by_a_network_that_has_not_seen_it(asked, monkeypatch):
    seen = []

    def train(films, validation, model, augment, seed, step, threads):
        seen.append((set(films.table["site"]), set(validation.table["site"])))
        step(0.5, "half way")
        generator = np.random.default_rng(len(seen))
        return SimpleNamespace(logits=lambda p: p[:, 0, 0, 0] + 2.0 * generator.normal(size=len(p)))

    monkeypatch.setattr(training, "train_network", train)
    told = sites_told(asked)
    assert [one["site"] for one in told["sites"]] == ["A", "B"]  # the largest first
    assert seen == [({"B"}, {"B"}), ({"A"}, {"A"})]
    first = told["sites"][0]
    inside = asked.parts.test[asked.films.table["site"].to_numpy()[asked.parts.test] == "A"]
    assert first["images"] == len(inside)
    assert first["figures"]["seen"]["auc"]["value"] == pytest.approx(
        auc(asked.films.label[inside], asked.logits["image"][inside])
    )
    assert first["differences"]["auc"]["high"] < 0


def test_sites_are_not_asked_where_nothing_can_be_trained(asked):
    elsewhere = SimpleNamespace(members=[SimpleNamespace(trained=None)])
    assert sites_told(SimpleNamespace(**{**vars(asked), "model": elsewhere})) is None
    assert sites_told(work(60, groups={"retrain": False})) is None


def test_a_small_site_is_too_few_to_say(monkeypatch):
    monkeypatch.setattr(training, "train_network", lambda *a: pytest.fail("nothing should be trained"))
    assert all(one["figures"] is None for one in sites_told(work(60))["sites"])
