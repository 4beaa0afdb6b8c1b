import json

import numpy as np
import pytest
from scipy.special import expit, logit

from casestudies.errors import DataError
from casestudies.imaging.asked.deciding import Deciding
from casestudies.imaging.decision import Decision, bayes_cut, cheapest_cut
from casestudies.imaging.incumbent import incumbent_logits
from casestudies.imaging.patients import Patients
from casestudies.imaging.rates import bounded
from casestudies.metrics import Interval, auc


def drawn(patients=400, seed=0, most=4):
    """Logits of patients with one to four images: diseased ones are diseased in all."""
    generator = np.random.default_rng(seed)
    rows = np.repeat(np.arange(patients), generator.integers(1, most + 1, patients))
    sick = generator.random(patients) < 0.3
    z = 1.5 * (2.0 * sick[rows] - 1.4 + generator.normal(size=len(rows)))
    return z, sick[rows].astype(np.int8), np.array([f"p{i:04d}" for i in rows], dtype=object)


def test_patients_are_the_brute_force_over_their_images():
    patient = np.array(["b", "a", "b", "c", "a"], dtype=object)
    label, p = np.array([0, 0, 1, -1, -1]), np.array([0.1, 0.2, 0.7, 0.4, 0.6])
    patients = Patients.of(patient)
    assert patients.names.tolist() == ["b", "a", "c"]
    assert patients.images.tolist() == [2, 2, 1]
    assert patients.label(label).tolist() == [1, -1, -1]
    assert patients.together(p, "max") == pytest.approx([0.7, 0.6, 0.4])
    assert patients.together(p, "mean") == pytest.approx([0.4, 0.4, 0.4])


def test_bayes_cut_is_the_price_of_an_alarm_over_both():
    assert bayes_cut(9.0, 1.0) == pytest.approx(0.1)


def test_cheapest_cut_lies_half_way_between_neighbours_and_costs_least():
    y, p = np.array([0, 0, 1, 1, 0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8, 0.2, 0.35])
    cut = cheapest_cut(y, p, 10.0, 1.0)
    assert cut == pytest.approx((0.2 + 0.35) / 2)
    costs = [10.0 * ((p <= c) & (y == 1)).sum() + ((p > c) & (y == 0)).sum() for c in [-1, *p, cut]]
    assert costs[-1] == min(costs)


@pytest.mark.parametrize("cut", ["bayes", "cost", 0.25])
def test_a_decision_comes_back_from_json_bit_for_bit(cut):
    z, y, patient = drawn()
    decision = Decision.learnt(z, y, patient, Deciding(cut=cut))
    again = Decision.from_dict(json.loads(json.dumps(decision.to_dict())))
    assert again == decision
    assert np.array_equal(again.act(again.probability(z)), decision.act(decision.probability(z)))


@pytest.mark.parametrize(("miss", "everybody"), [(1e6, True), (1e-6, False)])
def test_cuts_that_act_on_all_or_none_can_be_written_down(miss, everybody):
    z, y, patient = drawn(60)
    z[np.flatnonzero(y == 0)[0]] = z.max() + 1.0  # the likeliest image is healthy
    decision = Decision.learnt(z, y, patient, Deciding(cut="cost", miss=miss))
    told = json.loads(json.dumps(decision.to_dict(), allow_nan=False))
    again = Decision.from_dict(told)
    assert again == decision
    if not everybody:
        assert told["image"]["cut"] == "nobody"
    assert again.act(again.probability(z))[y == 1].all() == everybody


def test_the_greatest_of_several_is_set_right_for_patients():
    z, y, patient = drawn(6000)
    decision = Decision.learnt(z, y, patient, Deciding())
    patients = Patients.of(patient)
    p = decision.probability(z)
    diseased, raw = patients.label(y), patients.together(p, "max")
    together = decision.together(p, patients)
    assert raw.mean() > diseased.mean() + 0.03  # too high, as the greatest of several is
    assert together.mean() == pytest.approx(diseased.mean(), abs=0.003)
    assert auc(diseased, together) == pytest.approx(auc(diseased, raw))
    held = (together > 0.05) & (together < 0.2)
    assert diseased[held].mean() == pytest.approx(together[held].mean(), abs=0.02)


def test_the_calibrated_bayes_cut_of_patients_is_near_the_cheapest_there_is():
    z, y, patient = drawn(20_000, seed=1)
    decision = Decision.learnt(z[:800], y[:800], patient[:800], Deciding())
    patients = Patients.of(patient)
    diseased, together = patients.label(y), decision.together(decision.probability(z), patients)

    def cost(cut):
        return np.mean(10 * ((together <= cut) & (diseased == 1)) + ((together > cut) & (diseased == 0)))

    assert cost(decision.patient.cut) < 1.05 * cost(cheapest_cut(diseased.astype(float), together, 10.0, 1.0))


def test_with_one_image_a_patient_both_levels_are_the_same():
    z, y, patient = drawn(300, most=1)
    decision = Decision.learnt(z, y, patient, Deciding(cut="cost"))
    p = decision.probability(z)
    assert decision.line is None
    assert decision.image == decision.patient
    assert np.array_equal(decision.together(p, Patients.of(patient)), p)


def test_images_without_a_label_choose_nothing():
    z, y, patient = drawn(200)
    hidden = np.where(np.arange(len(y)) % 3 == 0, -1, y)
    known = hidden >= 0
    whole = Decision.learnt(z, hidden, patient, Deciding())
    assert whole == Decision.learnt(z[known], hidden[known], patient[known], Deciding())


def test_one_class_is_refused():
    z, _, patient = drawn(20)
    with pytest.raises(DataError, match="one class only"):
        Decision.learnt(z, np.ones(len(z), np.int8), patient, Deciding())


def test_promises_are_made_to_patients_whatever_the_number_of_their_images():
    z, y, patient = drawn()
    decision = Decision.learnt(z, y, patient, Deciding())
    diseased = len(set(patient[y == 1]))
    assert decision.image.conformal.events == decision.patient.conformal.events == diseased


def test_sets_are_said_in_the_words_of_the_labels():
    z, y, patient = drawn()
    decision = Decision.learnt(z, y, patient, Deciding())
    words = decision.sets(np.array([0.001, 0.999]), ("benign", "malignant"))
    assert words.tolist() == ["benign", "malignant"]
    middle = decision.sets(np.array([0.35]), ("benign", "malignant"))
    assert middle[0] in ("benign or malignant", "neither")


def test_a_score_of_any_scale_and_direction_is_put_on_log_odds():
    generator = np.random.default_rng(0)
    y = (generator.random(4000) < 0.3).astype(np.int8)
    true = 1.2 * (2.0 * y - 1) + generator.normal(size=4000)
    rows = np.arange(2000)
    up, said = incumbent_logits(100 + 7 * true, y, rows)
    down, reversed_said = incumbent_logits(-true, y, rows)
    assert np.allclose(up, down)
    assert "higher is riskier" in said
    assert "lower is riskier" in reversed_said
    p = expit(up[2000:])
    assert p.mean() == pytest.approx(y[2000:].mean(), abs=0.03)
    assert auc(y[2000:], p) == pytest.approx(auc(y[2000:], true[2000:]))


def test_images_without_a_score_get_the_average_one_and_are_counted():
    generator = np.random.default_rng(0)
    y = (generator.random(400) < 0.5).astype(np.int8)
    score = y + generator.normal(size=400)
    score[::4] = np.nan
    found, said = incumbent_logits(score, y, np.arange(400))
    assert "100 images without a score" in said
    assert np.isfinite(found).all()
    assert len(set(found[::4])) == 1


def test_a_score_that_says_nothing_to_compare_is_refused_by_its_key():
    y = np.array([0, 1, 0, 1], np.int8)
    for score in (np.full(4, np.nan), np.ones(4)):
        with pytest.raises(DataError, match=r"model\.incumbent"):
            incumbent_logits(score, y, np.arange(4))


def test_a_share_of_all_is_bounded_by_the_patients_it_was_seen_on():
    sure = bounded(Interval(1.0, 1.0, 1.0), 20, 0.95)
    assert sure.low == pytest.approx(1 / (1 + 1.959964**2 / 20), rel=1e-6)
    assert sure.high == 1.0
    assert bounded(Interval(0.0, 0.0, 0.0), 20, 0.95).high == pytest.approx(1 - sure.low)
    between = Interval(0.9, 0.8, 1.0)
    assert bounded(between, 20, 0.95) is between


def test_mean_of_the_images_is_another_way_to_a_patient():
    z, y, patient = drawn(2000)
    patients = Patients.of(patient)
    decision = Decision.learnt(z, y, patient, Deciding(patient_by="mean"))
    p = decision.probability(z)
    whole = patients.together(p, "mean")
    slope, intercept = decision.line
    assert np.allclose(decision.together(p, patients), expit(slope * logit(whole) + intercept))
