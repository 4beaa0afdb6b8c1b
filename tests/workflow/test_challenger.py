"""Champion against challenger: the swap set against totals, and who is in it against groups made by hand."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.credit.study import STUDY, WORDS
from casestudies.decisions import Costs
from casestudies.metrics import auc
from casestudies.runs.disk import to_json
from casestudies.workflow.challenger import _who, challenger_told
from casestudies.workflow.compare import ChampionChoice, Comparison, Judged, Sample
from casestudies.workflow.resolve import resolve
from casestudies.workflow.sections.challenger import challenger_blocks

ROWS = 1200
SETTINGS = resolve(STUDY.settings, values={"study": "credit", "interval": {"rounds": 200}}).config


def sample(seed=0, costs=True):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.normal(40, 10, ROWS),
            "noise": random.normal(size=ROWS),
            "housing": pd.Categorical(random.choice(["rent", "own"], ROWS)),
            "income": np.where(random.random(ROWS) < 0.3, np.nan, random.normal(2000, 300, ROWS)),
        }
    )
    y = (random.random(ROWS) < 0.3).astype(float)
    money = Costs(*random.uniform(0, 50, (4, ROWS))) if costs else None
    return Sample(frame, y, random.choice([0.5, 1.0, 2.0], ROWS), money)


def comparison(held, champion, challenger, loss=None):
    """Two candidates whose probabilities and actions are given."""
    judged = {"simple": champion, "complex": challenger}
    choice = ChampionChoice("simple", "simple", loss or {"simple": 1.0, "complex": 2.0}, "cost", 0.0)
    rows = np.arange(len(held.y))
    return Comparison(rows, rows * 0, ((rows, rows),), judged, choice, ("simple",), champion, {})


def judged(held, seed, act=None):
    random = np.random.default_rng(seed)
    p = np.clip(0.3 + 0.2 * held.y + random.normal(0, 0.15, ROWS), 0.01, 0.99)
    return Judged(p, p > 0.4 if act is None else act)


def told_of(held, one, other, **more):
    return json.loads(to_json(challenger_told(comparison(held, one, other, **more), held, SETTINGS)))


def test_the_swap_set_is_the_difference_of_the_totals_with_weights():
    held = sample()
    one, other = judged(held, 1), judged(held, 2)
    told = told_of(held, one, other)
    totals = [held.costs.total(held.y, j.act, held.weight) for j in (one, other)]
    differ = told["differ"]
    assert differ["both"]["saved"]["value"] == pytest.approx(totals[0] - totals[1])
    assert differ["rested"]["saved"]["value"] + differ["acted"]["saved"]["value"] == pytest.approx(
        totals[0] - totals[1]
    )
    assert differ["both"]["saved"]["low"] < totals[0] - totals[1] < differ["both"]["saved"]["high"]
    rested = one.act & ~other.act
    assert differ["rested"]["rows"] == rested.sum()
    assert differ["rested"]["event_rate"] == pytest.approx(np.average(held.y[rested], weights=held.weight[rested]))
    assert differ["agree"] + differ["rested"]["rows"] + differ["acted"]["rows"] == ROWS
    # the same resamples: the money of the swap set and of the paired cost are one figure
    mass = held.weight.sum()
    assert differ["both"]["saved"]["low"] == pytest.approx(-told["paired"]["expected_cost"]["high"] * mass)


def test_the_challenger_is_the_best_other_and_figures_are_weighted():
    held = sample()
    told = told_of(held, judged(held, 1), judged(held, 2))
    assert (told["champion"], told["challenger"]) == ("simple", "complex")
    value = told["models"]["complex"]["auc"]["value"]
    assert value == pytest.approx(auc(held.y, judged(held, 2).p, held.weight))
    assert told["paired"]["auc"]["difference"] == pytest.approx(value - told["models"]["simple"]["auc"]["value"])


def test_those_decided_differently_are_told_by_what_sets_them_apart():
    held = sample()
    old = np.zeros(ROWS, dtype=bool)
    new = (held.frame["age"] > 50).to_numpy() | (held.frame["income"].isna() & (held.frame["age"] > 45)).to_numpy()
    who = told_of(held, judged(held, 1, old), judged(held, 2, new))["who"]
    assert [(one["column"], one["what"], one["side"]) for one in who][:2] == [
        ("age", None, "acted"),
        ("income", "is missing", "acted"),
    ]
    assert "noise" not in [one["column"] for one in who]
    ages, w = held.frame["age"].to_numpy(), held.weight
    means = [np.average(ages[rows], weights=w[rows]) for rows in (new, ~new)]
    spreads = [np.average((ages[rows] - m) ** 2, weights=w[rows]) for rows, m in zip((new, ~new), means, strict=True)]
    assert who[0]["difference"] == pytest.approx((means[0] - means[1]) / np.sqrt(np.mean(spreads)))
    assert (who[0]["means"]["acted"], who[0]["alike"]) == pytest.approx(tuple(means))


def test_chance_alone_sets_no_column_apart():
    hits = 0
    for seed in range(20):
        held = sample(seed)
        old, new = np.random.default_rng(100 + seed).random((2, ROWS)) < 0.5
        hits += len(_who(held.frame, held.weight, old, new))
    assert hits <= 4  # of 100 columns and levels; three standard errors are passed once in 370


def test_of_few_rows_nothing_is_said():
    held = sample()
    new = np.arange(ROWS) < 10
    assert told_of(held, judged(held, 1, np.zeros(ROWS, dtype=bool)), judged(held, 2, new))["who"] == []


def test_one_candidate_has_no_challenger():
    held = sample()
    assert "one candidate" in told_of(held, judged(held, 1), judged(held, 2), loss={"simple": 1.0})["skipped"]


def findings(told, **more):
    told = {"challenger": told}
    return SimpleNamespace(
        analysis=told, study=STUDY, settings=SETTINGS, unit="EUR", baselines=("accept_all", "decline_all"), **more
    )


def test_the_section_says_who_is_better_and_what_the_swap_is_worth():
    held = sample()
    better = Judged(np.clip(0.2 + 0.5 * held.y + 0.1 * judged(held, 2).p, 0, 1), held.y > 0)
    blocks = challenger_blocks(findings(told_of(held, judged(held, 1), better)))
    text = " ".join(getattr(block, "text", "") for block in blocks)
    assert "complex is better in ranking (AUC)" in text
    assert "Handing the decision to complex would" in text
    assert {WORDS.rested + " by complex only", "the change"} <= {row[0] for row in blocks[4].rows}
    same = challenger_blocks(findings(told_of(held, judged(held, 1), judged(held, 1))))
    assert "they cannot be told apart in ranking" in same[1].text
    assert "differently on 0 (0.0 %)" in same[3].text


def test_without_money_or_without_an_analysis_the_section_keeps_to_what_there_is():
    held = sample(costs=False)
    blocks = challenger_blocks(findings(told_of(held, judged(held, 1), judged(held, 2))))
    assert "Saved" not in " ".join(blocks[4].head)
    assert challenger_blocks(SimpleNamespace(analysis={})) == ()
    assert challenger_blocks(findings({"skipped": "there is one candidate only"})) == ()
