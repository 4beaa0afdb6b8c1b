import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from casestudies.errors import DataError, UsageError
from casestudies.imaging.asked.deciding import Deciding
from casestudies.imaging.decision import cheapest_cut
from casestudies.imaging.evaluation import evaluate
from casestudies.imaging.films import Films
from casestudies.imaging.splits import Parts
from casestudies.workflow.settings import Interval

ROUNDS = Interval(rounds=200)


def case(patients=300, seed=0, most=4):
    """Films without pixels worth a look, parts by patient, and logits of a good and a weak model."""
    generator = np.random.default_rng(seed)
    rows = np.repeat(np.arange(patients), generator.integers(1, most + 1, patients))
    sick = generator.random(patients) < 0.3
    y, n = sick[rows].astype(np.int8), len(rows)
    films = Films(
        np.zeros((n, 1, 2, 2), np.float32),
        np.array([f"f{i}.png" for i in range(n)], dtype=object),
        y,
        np.array([f"p{i:04d}" for i in rows], dtype=object),
        True,
        np.full(n, "", dtype=object),
        pd.DataFrame({"site": np.where(generator.random(patients) < 0.5, "A", "B")[rows]}),
        pd.DataFrame({"height": np.full(n, 2)}),
        groups=("site",),
        classes=("no cancer", "cancer"),
    )
    z = 1.5 * (2.0 * sick[rows] - 1.4 + generator.normal(size=n))
    order = generator.permutation(patients)
    of = [np.flatnonzero(np.isin(rows, part)) for part in np.split(order, [patients // 2, 2 * patients // 3])]
    return films, Parts(of[0], of[1], of[2], "patients", ""), {"image": z, "history": generator.normal(size=n)}


@pytest.fixture(scope="module")
def judged():
    films, parts, models = case()
    return films, parts, models, evaluate(models, films, parts, Deciding(prevalence=0.01), ROUNDS, 0)


def test_figures_of_images_are_those_of_scikit_learn_and_of_counting(judged):
    films, parts, models, found = judged
    told, decision = found.metrics["image"], found.decisions["image"]
    y, p = films.label[parts.test], decision.probability(models["image"][parts.test])
    act = decision.act(p)
    assert told["auc"]["value"] == pytest.approx(roc_auc_score(y, p))
    assert told["log_loss"]["value"] == pytest.approx(log_loss(y, p))
    assert told["accuracy"]["value"] == pytest.approx(np.mean((p > 0.5) == y))
    assert told["sensitivity"]["value"] == pytest.approx(act[y == 1].mean())
    assert told["cost"]["value"] == pytest.approx(np.mean(10 * (~act & (y == 1)) + (act & (y == 0))))
    assert told["cost_at_half"]["value"] == pytest.approx(
        np.mean(10 * ((p <= 0.5) & (y == 1)) + ((p > 0.5) & (y == 0)))
    )
    assert found.told["against_half"]["value"] == pytest.approx(told["cost"]["value"] / told["cost_at_half"]["value"])
    for entry in told.values():
        assert entry["low"] <= entry["value"] <= entry["high"]


def test_figures_of_patients_are_those_of_one_row_a_patient(judged):
    _films, _parts, _, found = judged
    told = found.metrics["image"]
    test = found.predictions[found.predictions["part"] == "test"]
    people = test.groupby("patient").agg(
        y=("label", "max"), p=("patient_probability", "first"), act=("patient_act", "first")
    )
    assert told["patient_auc"]["value"] == pytest.approx(roc_auc_score(people["y"], people["p"]))
    cost = np.mean(10 * (~people["act"] & (people["y"] == 1)) + (people["act"] & (people["y"] == 0)))
    assert told["patient_cost"]["value"] == pytest.approx(cost)
    cuts = {one["name"]: one["value"] for one in found.told["cuts"]}
    assert cuts["used"] == pytest.approx(cost)
    assert cuts["nobody"] == pytest.approx(10 * people["y"].mean())
    assert cuts["everybody"] == pytest.approx(1 - people["y"].mean())
    assert told["patient_savings"]["value"] == pytest.approx(1 - cost / min(cuts["nobody"], cuts["everybody"]))


def test_test_images_choose_nothing(judged):
    films, parts, models, found = judged
    changed = films.label.copy()
    changed[parts.test] = 1 - changed[parts.test]
    again = evaluate(models, replace(films, label=changed), parts, Deciding(prevalence=0.01), ROUNDS, 0)
    assert again.decisions == found.decisions


def test_other_ways_to_cut_are_chosen_on_validation_patients_too(judged):
    found = judged[-1]
    chosen = found.predictions[found.predictions["part"] == "validation"].groupby("patient", sort=False)
    people = chosen.agg(y=("label", "max"), p=("patient_probability", "first"))
    told = {one["name"]: one["cut"] for one in found.told["cuts"]}
    assert told["cost"] == cheapest_cut(people["y"].to_numpy(float), people["p"].to_numpy(), 10.0, 1.0)
    assert told["used"] == told["bayes"] == pytest.approx(1 / 11)
    odds = people["y"].mean() / (1 - people["y"].mean()) / (0.01 / 0.99) / 10
    assert found.told["elsewhere"]["cut"] == pytest.approx(odds / (1 + odds))


def test_a_model_that_knows_nothing_saves_nothing(judged):
    found = judged[-1].metrics["history"]
    assert found["patient_savings"]["low"] <= 0
    assert 0.4 < found["auc"]["value"] < 0.6


def test_patients_are_resampled_and_not_images():
    films, parts, models = case()
    wide = evaluate(models, films, parts, Deciding(), ROUNDS, 0).metrics["image"]["sensitivity"]
    alone = np.array([f"q{i}" for i in range(len(films))], dtype=object)
    twice = np.repeat(np.arange(len(films)), 4)
    copies = films.take(twice)
    rows = [np.flatnonzero(np.isin(twice, part)) for part in (parts.train, parts.validation, parts.test)]
    many = Parts(*rows, "patients", "")
    logits = {name: z[twice] for name, z in models.items()}
    kept = evaluate(logits, replace(copies, patient=alone[twice]), many, Deciding(), ROUNDS, 0)
    split = evaluate(
        logits, replace(copies, patient=np.arange(len(twice)).astype(str).astype(object)), many, Deciding(), ROUNDS, 0
    )
    width = [one.metrics["image"]["auc"]["high"] - one.metrics["image"]["auc"]["low"] for one in (kept, split)]
    assert width[0] > 1.5 * width[1]  # four copies of an image are one image
    assert wide["high"] - wide["low"] > 0.02


def test_without_patients_twins_are_resampled_together():
    """Four copies of every image: joined by the audit, they are as uncertain as one image each; taken apart, half as much."""
    films, parts, models = case(most=1)
    films = replace(films, patients_known=False)
    four = np.repeat(np.arange(len(films)), 4)
    rows = [np.flatnonzero(np.isin(four, part)) for part in (parts.train, parts.validation, parts.test)]
    copies = replace(films.take(four), patient=np.array([f"q{i:05d}" for i in range(len(four))], dtype=object))

    def width(films, parts, models, figure):
        found = evaluate(models, films, parts, Deciding(), ROUNDS, 0).metrics["image"][figure]
        return found["high"] - found["low"]

    many, logits = Parts(*rows, "patients", ""), {name: z[four] for name, z in models.items()}
    for figure in ("auc", "cost", "patient_auc", "patient_cost"):
        once = width(films, parts, models, figure)
        together = width(replace(copies, family=four), many, logits, figure)
        apart = width(copies, many, logits, figure)
        assert together == pytest.approx(once, rel=0.25)
        assert apart == pytest.approx(once / 2, rel=0.35)


def test_pairs_are_compared_on_the_same_resamples(judged):
    told = {(one["metric"], one["rival"]): one for one in judged[-1].told["paired"]}
    auc = told["auc", "history"]
    figures = judged[-1].metrics
    assert auc["difference"] == pytest.approx(figures["image"]["auc"]["value"] - figures["history"]["auc"]["value"])
    assert auc["low"] > 0
    assert auc["p"] < 0.02
    assert {metric for metric, _ in told} == {"auc", "cost", "log_loss"}


def test_an_incumbent_is_judged_whatever_its_scale():
    films, parts, models = case()
    generator = np.random.default_rng(1)
    score = -1000.0 * (films.label + generator.normal(size=len(films)))
    score[::10] = np.nan
    found = evaluate({**models, "incumbent": score}, films, parts, Deciding(), ROUNDS, 0, "image")
    assert found.metrics["incumbent"]["auc"]["value"] > 0.65
    assert "lower is riskier" in found.told["incumbent"]
    assert {one["rival"] for one in found.told["paired"]} == {"history", "incumbent"}
    assert list(found.told["net_benefit"]["models"]) == ["image", "incumbent", "history"]


def test_stated_prevalence_moves_predictive_values_and_costs_but_not_the_cut(judged):
    films, parts, models, found = judged
    plain = evaluate(models, films, parts, Deciding(), ROUNDS, 0)
    assert plain.decisions == found.decisions
    assert plain.told["elsewhere"] is None
    told, there = found.metrics["image"], found.told["elsewhere"]
    sens, spec = told["sensitivity"]["value"], told["specificity"]["value"]
    assert told["ppv"]["value"] == pytest.approx(0.01 * sens / (0.01 * sens + 0.99 * (1 - spec)))
    sens, spec = told["patient_sensitivity"]["value"], told["patient_specificity"]["value"]
    assert there["used"]["value"] == pytest.approx(0.01 * 10 * (1 - sens) + 0.99 * (1 - spec))
    assert there["nobody"] == pytest.approx(0.1)
    assert there["everybody"] == pytest.approx(0.99)
    assert there["cut"] > found.decisions["image"].patient.cut


def test_no_miss_seen_is_not_no_miss_there_is():
    films, parts, models = case()
    found = evaluate(models, films, parts, Deciding(miss=1e6), ROUNDS, 0).metrics["image"]
    people = len(set(films.patient[parts.test][films.label[parts.test] == 1]))
    assert found["sensitivity"]["value"] == 1.0
    assert found["sensitivity"]["low"] == pytest.approx(1 / (1 + 1.959964**2 / people), rel=1e-6)
    share = films.label[parts.test].mean()
    if found["specificity"]["value"] > 0:
        rest = (1 - share) * found["specificity"]["value"]
        low = rest / (rest + share * (1 - found["sensitivity"]["low"]))
        assert found["npv"]["low"] == pytest.approx(low)
        assert found["npv"]["low"] < found["npv"]["value"] == 1.0


def test_a_saving_without_a_miss_seen_is_not_sure():
    films, parts, models = case()
    sure = {**models, "image": 30.0 * (2.0 * films.label - 1.0)}  # knows every label
    found = evaluate(sure, films, parts, Deciding(), ROUNDS, 0)
    told = found.metrics["image"]
    assert told["patient_cost"]["value"] == 0.0
    share = found.told["positive_patients"] / found.told["patients"]
    missed = 10 * share * (1 - told["patient_sensitivity"]["low"])
    alarmed = (1 - share) * (1 - told["patient_specificity"]["low"])
    assert told["patient_cost"]["high"] == pytest.approx(missed + alarmed)
    assert told["patient_savings"]["low"] == pytest.approx(1 - (missed + alarmed) / min(10 * share, 1 - share))
    assert next(one for one in found.told["cuts"] if one["name"] == "used")["high"] == told["patient_cost"]["high"]


def test_savings_at_the_asked_ratio_are_those_of_the_decision(judged):
    found = judged[-1]
    told = found.told["ratios"]
    at = int(np.argmin(np.abs(np.array(told["ratio"]) - 10.0)))
    assert told["ratio"][at] == pytest.approx(10.0)
    assert told["saved"][at] == pytest.approx(found.metrics["image"]["patient_savings"]["value"])
    assert told["low"][at] <= told["saved"][at] <= told["high"][at]


def test_misses_are_the_diseased_images_that_are_not_flagged(judged):
    _films, _parts, _, found = judged
    test = found.predictions[found.predictions["part"] == "test"]
    missed = test[(test["label"] == 1) & ~test["act"]]
    assert sorted(found.misses["file"]) == sorted(missed["name"])
    assert found.misses["probability"].is_monotonic_increasing
    assert "site" in found.misses


def test_predictions_hold_validation_and_test_images_and_nothing_of_training(judged):
    films, parts, _, found = judged
    held = set(found.predictions["name"])
    assert held == set(films.names[np.concatenate([parts.validation, parts.test])])
    assert not held & set(films.names[parts.train])
    assert set(found.predictions["set"]) <= {"cancer", "no cancer", "no cancer or cancer", "neither"}


def test_images_without_a_label_are_answered_but_judge_nothing(judged):
    films, parts, models, found = judged
    label = films.label.copy()
    label[parts.test[:40]] = -1
    again = evaluate(models, replace(films, label=label), parts, Deciding(prevalence=0.01), ROUNDS, 0)
    assert again.told["images"] == found.told["images"] - 40
    assert len(again.predictions) == len(found.predictions)


def test_few_diseased_are_said_to_be_few():
    films, parts, models = case(patients=90)
    assert evaluate(models, films, parts, Deciding(), ROUNDS, 0).told["few"]
    assert not evaluate(*_order(case(patients=600)), Deciding(), ROUNDS, 0).told["few"]


def _order(made):
    films, parts, models = made
    return models, films, parts


def test_the_same_seed_gives_the_same_values_and_json_holds_them(judged):
    films, parts, models, found = judged
    again = evaluate(models, films, parts, Deciding(prevalence=0.01), ROUNDS, 0)
    assert json.dumps(again.told) == json.dumps(found.told)
    assert json.dumps(again.metrics) == json.dumps(found.metrics)
    pd.testing.assert_frame_equal(again.predictions, found.predictions)


def test_what_cannot_be_judged_is_refused_in_a_line():
    films, parts, models = case(60)
    with pytest.raises(UsageError, match="no model"):
        evaluate(models, films, parts, Deciding(), ROUNDS, 0, "both")
    label = films.label.copy()
    label[parts.test] = -1
    with pytest.raises(DataError, match="no test image has a label"):
        evaluate(models, replace(films, label=label), parts, Deciding(), ROUNDS, 0)
    label = films.label.copy()
    label[parts.validation] = 0
    with pytest.raises(DataError, match="one class only"):
        evaluate(models, replace(films, label=label), parts, Deciding(), ROUNDS, 0)
