"""The sliders of the Results page: the run's own figures where nothing is moved, and a count by hand where it is."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from casestudies.imaging.patients import Patients
from casestudies.imaging.study import STUDY
from casestudies.report import Figure, Note, Table
from casestudies.runs import RunFolder

LEVERS, TOLD = STUDY.tryout.levers, STUDY.tryout.told


@pytest.fixture(scope="module")
def found(film_run):
    return STUDY.findings(RunFolder(film_run.path), STUDY)


def table(blocks) -> dict[str, tuple[str, ...]]:
    """{row: cells} of the table beside the sliders."""
    (told,) = (block for block in blocks if isinstance(block, Table))
    return {row[0].split(",")[0].split(":")[0]: row[1:] for row in told.rows}


def percent(text: str) -> float:
    return float(text.removesuffix(" %")) / 100


def by_hand(f, dear: float, cut: float) -> tuple[float, float, float]:
    """Cost a patient in false alarms, sensitivity, specificity."""
    rows = f.predictions[f.predictions["part"] == "test"]
    sick = rows.groupby("patient")["label"].max() == 1
    act = rows.groupby("patient")["patient_probability"].first() > cut
    cost = (dear * (sick & ~act).sum() + (~sick & act).sum()) / len(sick)
    return cost, act[sick].mean(), (~act[~sick]).mean()


def test_where_nothing_is_moved_the_figures_are_those_of_the_run(found):
    told = table(TOLD(found, {}))
    for name, metric in (("Sensitivity", "patient_sensitivity"), ("Specificity", "patient_specificity")):
        assert percent(told[name][0]) == pytest.approx(found.figure(found.champion, metric)["value"], abs=5e-4)
    cost = found.figure(found.champion, "patient_cost")["value"] / found.settings.decide.alarm
    assert float(told["Cost per patient"][0]) == pytest.approx(cost, abs=5e-4)
    assert all(cells[0] == cells[1] for cells in told.values())


@pytest.mark.parametrize("dear", [1.0, 3.0, 40.0])
def test_other_prices_move_the_cut_and_are_counted_anew(found, dear):
    told = table(TOLD(found, {"miss": dear}))
    cost, sensitivity, specificity = by_hand(found, dear, 1 / (1 + dear))
    assert float(told["Cost per patient"][0]) == pytest.approx(cost, abs=5e-4)
    assert percent(told["Sensitivity"][0]) == pytest.approx(sensitivity, abs=5e-4)
    assert percent(told["Specificity"][0]) == pytest.approx(specificity, abs=5e-4)
    own = found.evaluation["decision"]["patient"]["cut"]
    assert float(told["Cost per patient"][1]) == pytest.approx(by_hand(found, dear, own)[0], abs=5e-4)


def test_where_the_disease_is_rarer_the_report_and_the_slider_agree(found):
    elsewhere = found.evaluation["elsewhere"]
    told = table(TOLD(found, {"diseased": 100 * elsewhere["prevalence"]}))
    assert percent(told["Called back above"][0]) == pytest.approx(elsewhere["cut"], abs=5e-4)
    for place, name in enumerate(("cheapest", "used")):
        cost = elsewhere[name]["value"] / found.settings.decide.alarm
        assert float(told["Cost per patient"][place]) == pytest.approx(cost, abs=5e-4)
    assert float(told["Cost per patient"][3]) == pytest.approx(elsewhere["nobody"], abs=5e-4)


def test_a_model_that_saves_nothing_is_said_to(found):
    rows = found.predictions
    bad = replace(found, predictions=rows.assign(probability=np.where(rows["label"] == 1, 0.02, 0.6)))
    first = TOLD(bad, {"miss": 2.0})[0]
    assert isinstance(first, Note)
    assert "saves nothing at these prices" in first.text
    # patients' probabilities as they are: the line that so short a run learns may call everybody back
    plain = {**found.evaluation, "decision": {**found.evaluation["decision"], "line": [1.0, 0.0]}}
    sure = rows.assign(probability=np.where(rows["label"] == 1, 0.999, 0.001))
    good = replace(found, predictions=sure, evaluation=plain)
    saved = TOLD(good, {"miss": 9.0})
    assert not isinstance(saved[0], Note)
    assert table(saved)["Saved"][0] == "100.0 %"


def test_the_curve_is_marked_where_the_prices_mean(found):
    (figure,) = (block for block in TOLD(found, {"miss": 4.0}) if isinstance(block, Figure))
    assert figure.spec["layer"][-1]["data"]["values"][0]["x"] == pytest.approx(0.2)
    assert "these prices: 20.0 %" in figure.alt
    everybody = Patients.of(found.predictions["patient"][found.predictions["part"] == "test"].to_numpy())
    assert f"{len(everybody)} judged patients" in TOLD(found, {"miss": 4.0})[1].caption


def test_without_one_of_the_two_classes_there_is_nothing_to_try(found):
    alone = replace(found, predictions=found.predictions[found.predictions["label"] == 0])
    assert LEVERS(alone) == ()
    assert TOLD(alone, {}) == ()


def test_a_hand_on_the_slider_does_not_wait(found):
    TOLD(found, {})
    begun = time.process_time()
    for dear in range(2, 12):
        TOLD(found, {"miss": float(dear)})
    assert (time.process_time() - begun) / 10 < 0.03
