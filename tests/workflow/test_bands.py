"""Bands and the referral as they are written to a run, and what the section says of them."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.credit.study import STUDY
from casestudies.decisions import Costs
from casestudies.decisions.refer import Review
from casestudies.models.scorecard.card import Scaling
from casestudies.report import Note
from casestudies.runs.disk import to_json
from casestudies.workflow.bands import bands_told
from casestudies.workflow.compare import ChampionChoice, Comparison, Judged, Sample
from casestudies.workflow.resolve import resolve
from casestudies.workflow.sections.bands import bands_blocks
from casestudies.workflow.table_settings import Bands, Refer

SETTINGS = resolve(STUDY.settings, values={"study": "credit", "interval": {"rounds": 200}}).config
ROWS = 1000


def case(costs=True, seed=0):
    """Calibrated probabilities, decided at each row's own threshold; only the last 1,000 of 1,200 rows are judged."""
    random = np.random.default_rng(seed)
    n = ROWS + 200
    p = random.beta(1, 4, n)
    y = (random.random(n) < p).astype(float)
    money = Costs(random.uniform(50, 150, n), random.uniform(5, 30, n), np.zeros(n), np.zeros(n)) if costs else None
    sample = Sample(pd.DataFrame({"a": p}), y, random.choice([0.5, 1.0, 2.0], n), money)
    rows = np.arange(200, n)
    act = (money.act(p) if costs else p > 0.3)[rows]
    judged = {"m": Judged(p[rows], act)}
    choice = ChampionChoice("m", "m", {"m": 1.0}, "cost", 0.0)
    return Comparison(rows, rows * 0, ((rows, rows),), judged, choice, ("m",), judged["m"], {}), sample


def told_of(comparison, sample, *more, **named):
    return json.loads(to_json(bands_told(comparison, sample, SETTINGS, *more, **named)))


def shown(told, **more):
    return bands_blocks(
        SimpleNamespace(
            analysis={"bands": told},
            study=STUDY,
            settings=SETTINGS,
            unit="EUR",
            champion="m",
            baselines=("accept_all", "decline_all"),
        )
    )


def text_of(blocks):
    return " ".join(getattr(block, "text", "") for block in blocks)


def test_bands_are_of_the_judged_rows_and_their_edges_stand_in_points_too():
    comparison, sample = case()
    told = told_of(comparison, sample, points=Scaling().score)
    assert sum(band["rows"] for band in told["bands"]) == ROWS
    edge = told["bands"][3]["above"]
    assert told["bands"][3]["above_points"] == pytest.approx(
        600 + 20 / np.log(2) * (np.log((1 - edge) / edge) - np.log(50))
    )
    assert (told["bands"][0]["upto"], told["bands"][-1]["above"]) == (None, None)
    assert told["bands"][0]["rate_low"] < told["bands"][0]["event_rate"] < told["bands"][0]["rate_high"]
    assert told["decided"] == pytest.approx(
        sample.take(comparison.rows).costs.total(sample.y[200:], comparison.judged["m"].act, sample.weight[200:])
    )


def test_given_edges_and_counts_are_taken():
    comparison, sample = case()
    assert len(told_of(comparison, sample, Bands(count=4))["bands"]) == 4
    told = told_of(comparison, sample, Bands(edges=[0.5, 0.2]))
    assert [band["above"] for band in told["bands"]] == [0.5, 0.2, None]


def test_the_gain_of_the_referral_is_the_difference_of_the_costs_row_by_row():
    comparison, sample = case()
    told = told_of(comparison, sample, None, Refer(review_cost=3.0, sensitivity=0.9, specificity=0.8, capacity=100))
    done = told["refer"]["done"]
    held, p = sample.take(comparison.rows), comparison.judged["m"].p
    review = Review(3.0, 0.9, 0.8)
    asking, leaving = review.expected(held.costs, p), held.costs.expected(p, comparison.judged["m"].act)
    rows = np.argsort(-(leaving - asking))[:100]
    alone = held.costs.base(held.y) + held.costs.slope(held.y) * comparison.judged["m"].act
    saved = (held.weight * (alone - review.realised(held.costs, held.y)))[rows].sum()
    assert done["gain"]["value"] == pytest.approx(saved)
    assert done["gain"]["low"] < saved < done["gain"]["high"]
    assert done["expected"] == pytest.approx((held.weight * (leaving - asking))[rows].sum())
    assert done["actions"]["referred"]["rows"] == 100 < done["paying"]
    total = {key: sum(one[key] for one in done["actions"].values()) for key in ("rows", "alone", "after")}
    assert (total["rows"], total["alone"] - total["after"]) == (ROWS, pytest.approx(saved))
    assert done["erring"] is None  # the reviewer's errors are stated, so none are made up
    assert "100 reviews: those with the largest gains" in text_of(shown(told))


def test_what_a_look_may_cost_is_what_the_last_of_them_is_worth():
    comparison, sample = case()
    told = told_of(comparison, sample)["refer"]
    held, p = sample.take(comparison.rows), comparison.judged["m"].p
    worth = np.sort(np.minimum(p * held.costs.fn, (1 - p) * held.costs.fp))[::-1]  # of perfect information
    assert told["most"] == pytest.approx(worth[0])
    assert [one["last"] for one in told["doubtful"]] == pytest.approx([worth[9], worth[49], worth[99], worth[199]])
    at = told["doubtful"][2]
    rows = np.argsort(-np.minimum(p * held.costs.fn, (1 - p) * held.costs.fp))[:100]
    wrong = np.where(
        held.y > 0, held.costs.fn * ~comparison.judged["m"].act, held.costs.fp * comparison.judged["m"].act
    )
    assert at["saved"]["value"] == pytest.approx(np.average(wrong[rows], weights=held.weight[rows]))
    assert told["erring"][2]["saved"]["value"] < at["saved"]["value"]


def test_an_always_right_reviewer_is_an_assumption_said_aloud():
    comparison, sample = case()
    for asked in (None, Refer(review_cost=2.0)):
        notes = [b for b in shown(told_of(comparison, sample, None, asked)) if isinstance(b, Note)]
        assert [note.kind for note in notes] == ["warning"]
        assert "Assumed: the reviewer is always right" in notes[0].text
    stated = shown(told_of(comparison, sample, None, Refer(sensitivity=0.9, specificity=0.95)))
    assert not [b for b in stated if isinstance(b, Note)]


def test_a_dear_review_is_not_recommended():
    comparison, sample = case()
    blocks = shown(told_of(comparison, sample, None, Refer(review_cost=1000.0)))
    assert "no application is worth a look" in text_of(blocks)


def test_breaks_are_named_only_beyond_chance():
    comparison, sample = case()
    assert "falls" in text_of(shown(told_of(comparison, sample, Bands(count=4))))
    held = comparison.rows
    turned = Sample(sample.frame, sample.y.copy(), sample.weight, sample.costs)
    top = comparison.judged["m"].p > 0.35
    turned.y[held[top]] = 0.0  # the riskiest never default: the score is wrong there
    told = told_of(comparison, turned, Bands(count=4))
    assert told["breaks"][0]["band"] == 1
    assert told["breaks"][0]["beyond"]
    assert "broken beyond chance: band 1" in text_of(shown(told))


def test_without_costs_there_are_bands_and_no_referral():
    comparison, sample = case(costs=False)
    told = told_of(comparison, sample)
    assert told["refer"] is None
    blocks = shown(told)
    assert len(blocks) == 3
    assert not [head for head in blocks[2].head if head.startswith("Cost")]
    assert bands_blocks(SimpleNamespace(analysis={})) == ()


def test_costs_times_a_hundred_refer_the_same_rows():
    comparison, sample = case()
    dear = Sample(
        sample.frame,
        sample.y,
        sample.weight,
        Costs(*(100 * getattr(sample.costs, c) for c in ("fn", "fp", "tp", "tn"))),
    )
    one = told_of(comparison, sample, None, Refer(review_cost=2.0))["refer"]["done"]
    two = told_of(comparison, dear, None, Refer(review_cost=200.0))["refer"]["done"]
    assert one["actions"]["referred"]["rows"] == two["actions"]["referred"]["rows"]
    assert two["gain"]["value"] == pytest.approx(100 * one["gain"]["value"])
