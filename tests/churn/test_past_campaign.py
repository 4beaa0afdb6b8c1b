"""A past campaign: its uplift and its promise against the truth that the demo was made from, and figures by hand."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.churn.config import ChurnSettings
from casestudies.churn.demo import CALL, DEFAULTS, VOUCHER, demo, reviews
from casestudies.churn.lastcampaign import lastcampaign_told
from casestudies.churn.sections.lastcampaign import lastcampaign_blocks
from casestudies.churn.sections.uplift import uplift_blocks
from casestudies.churn.study import STUDY, WORDS
from casestudies.churn.uplift import effects_of, estimate, uplift_told
from casestudies.errors import ConfigError
from casestudies.models.recipes import TreesRecipe
from casestudies.report import Figure, Note
from casestudies.runs.disk import to_json
from casestudies.workflow.analyses import Work
from casestudies.workflow.load import load
from casestudies.workflow.resolve import resolve
from casestudies.workflow.sample import sample_of

ROWS = 6000
UNTOLD = {"last": {"contacted": None, "promised": None}}
QUICK = {"uplift": {"among": "in_trial", "models": ["logistic"]}}
BY_CELLS = {"cost": {"accept": None, "offer": None, "fn": 300, "fp": 20}, "value": {"way": "given"}}


def work_of(tmp_path=None, frame=None, **changed):
    """The demo, or another table read as it, up to the rows; these questions ask for no more of a run."""
    values = {"study": "churn", "interval": {"rounds": 200}, "demo": {"rows": ROWS}, **changed}
    settings = resolve(ChurnSettings, values=values, defaults=DEFAULTS).config
    path = None
    if frame is not None:
        path = tmp_path / "customers.csv"
        frame.to_csv(path, index=False)
    loaded = load(STUDY, settings, path, incumbent="present_score", leaks_allowed=True)
    loaded.checked.problems.raise_if_errors("customers")
    return Work(loaded, None, sample_of(loaded), None, None, None, None, settings, WORDS)


@pytest.fixture(scope="module")
def work():
    return work_of()


@pytest.fixture(scope="module")
def truth(work):
    """The planted truth, row by row of the table that was read."""
    keys = ["customer", "as_of"]
    read = work.loaded.checked.frame[keys].assign(as_of=work.loaded.checked.frame["as_of"].dt.tz_localize(None))
    read["customer"] = read["customer"].astype("str").str.extract(r"(\d+)")[0].astype(int)
    table = read.merge(reviews(0).assign(as_of=lambda t: t["as_of"].astype(read["as_of"].dtype)), on=keys, how="left")
    assert len(table) == len(read)
    return table


def plain(told):
    return json.loads(to_json(told))


def shown(name, blocks, told):
    findings = SimpleNamespace(
        analysis={} if told is None else {name: told},
        study=STUDY,
        settings=SimpleNamespace(interval=SimpleNamespace(level=0.95)),
        unit="EUR",
    )
    return blocks(findings)


def text_of(blocks):
    return " ".join(getattr(block, "text", "") for block in blocks)


def test_the_campaigns_mean_effect_and_acceptance_hold_the_truth(work, truth):
    told = plain(uplift_told(work))
    trial = truth["in_trial"] == 1
    assert told["rows"] == told["of"] == trial.sum()
    effect = (truth["leaves_without"] - truth["leaves_with"])[trial].mean()
    left = truth["leaves_without"][trial].mean()
    assert told["balance"]["random"]
    assert told["effect"]["low"] - 0.01 < effect < told["effect"]["high"] + 0.01
    assert told["acceptance"]["low"] - 0.05 < effect / left < told["acceptance"]["high"] + 0.05
    assert told["leaving"]["low"] < left < told["leaving"]["high"]
    assert told["assumed"] == pytest.approx(0.3)
    arm = truth[trial & (truth["offered"] == 1)]
    assert told["arms"]["contacted"]["rows"] == len(arm)
    assert told["arms"]["contacted"]["left"] == pytest.approx(arm["left_in_3_months"].mean())


def test_the_customers_whom_an_offer_keeps_are_found(work, truth):
    effects = effects_of(work)
    planted = (truth["leaves_without"] - truth["leaves_with"]).to_numpy()
    assert len(effects.effect) == len(planted) == len(effects.error)
    assert not effects.one_number
    assert np.corrcoef(effects.effect, planted)[0, 1] > 0.7
    assert np.corrcoef(effects.risk, truth["leaves_without"])[0, 1] > 0.75
    assert (effects.effect <= effects.risk + 1e-12).all()
    found = estimate(work)  # those learnt from are scored by models that have not seen them
    assert (effects.effect[found.rows] == found.uplift.effect).all()
    assert not (found.uplift.learnt.at(work.sample.frame.iloc[found.rows])[0] == found.uplift.effect).any()
    outside = (truth["in_trial"] == 0).to_numpy()
    assert np.corrcoef(effects.effect[outside], planted[outside])[0, 1] > 0.7


def test_whoever_decides_by_the_effect_earns_more_than_with_an_acceptance_for_all(work, truth):
    effects = effects_of(work)
    value = truth["value"].to_numpy()
    stays = 1 - effects.risk + effects.effect
    by_effect = effects.effect * value - CALL - VOUCHER * stays > 0
    by_share = effects.risk * 0.3 * (value - VOUCHER) - CALL - (1 - effects.risk) * VOUCHER > 0
    earned = truth["gain"].to_numpy()
    assert earned[by_effect].sum() > 1.1 * max(earned[by_share].sum(), 1.0)


def test_the_chance_of_leaving_if_left_alone_earns_more_than_that_of_all_customers(work, truth):
    """A model of who leaves learns from the contacted too, and takes those whom contact kept for faithful."""
    frame, y = work.sample.frame, work.sample.y
    mixed, part = np.empty(len(y)), truth["customer"].to_numpy() % 4
    for held in range(4):  # customers whom the model has not seen
        seen = part != held
        fit = TreesRecipe(work.kinds, 100, 8, 0.05, 20, 0, 1, {}).fit(
            frame[seen], y[seen], np.ones(seen.sum()), np.arange(seen.sum()) % 5
        )
        mixed[~seen] = fit.model.probability(frame[~seen])
    earned, value = truth["gain"].to_numpy(), truth["value"].to_numpy()

    def by(p):
        return earned[p * 0.3 * (value - VOUCHER) - CALL - (1 - p) * VOUCHER > 0].sum()

    risk = np.clip(effects_of(work).risk, 0, 1)
    left = truth["leaves_without"].mean()
    assert abs(risk.mean() - left) < abs(mixed.mean() - left)
    assert by(risk) > 1.1 * by(mixed)


def test_everybody_in_place_of_the_trial_is_no_random_campaign_and_that_is_said():
    told = plain(uplift_told(work_of(uplift={"among": None, "models": ["logistic"]})))
    assert not told["balance"]["random"]
    assert told["balance"]["propensity"] == "estimated"
    assert {"late_payments", "tickets"} <= {one["column"] for one in told["balance"]["columns"] if one["clear"]}
    notes = [block for block in shown("uplift", uplift_blocks, told) if isinstance(block, Note)]
    assert "was not sent at random" in notes[0].text
    assert "late_payments" in notes[0].text


def test_the_bands_and_the_report_agree(work):
    told = plain(uplift_told(work))
    found = estimate(work)
    first = told["bands"][0]
    rows = found.uplift.effect >= np.sort(found.uplift.effect)[-first["rows"]]
    assert first["observed"]["value"] == pytest.approx(found.uplift.scores[rows].mean())
    assert first["expected"] == pytest.approx(found.uplift.effect[rows].mean())
    assert sum(one["rows"] for one in told["bands"]) == told["rows"]
    assert first["observed"]["low"] > told["effect"]["value"] > told["bands"][-1]["observed"]["value"]
    assert told["qini"]["low"] > 0
    blocks = shown("uplift", uplift_blocks, told)
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    text = text_of(blocks)
    assert "Contacting works better for some than for others" in text
    assert f"{100 * told['effect']['value']:.1f} of 100 customers" in text


def test_driving_away_is_only_said_where_chance_does_not_explain_it(work):
    told = plain(uplift_told(work))
    sure = {
        **told,
        "against": {**told["against"], "sure": True, "observed": {"value": -0.1, "low": -0.2, "high": -0.01}},
    }
    assert "Leave them alone" in text_of(shown("uplift", uplift_blocks, sure))
    unsure = {**told, "against": {**told["against"], "sure": False}}
    assert "cannot be told from chance" in text_of(shown("uplift", uplift_blocks, unsure))
    assert shown("uplift", uplift_blocks, {**told, "against": None})


def test_one_number_is_said_to_be_enough(work):
    told = plain(uplift_told(work))
    one = next(each for each in told["candidates"] if each["name"] == "share of leavers")
    text = text_of(shown("uplift", uplift_blocks, {**told, "chosen": one, "line": [0.24], "qini": None}))
    assert "One number is enough here: the same share, 24 %, of those who would leave" in text
    assert "by less than one standard error" in text


def test_without_a_campaign_nothing_is_asked_and_a_small_one_says_why():
    nothing = work_of(
        data={**DEFAULTS["data"], "treatment": None, "drop": ["final_invoice", "offered"]}, campaign=UNTOLD
    )
    assert uplift_told(nothing) is None
    assert effects_of(nothing) is None
    assert lastcampaign_told(nothing) is None
    assert shown("uplift", uplift_blocks, None) == ()
    small = plain(uplift_told(work_of(demo={"rows": 400})))
    assert "at least 100 are needed" in small["skipped"]
    assert small["skipped"] in text_of(shown("uplift", uplift_blocks, small))


def test_the_treatment_and_what_marks_the_campaign_are_never_features(work):
    assert not {"offered", "in_trial", "contacted", "promised"} & set(work.sample.frame)


def test_a_slip_in_the_settings_is_said_with_the_nearest_name():
    with pytest.raises(ConfigError, match="uplift.among: there is no column 'in_trail'; did you mean 'in_trial'"):
        work_of(uplift={"among": "in_trail"})
    with pytest.raises(ConfigError, match="campaign.last.promised: there is no column 'promise'"):
        work_of(campaign={"last": {"contacted": "contacted", "promised": "promise"}})
    with pytest.raises(ConfigError, match="campaign.last.promised: 'plan' is read as category, and numbers are wanted"):
        lastcampaign_told(work_of(campaign={"last": {"contacted": "contacted", "promised": "plan"}}))
    with pytest.raises(ConfigError, match="uplift.propensity"):
        work_of(uplift={"propensity": 1.5})


def test_what_was_earned_is_the_difference_of_the_two_groups_reckoned_by_hand(work):
    told = plain(lastcampaign_told(work))
    frame, y = work.loaded.checked.frame, work.sample.y
    rows = frame["promised"].notna() & frame["contacted"].notna() & (frame["in_trial"] == 1)
    z, left = (frame["contacted"][rows] == 1).to_numpy(), y[rows]
    clv = work.sample.costs.fn[rows]
    came_to = -left * clv - z * (CALL + VOUCHER * (1 - left))
    whole = told["all"]
    assert (told["rows"], told["contacted"]) == (rows.sum(), z.sum())
    assert whole["earned"]["value"] == pytest.approx(came_to[z].mean() - came_to[~z].mean())
    assert whole["kept"]["value"] == pytest.approx(left[~z].mean() - left[z].mean())
    assert whole["promised"]["value"] == pytest.approx(frame["promised"][rows][z].mean())
    assert whole["gap"]["value"] == pytest.approx(whole["promised"]["value"] - whole["earned"]["value"])
    error = np.sqrt(came_to[z].var() / z.sum() + came_to[~z].var() / (~z).sum())
    assert whole["earned"]["high"] - whole["earned"]["low"] == pytest.approx(2 * 1.96 * error, rel=0.2)
    promised = frame["promised"][rows].to_numpy()
    top = promised >= np.sort(promised)[-told["bands"][0]["rows"]]
    assert told["bands"][0]["earned"]["value"] == pytest.approx(came_to[top & z].mean() - came_to[top & ~z].mean())


def test_the_planted_truth_lies_in_what_the_campaign_kept(work, truth):
    told = plain(lastcampaign_told(work))["all"]
    rows = truth["promised"].notna() & (truth["in_trial"] == 1)
    kept = (truth["leaves_without"] - truth["leaves_with"])[rows].mean()
    assert told["kept"]["low"] < kept < told["kept"]["high"]
    assert told["gap"]["low"] > 0  # the old list promised far too much, and that is found


def test_the_read_back_is_said_in_plain_words(work):
    told = plain(lastcampaign_told(work))
    blocks = shown("lastcampaign", lastcampaign_blocks, told)
    text = text_of(blocks)
    assert f"{told['contacted']:,} customers were contacted" in text
    assert "too much" in text
    assert sum(isinstance(block, Figure) for block in blocks) == 1
    assert told["random"] is True
    assert not [block for block in blocks if isinstance(block, Note)]
    assert [
        block
        for block in shown("lastcampaign", lastcampaign_blocks, {**told, "random": False})
        if isinstance(block, Note)
    ]


def test_the_treatment_serves_as_the_flag_and_a_score_orders_the_groups_where_nothing_was_promised():
    told = plain(lastcampaign_told(work_of(campaign={"last": {"contacted": None, "promised": None}})))
    assert told["column"] == "offered"
    assert told["bands"] == []
    assert told["all"]["promised"] is None
    scored = work_of(
        campaign={"last": {"contacted": None, "promised": None, "score": "present_score"}}, model={"incumbent": None}
    )
    told = plain(lastcampaign_told(scored))
    assert len(told["bands"]) == 5
    assert told["bands"][0]["control"]["value"] > told["bands"][-1]["control"]["value"]
    assert "Promised" not in str(shown("lastcampaign", lastcampaign_blocks, told))


def test_without_the_offers_cost_or_with_few_customers_it_says_so():
    unknown = work_of(**BY_CELLS, campaign={"offers": None, "last": {"offer": None}})
    assert "what the offer cost is not known: write campaign.last.offer" in lastcampaign_told(unknown)["skipped"]
    given = work_of(
        **BY_CELLS, campaign={"offers": None, "last": {"contacted": None, "promised": None, "offer": 20, "contact": 1}}
    )
    frame, y = given.loaded.checked.frame, given.sample.y
    rows = (frame["in_trial"] == 1).to_numpy()
    z, left = frame["offered"].astype("object").isin([1.0, "yes"]).to_numpy()[rows], y[rows]
    came_to = -300 * left - z * (1 + 20 * (1 - left))
    assert lastcampaign_told(given)["all"]["earned"]["value"] == pytest.approx(came_to[z].mean() - came_to[~z].mean())
    few = plain(lastcampaign_told(work_of(demo={"rows": 400})))
    assert "at least 50 of each are needed" in few["skipped"]
    assert few["skipped"] in text_of(shown("lastcampaign", lastcampaign_blocks, few))


def test_customers_of_no_weight_have_no_say(tmp_path):
    frame = demo(2000, 0).frame
    extra = frame.head(300).assign(left_in_3_months="yes", offered="yes", contacted="yes", customer="C999999")
    data = {**DEFAULTS["data"], "weight": "w"}
    both = pd.concat([frame.assign(w=1), extra.assign(w=0)], ignore_index=True)
    with_them, without = (work_of(tmp_path, each, data=data, **QUICK) for each in (both, frame.assign(w=1)))
    for question in (uplift_told, lastcampaign_told):
        assert plain(question(with_them))["rows"] == plain(question(without))["rows"]
    one, other = (plain(lastcampaign_told(each))["all"]["earned"] for each in (with_them, without))
    assert one["value"] == pytest.approx(other["value"])
