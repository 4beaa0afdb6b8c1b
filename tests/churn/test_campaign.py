"""The campaign and the framings of made-up customers, told against sums by hand; sliders against the run's own list."""

import json
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.churn.campaign import LIST, campaign_told
from casestudies.churn.contract import CONTRACT
from casestudies.churn.framings import framings_told
from casestudies.churn.sections.campaign import campaign_blocks, campaign_details, headline
from casestudies.churn.sections.framings import framings_blocks
from casestudies.churn.study import STUDY
from casestudies.churn.tryout import levers, tried, tried_blocks
from casestudies.churn.uplift import Effects, Estimate
from casestudies.decisions import Rule
from casestudies.report import Figure, Heading, Metrics, Table, Text
from casestudies.runs.disk import to_json
from casestudies.tabular import Roles
from casestudies.tabular.checked import check
from casestudies.tabular.derive import CellColumns
from casestudies.tabular.read import read_table
from casestudies.workflow.analyses import Work
from casestudies.workflow.compare import ChampionChoice, Comparison, Judged, Sample
from casestudies.workflow.findings import Findings
from casestudies.workflow.load import Loaded, rule_of
from casestudies.workflow.resolve import resolve

ROWS = 1_200
COST = {"clv": "worth", "accept": 0.3, "offer": "0.1 * worth", "contact": 2, "currency": "EUR"}


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    random = np.random.default_rng(5)
    p = random.beta(1.2, 3, ROWS)
    frame = pd.DataFrame(
        {
            "name": [f"C{n:05d}" for n in range(ROWS)],
            "left": np.where(random.random(ROWS) < p, "yes", "no"),
            "worth": random.lognormal(5.5, 0.7, ROWS).round(2),
            "p": p,
            "opted_out": random.choice(["no", "yes"], ROWS, p=[0.9, 0.1]),
            "calls": random.integers(0, 4, ROWS),
            "weight": random.choice([1, 3], ROWS),
        }
    )
    file = tmp_path_factory.mktemp("campaign") / "customers.csv"
    frame.to_csv(file, index=False)
    return check(read_table(file), CONTRACT, Roles(target="left", positive="yes", id="name"))


@pytest.fixture
def work(checked, monkeypatch):
    monkeypatch.setattr("casestudies.churn.campaign.reasons_of", lambda model, frame, k: ["because"] * len(frame))

    def of(weight=False, group=False, **more):
        campaign = {"control": 0, **more.pop("campaign", {})}
        decide = more.pop("decide", {"rule": "budget", "budget": 900})
        values = {"study": "churn", "cost": COST, "campaign": campaign, "decide": decide, "interval": {"rounds": 200}}
        settings = resolve(STUDY.settings, values={**values, **more}).config
        columns = CellColumns.of_checked(checked)
        costs = settings.cost.matrix().on(columns, ROWS)
        p = checked.frame["p"].to_numpy(dtype=float)
        weights = checked.frame["weight"].to_numpy(dtype=float) if weight else np.ones(ROWS)
        groups = pd.Series(np.arange(ROWS) // 2) if group else None
        sample = Sample(checked.frame[["calls"]], checked.y, weights, costs, groups)
        decider = rule_of(settings).fit(checked.y, p, costs)
        rows = np.arange(ROWS)
        judged = {"logistic": Judged(p, decider.act(p, costs))}
        trained = SimpleNamespace(calibration=SimpleNamespace(probability=p))
        choice = ChampionChoice("logistic", "logistic", {"logistic": 1.0}, "cost", 0.0)
        parts = ((rows, rows),)
        comparison = Comparison(
            rows, rows * 0, parts, judged, choice, ("logistic",), judged["logistic"], {"logistic": trained}
        )
        loaded = Loaded(checked, settings.cost.matrix(), costs, (), False)
        saved = SimpleNamespace(decider=decider, model=SimpleNamespace(columns=["calls"]))
        return Work(loaded, SimpleNamespace(), sample, comparison, None, saved, None, settings, STUDY.words)

    return of


def found(work, **told) -> Findings:
    held, costs = work.sample, work.sample.costs
    predictions = pd.DataFrame(
        {"y": held.y, "weight": held.weight, "p:logistic": work.comparison.judged["logistic"].p, **costs.cells()}
    )
    analysis = {name: json.loads(to_json(one)) for name, one in told.items()}
    metrics = {"champion": "logistic"}
    nothing = ({}, {}, {}, [], {}, {})
    return Findings(
        STUDY, work.settings, {}, {"synthetic": False}, metrics, *nothing, None, predictions, None, analysis
    )


def all_blocks(findings):
    return (*campaign_blocks(findings), *campaign_details(findings))


def by_hand(work):
    """(rows,) each: probability, outcome, value, expected gain and spending, gain as it came."""
    p, y = work.comparison.judged["logistic"].p, work.sample.y
    v = work.loaded.checked.frame["worth"].to_numpy(dtype=float)
    kept, wasted = 0.3 * (v - 0.1 * v) - 2, 2 + 0.1 * v
    return p, y, v, p * kept - (1 - p) * wasted, 2 + 0.1 * v * (0.3 * p + 1 - p), np.where(y > 0, kept, -wasted)


def greedy(gain, spend, budget):
    """The list by gain per unit spent, one customer after the other; one who does not fit is passed over."""
    left, out = budget, []
    for row in np.argsort(-gain / spend, kind="stable"):
        if gain[row] > 0 and spend[row] <= left:
            out.append(int(row))
            left -= spend[row]
    return out


def test_the_list_and_its_money_are_the_greedy_ones(work):
    it = work()
    answer = campaign_told(it)
    told, contacts = answer.told, answer.lists[LIST]
    p, _, v, gain, spend, came = by_hand(it)
    rows = greedy(gain, spend, 900)
    assert (contacts["row"] - 1).tolist() == sorted(rows, key=lambda row: -gain[row] / spend[row])
    assert contacts["rank"].tolist() == list(range(1, len(rows) + 1))
    assert contacts["expected_gain"].to_numpy() == pytest.approx(gain[contacts["row"] - 1])
    assert contacts["spend"].sum() == pytest.approx(told["list"]["spend"]) == pytest.approx(spend[rows].sum())
    assert told["list"]["expected"] == pytest.approx(gain[rows].sum()) == pytest.approx(told["best"]["expected"])
    assert told["list"]["value"] == pytest.approx(v[rows].sum())
    assert told["list"]["p"] == pytest.approx(p[rows].mean())
    assert told["came"]["value"] == pytest.approx(came[rows].sum())
    assert told["came"]["low"] < told["came"]["value"] < told["came"]["high"]
    assert 0 <= told["best"]["gap"] < gain.max()
    assert set(contacts["list"]) == {"contact"}
    assert set(contacts["reasons"]) == {"because"}
    assert told["control"]["customers"] == 0


def test_the_break_even_is_the_acceptance_at_which_the_list_earns_nothing(work):
    it = work()
    told = campaign_told(it).told["break_even"]
    p, y, v, gain, spend, _ = by_hand(it)
    rows = greedy(gain, spend, 900)
    for price, needed in zip(told["prices"], told["needed"], strict=True):
        offer = price * 0.1 * v
        earned = p * (needed * (v - offer) - 2) - (1 - p) * (2 + offer)
        assert earned[rows].sum() == pytest.approx(0, abs=1e-8)
    earned = y * (told["came"] * 0.9 * v - 2) - (1 - y) * (2 + 0.1 * v)
    assert earned[rows].sum() == pytest.approx(0, abs=1e-8)
    assert told["assumed"] == pytest.approx(0.3)


def test_other_orders_spend_the_same_money_from_the_top_of_their_own_score(work):
    it = work()
    told = campaign_told(it).told["orders"]["rows"]
    p, _, v, gain, spend, came = by_hand(it)
    for name, score in (("p", p), ("gain", gain), ("p_value", p * v)):
        order = np.argsort(-score, kind="stable")
        order = order[gain[order] > 0] if name == "gain" else order
        rows = order[: np.searchsorted(np.cumsum(spend[order]), 900, side="right")]
        assert told[name]["contacts"] == len(rows)
        assert told[name]["came"]["value"] == pytest.approx(came[rows].sum())
        assert told[name]["less"]["value"] == pytest.approx(told["ratio"]["came"]["value"] - came[rows].sum())
        assert told[name]["expected"] < told["ratio"]["expected"]


def test_without_a_limit_all_who_are_worth_it_are_contacted_and_orders_share_a_quarter(work):
    it = work(decide={"rule": "bmr"})
    told = campaign_told(it).told
    _, _, _, gain, spend, _ = by_hand(it)
    assert told["list"]["contacts"] == (gain > 0).sum()
    assert told["orders"]["budget"] == pytest.approx(0.25 * spend[gain > 0].sum())
    assert told["best"]["gap"] == pytest.approx(0, abs=1e-6)


def test_a_number_of_contacts_goes_to_the_largest_gains_and_a_cut_lets_only_those_above_it_through(work):
    it = work(decide={"rule": "capacity", "capacity": 40})
    contacts = campaign_told(it).lists[LIST]
    gain = by_hand(it)[3]
    assert set(contacts["row"] - 1) == set(np.argsort(-gain, kind="stable")[:40])
    cut = work(decide={"rule": "cut", "cut": 0.5})
    assert campaign_told(cut).lists[LIST]["probability"].min() > 0.5


def test_a_row_of_weight_three_is_three_customers(work):
    it = work(weight=True, decide={"rule": "bmr"}, campaign={"do_not_disturb": "opted_out"})
    told, w = campaign_told(it).told, it.sample.weight
    p, _, _, gain, spend, came = by_hand(it)
    out = (it.loaded.checked.frame["opted_out"] == 1).to_numpy()
    rows = (gain > 0) & ~out
    assert told["list"]["contacts"] == w[rows].sum()
    assert told["list"]["expected"] == pytest.approx(w[rows] @ gain[rows])
    assert told["list"]["spend"] == pytest.approx(w[rows] @ spend[rows])
    assert told["came"]["value"] == pytest.approx(w[rows] @ came[rows])
    assert told["list"]["p"] == pytest.approx(np.average(p[rows], weights=w[rows]))
    assert told["held"]["do_not_disturb"]["customers"] == w[out].sum()
    assert told["held"]["do_not_disturb"]["listed"] == w[out & (gain > 0)].sum()
    assert told["held"]["do_not_disturb"]["gain"] == pytest.approx(w[out & (gain > 0)] @ gain[out & (gain > 0)])


def test_whom_the_campaign_leaves_alone_is_on_no_list_and_its_cost_is_told(work):
    it = work(campaign={"do_not_disturb": "opted_out", "contacted": "calls", "most_contacts": 3})
    answer = campaign_told(it)
    frame = it.loaded.checked.frame.iloc[answer.lists[LIST]["row"] - 1]
    assert not (frame["opted_out"] == 1).any()
    assert frame["calls"].astype(int).max() < 3
    free = campaign_told(work()).told["best"]["expected"]
    held = answer.told["held"]
    assert held["capped"]["customers"] > 0
    assert 0 < held["do_not_disturb"]["gain"] < free - answer.told["best"]["expected"]
    assert "must not be contacted" not in headline(found(it, campaign=answer.told), answer.told)
    text = " ".join(block.text for block in all_blocks(found(it, campaign=answer.told)) if isinstance(block, Text))
    assert "customers asked not to be contacted" in text
    assert "had all contacts of the period" in text


def test_the_control_group_stands_in_the_list_spends_nothing_and_is_drawn_by_name(work):
    answer = campaign_told(work(campaign={"control": 0.3}))
    contacts, told = answer.lists[LIST], answer.told
    control = contacts["list"] == "control"
    assert told["control"]["customers"] == control.sum() > 0
    assert (contacts.loc[control, "spend"] == 0).all()
    assert contacts["spend"].sum() <= 900
    assert told["control"]["cost"] == pytest.approx(told["best"]["expected"] - told["list"]["expected"])
    again = campaign_told(work(campaign={"control": 0.3}, seed=1)).lists[LIST]
    assert set(contacts.loc[control, "name"]) != set(again.loc[again["list"] == "control", "name"])


def test_a_name_column_that_is_called_as_one_of_ours_stays_beside_it(work):
    it = work()
    [own] = it.loaded.checked.in_role("identifier")
    checked = replace(it.loaded.checked, sources={**it.loaded.checked.sources, own: "offer"})
    contacts = campaign_told(replace(it, loaded=replace(it.loaded, checked=checked))).lists[LIST]
    assert contacts["offer (file)"].str.startswith("C").all()
    assert set(contacts["offer"]) == {"offer"}


def test_the_best_offer_of_each_customer_beats_every_single_one(work):
    offers = {
        "call": {"offer": 0, "accept": 0.05, "contact": 4},
        "gift": {},
        "dear": {"offer": "0.3 * worth", "accept": 0.6},
    }
    it = work(campaign={"offers": offers}, decide={"rule": "budget", "budget": 4_000})
    answer = campaign_told(it)
    told = answer.told
    assert {one["name"] for one in told["offers"]} == set(offers)
    for one in told["offers"]:
        assert told["best"]["expected"] > one["alone"]
        assert (answer.lists[LIST]["offer"] == one["name"]).sum() == one["contacts"]
    assert sum(one["spend"] for one in told["offers"]) == pytest.approx(told["list"]["spend"])
    assert sum(one["came"] for one in told["offers"]) == pytest.approx(told["came"]["value"])
    tables = [block for block in all_blocks(found(it, campaign=told)) if isinstance(block, Table)]
    assert any("call" in row for table in tables for row in table.rows)


def test_whole_customers_are_resampled(work):
    alone = campaign_told(work(decide={"rule": "bmr"})).told["came"]
    grouped = campaign_told(work(group=True, decide={"rule": "bmr"})).told["came"]
    assert grouped["value"] == pytest.approx(alone["value"])
    assert (grouped["low"], grouped["high"]) != (alone["low"], alone["high"])


def test_costs_without_an_offer_ask_nothing(work):
    it = work(cost={"fn": "worth", "fp": 10}, decide={"rule": "bmr"}, campaign={"control": "auto"})
    assert campaign_told(it) is None
    assert framings_told(it) is None
    nothing = found(it)
    assert campaign_blocks(nothing) == framings_blocks(nothing) == levers(nothing) == ()


def test_a_list_of_nobody_is_said_in_one_sentence(work):
    it = work(cost={**COST, "contact": 4_000, "clv": "worth + 14000 * (calls > 4)", "offer": 0}, decide={"rule": "bmr"})
    gain = it.sample.costs.gain(it.comparison.judged["logistic"].p)
    assert not (gain > 0).any()
    with pytest.raises(Exception, match="does not pay"):
        campaign_told(it)


def test_a_budget_that_reaches_nobody_leaves_an_empty_list(work):
    it = work(decide={"rule": "budget", "budget": 0.5})
    told = campaign_told(it).told
    assert told["list"]["contacts"] == 0
    assert told["break_even"] is None
    blocks = all_blocks(found(it, campaign=told))
    assert blocks[1].text.startswith("Contact nobody")
    assert (
        tried(found(it, campaign=told), {lever.key: lever.start for lever in levers(found(it, campaign=told))}).needed
        is None
    )


def test_framings_differ_by_what_is_asked_alone(work):
    it = work(decide={"rule": "bmr"})
    told = framings_told(it)
    p, y, v, gain, _, came = by_hand(it)
    acts = {"half": p > 0.5, "f1": p > told["cut"], "value": gain > 0}
    for name, act in acts.items():
        one = told["framings"][name]
        assert one["contacts"] == act.sum()
        assert one["realised"]["value"] == pytest.approx(came[act].sum()) == pytest.approx(one["came"])
        assert one["accuracy"] == pytest.approx((act == (y > 0)).mean())
        assert one["clv"] == pytest.approx(v[act].mean())
    same = told["framings"]["same"]
    assert same["contacts"] == acts["half"].sum()
    assert same["expected"] == pytest.approx(np.sort(gain)[::-1][: acts["half"].sum()].sum())
    assert told["against_half"]["value"]["value"] == pytest.approx(came[acts["value"]].sum() - came[acts["half"]].sum())
    assert told["against_f1"]["value"] == pytest.approx(came[acts["value"]].sum() - came[acts["f1"]].sum())
    swap = told["swap"]["value"]["came"] - told["swap"]["half"]["came"]
    assert told["against_half"]["value"]["value"] == pytest.approx(swap)
    decider = Rule("f1").fit(y, p)
    assert told["cut"] == decider.threshold


def test_framings_leave_out_whom_the_campaign_must_not_contact(work):
    it = work(campaign={"do_not_disturb": "opted_out"})
    told = framings_told(it)
    out = (it.loaded.checked.frame["opted_out"] == 1).to_numpy()
    assert told["held_back"] == out.sum()
    assert told["framings"]["half"]["contacts"] == ((by_hand(it)[0] > 0.5) & ~out).sum()
    assert str(int(out.sum())) in framings_blocks(found(it, framings=told))[1].text


def test_blocks_say_money_first_and_show_one_figure_each(work):
    it = work(campaign={"control": "auto"})
    answer, framings = campaign_told(it), framings_told(it)
    findings = found(it, campaign=answer.told, framings=framings)
    for blocks in (all_blocks(findings), framings_blocks(findings)):
        assert sum(isinstance(block, Figure) for block in blocks) == 1
    one = answer.told["list"]
    first = campaign_blocks(findings)[1].text
    assert first.startswith(f"Contact {one['contacts']:,.0f} customers for {one['spend']:,.0f} EUR: expected gain ")
    assert f"at most {answer.told['best']['bound']:,.0f} EUR possible within the budget of 900 EUR" in first


@pytest.fixture
def trial(work, monkeypatch):
    """A run whose past campaign, sent to the first 800 customers, shows an effect that differs between them."""

    def of(**more):
        it = work(**more)
        random = np.random.default_rng(3)
        risk = np.clip(it.comparison.judged["logistic"].p * 1.1, 0.02, 0.98)
        effect = risk * np.where(np.arange(ROWS) % 3 == 0, 0.5, -0.1)
        rows = np.arange(800)
        scores, leaving = effect[rows] + random.normal(0, 0.3, 800), risk[rows] + random.normal(0, 0.3, 800)
        found = Estimate(
            rows,
            800,
            None,
            None,
            SimpleNamespace(scores=scores, leaving=leaving),
            Effects(effect, risk * 0, risk, "T-learner", False),
        )
        monkeypatch.setattr("casestudies.churn.economics.estimate", lambda work: found)
        return it, risk, effect, scores, leaving

    return of


def test_a_past_campaign_takes_the_place_of_the_assumed_acceptance(trial):
    it, risk, effect, scores, leaving = trial(decide={"rule": "bmr"})
    answer = campaign_told(it)
    _, y, v, *_ = by_hand(it)
    share = np.clip(effect / risk, 0, 1)
    gain = risk * (share * (v - 0.1 * v) - 2) - (1 - risk) * (2 + 0.1 * v)
    rows = answer.lists[LIST]["row"].to_numpy() - 1
    assert set(rows) == set(np.flatnonzero(gain > 0))
    assert (rows % 3 == 0).all()  # whom a contact drives away is on no list
    assert answer.told["list"]["expected"] == pytest.approx(gain[rows].sum())
    assert answer.told["measured"] == "T-learner"
    assert answer.told["accept"] == pytest.approx((risk * share).sum() / risk.sum())
    inside = rows[rows < 800]
    shown = v[inside] * scores[inside] - 2 - 0.1 * v[inside] * (1 - leaving[inside] + scores[inside])
    outside = rows[rows >= 800]
    kept, wasted = share * (v - 0.1 * v) - 2, 2 + 0.1 * v
    assumed = np.where(y > 0, kept, -wasted)[outside]
    assert answer.told["came"]["value"] == pytest.approx(shown.sum() + assumed.sum())
    findings = found(it, campaign=answer.told)
    text = " ".join(block.text for block in all_blocks(findings) if isinstance(block, Text))
    assert "as the past randomised campaign shows it" in text
    assert "assumed" not in headline(findings, answer.told)
    start = {lever.key: lever.start for lever in levers(findings)}
    assert tried(findings, start).expected == pytest.approx(answer.told["best"]["expected"], rel=1e-5)
    assert tried(findings, start).came == pytest.approx(answer.told["came"]["value"], rel=1e-5)


def test_a_campaign_shows_the_effect_of_its_own_offer_alone(trial):
    it, risk, *_ = trial(campaign={"offers": {"one": {}, "other": {"accept": 0.5}}}, decide={"rule": "bmr"})
    answer = campaign_told(it)
    told = answer.told
    assert told["measured"] is None
    assert {round(one["accept"], 9) for one in told["offers"] if one["contacts"]} <= {0.3, 0.5}
    _, _, v, *_ = by_hand(it)
    gain = risk * (0.5 * (v - 0.1 * v) - 2) - (1 - risk) * (
        2 + 0.1 * v
    )  # of the better offer, by who leaves if left alone
    assert set(answer.lists[LIST]["row"] - 1) == set(np.flatnonzero(gain > 0))
    assert told["list"]["expected"] == pytest.approx(gain[gain > 0].sum())
    findings = found(it, campaign=told)
    text = " ".join(block.text for block in all_blocks(findings) if isinstance(block, Text))
    assert "Probabilities on the list are those of leaving if left alone" in text
    assert "that campaign tried one offer, and the list has several" in text
    start = {lever.key: lever.start for lever in levers(findings)}
    assert tried(findings, start).expected == pytest.approx(told["best"]["expected"], rel=1e-5)


def test_the_first_page_has_one_sentence_the_money_and_one_figure(work):
    findings = found(work(), campaign=campaign_told(work()).told)
    assert [type(block) for block in campaign_blocks(findings)] == [Heading, Text, Metrics, Figure]
    assert not any(isinstance(block, (Metrics, Figure)) for block in campaign_details(findings))


def test_the_uncertainty_of_the_values_widens_the_interval_as_it_does_that_of_the_decisions(work):
    it = work()
    told = campaign_told(it).told
    profit = {"rows": {"low": 100.0, "high": 200.0}, "both": {"low": 50.0, "high": 250.0}}
    came = told["came"]
    low, high = (came["value"] + 2 * (came[end] - came["value"]) for end in ("low", "high"))
    text = headline(found(it, campaign=told, value={"profit": profit}), told)
    assert f"about {low:,.0f} to {high:,.0f} with the uncertainty of the customers’ values" in text
    assert "uncertainty" not in headline(found(it, campaign=told, value={"profit": {**profit, "both": None}}), told)


@pytest.mark.parametrize("offers", [{}, {"call": {"offer": 0, "contact": 4}, "gift": {"accept": "0.5 + p / 2"}}])
def test_sliders_start_at_the_run_and_follow_the_economics(work, offers):
    it = work(campaign={"offers": offers, "do_not_disturb": "opted_out"}, decide={"rule": "budget", "budget": 4_000})
    told = campaign_told(it).told
    assert all(one["contacts"] for one in told["offers"])
    findings = found(it, campaign=told)
    start = {lever.key: lever.start for lever in levers(findings)}
    assert set(start) == {"offer", "accept", "contact", "budget", "capacity"}
    for lever in levers(findings):
        assert lever.low <= lever.start <= lever.high
    own = tried(findings, start)
    assert own.expected == pytest.approx(told["best"]["expected"], rel=1e-6)
    assert own.came == pytest.approx(told["orders"]["rows"]["ratio"]["came"]["value"], rel=1e-6)
    most = tried(findings, {**start, "budget": 1e6})
    assert most.expected > own.expected
    assert tried(findings, {**start, "offer": 2 * start["offer"], "budget": 1e6}).expected < most.expected
    assert tried(findings, {**start, "capacity": 5}).contacts == 5
    assert tried(findings, {**start, "accept": 0}).contacts == 0
    assert len(tried_blocks(findings, start)[1].rows) == 6


def test_a_slider_of_the_acceptance_is_a_run_with_that_acceptance(work):
    findings = found(work(), campaign=campaign_told(work()).told)
    start = {lever.key: lever.start for lever in levers(findings)}
    other = campaign_told(work(cost={**COST, "accept": 0.45, "contact": 5})).told
    moved = tried(findings, {**start, "accept": 0.45, "contact": 5})
    assert moved.expected == pytest.approx(other["best"]["expected"])
    assert moved.needed == pytest.approx(other["break_even"]["needed"][0])


def test_a_slider_answers_within_the_blink_of_an_eye(work):
    findings = found(work(), campaign=campaign_told(work()).told)
    start = {lever.key: lever.start for lever in levers(findings)}
    tried_blocks(findings, start)
    began = time.process_time()
    for _ in range(10):
        tried_blocks(findings, start)
    assert (time.process_time() - began) / 10 < 0.03
