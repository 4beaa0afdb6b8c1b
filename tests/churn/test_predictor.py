"""New customers scored by a finished run: one list for the whole file, whatever its order, its parts and its format."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import casestudies
from casestudies.churn.config import ChurnSettings
from casestudies.churn.demo import DEFAULTS, demo
from casestudies.churn.listing import Limits
from casestudies.churn.predictor import ChurnPredictor, _free
from casestudies.churn.sharing import Shared
from casestudies.churn.study import WORDS
from casestudies.errors import DataError
from casestudies.models.engine import Engine

BUDGET = 600.0
QUICK = [
    "demo.rows=900",
    "model.candidates=[logistic]",
    "model.C=1",
    "interval.rounds=100",
    "explain.rows=50",
    "explain.lime.samples=100",
    "explain.lime.seeds=2",
    "analyse=[campaign]",
    "value.way=margin",
    "report.formats=[]",
    f"decide.budget={BUDGET:g}",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(the predictor of a run of the demo, its folder)."""
    found = casestudies.run("churn", overrides=QUICK, runs=tmp_path_factory.mktemp("runs"), variables={})
    return ChurnPredictor.open(found.folder, ChurnSettings, WORDS), found.folder


@pytest.fixture(scope="module")
def new(tmp_path_factory) -> Path:
    """A file of customers the run has not seen."""
    file = tmp_path_factory.mktemp("new") / "new.csv"
    demo(800, 7).frame.to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def scored(made, new) -> pd.DataFrame:
    return made[0].predict(new).rows


def test_the_budget_is_that_of_the_whole_file_and_the_list_is_ranked(scored):
    contact = scored["list"] == "contact"
    assert 0.9 * BUDGET < scored["spend"].sum() <= BUDGET
    assert (scored.loc[~contact, "spend"] == 0).all()
    assert (scored.loc[contact, "expected_gain"] > 0).all()
    assert (scored["decision"] == WORDS.act).tolist() == contact.tolist()
    on = scored[scored["list"].isin(["contact", "control"])]
    assert sorted(on["rank"]) == list(range(1, len(on) + 1))
    assert scored["rank"].isna().sum() == len(scored) - len(on)
    assert set(on["offer"]) <= set(DEFAULTS["campaign"]["offers"])
    assert (scored.loc[~scored.index.isin(on.index), "offer"] == "").all()
    assert scored.columns[-1] == "reasons"


def test_expected_cost_is_the_loss_to_come_less_what_contacting_gains(scored):
    loss = scored["probability"] * scored["value"]
    gained = np.where(scored["list"] == "contact", scored["expected_gain"], 0.0)
    assert scored["expected_cost"].to_numpy() == pytest.approx((loss - gained).to_numpy())


def test_whoever_must_not_be_contacted_is_not(scored, new):
    file = pd.read_csv(new, dtype=str, keep_default_na=False)
    asked = (file["do_not_disturb"] == "yes").to_numpy()
    capped = file["contacts_this_quarter"].astype(int).to_numpy() >= DEFAULTS["campaign"]["most_contacts"]
    assert asked.any()
    assert (scored["list"] == "do not disturb").tolist() == asked.tolist()
    assert (scored["list"] == "contacted enough").tolist() == (capped & ~asked).tolist()


def test_the_order_of_rows_moves_nobody_in_or_out(made, new, scored, tmp_path):
    shuffled, order = tmp_path / "shuffled.csv", np.random.default_rng(1).permutation(len(scored))
    pd.read_csv(new, dtype=str, keep_default_na=False).iloc[order].to_csv(shuffled, index=False)
    other = made[0].predict(shuffled).rows
    assert other["customer"].tolist() == scored["customer"].iloc[order].tolist()
    for column in ("list", "offer"):
        assert other[column].tolist() == scored[column].iloc[order].tolist()
    assert (scored["list"] == "control").any()


def test_another_budget_moves_nobody_between_contact_and_control(made, new, scored):
    part = replace(made[0], limits=Limits(BUDGET / 4), settings=_with_share(made[0], 0.2)).predict(new).rows
    whole = replace(made[0], settings=_with_share(made[0], 0.2)).predict(new).rows
    assert not ((part["list"] == "contact") & (whole["list"] == "control")).any()
    assert not ((part["list"] == "control") & (whole["list"] == "contact")).any()
    assert (part["list"] == "control").sum() < (whole["list"] == "control").sum()
    by_customer = whole[whole["list"].isin(["contact", "control"])].groupby("customer")["list"].nunique()
    assert by_customer.max() == 1  # all rows of a customer are in or out together


def _with_share(predictor, share):
    campaign = predictor.settings.campaign.model_copy(update={"control": share})
    return predictor.settings.model_copy(update={"campaign": campaign})


def test_parquet_by_row_groups_says_the_same_as_text(made, new, scored, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = pd.read_csv(new, dtype=str, keep_default_na=False)
    pq.write_table(pa.Table.from_pandas(cells, preserve_index=False), tmp_path / "new.parquet", row_group_size=97)
    rows, _ = made[0].predict_into(tmp_path / "new.parquet", tmp_path / "out.parquet", Engine())
    out = pd.read_parquet(tmp_path / "out.parquet")
    assert rows == len(scored)
    for column in ("list", "offer", "rank"):
        assert out[column].fillna(0).tolist() == scored[column].fillna(0).tolist()
    assert out["expected_gain"].to_numpy() == pytest.approx(scored["expected_gain"].to_numpy())
    made[0].predict_into(new, tmp_path / "out.csv", Engine())
    written = pd.read_csv(tmp_path / "out.csv")
    assert written["list"].tolist() == scored["list"].tolist()
    assert written["rank"].dropna().astype(int).tolist() == scored["rank"].dropna().tolist()


@pytest.mark.parametrize("column", ["do_not_disturb", "contacts_this_quarter", "monthly_price"])
def test_a_file_without_a_column_that_the_campaign_reads_is_refused(made, new, tmp_path, column):
    file = tmp_path / "short.csv"
    pd.read_csv(new, dtype=str, keep_default_na=False).drop(columns=column).to_csv(file, index=False)
    with pytest.raises(DataError, match="is needed and is not in the file") as error:
        made[0].predict(file)
    assert column in str(error.value)


def test_one_row_is_a_list_of_its_own(made, new, tmp_path):
    file = tmp_path / "one.csv"
    frame = pd.read_csv(new, dtype=str, keep_default_na=False)
    frame[(frame["do_not_disturb"] == "no") & (frame["contacts_this_quarter"] == "0")].head(1).to_csv(file, index=False)
    assert made[0].predict(file).rows["list"].isin(["contact", "control", "leave"]).all()


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A run of the demo with one offer, whose effect its past campaign shows."""
    more = ["campaign.offers={}", "uplift.models=[logistic]", "demo.rows=2500"]
    return casestudies.run("churn", overrides=[*QUICK, *more], runs=tmp_path_factory.mktemp("runs"), variables={})


def test_new_customers_are_ranked_by_their_own_effect(measured, tmp_path):
    told = measured.folder.read_json("analysis/campaign.json")
    assert told["measured"]
    file = tmp_path / "new.csv"
    demo(2500, 0).frame.to_csv(file, index=False)  # those of the run, as if they were new
    scored = measured.predict(file)
    assert any("probability is that of leaving if left alone" in note for note in scored.notes)
    rows = scored.rows.set_index("row")
    listed = pd.read_csv(measured.path / "lists" / "contacts.csv").set_index("row")
    trial = demo(2500, 0).frame["in_trial"].eq("yes").to_numpy()
    outside = [row for row in listed.index if not trial[row - 1]]  # whom the run, too, scored by what others taught
    assert len(outside) > 5
    for column in ("probability", "expected_gain", "value"):
        assert rows.loc[outside, column].to_numpy() == pytest.approx(listed.loc[outside, column].to_numpy(), abs=1e-9)
    assert rows.loc[listed.index[trial[listed.index - 1]], "expected_gain"].ne(0).all()
    told = json.loads((measured.path / "made" / "uplift.json").read_bytes())
    predictor = ChurnPredictor.open(measured.folder, ChurnSettings, WORDS)
    assert predictor.learnt.to_dict() == told


def test_the_campaign_of_new_customers_does_not_depend_on_how_the_file_is_cut(measured, new, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = pd.read_csv(new, dtype=str, keep_default_na=False)
    pq.write_table(pa.Table.from_pandas(cells, preserve_index=False), tmp_path / "new.parquet", row_group_size=61)
    by_groups = measured.predict(tmp_path / "new.parquet").rows
    whole = measured.predict(new).rows
    for column in ("list", "rank"):
        assert by_groups[column].fillna(0).tolist() == whole[column].fillna(0).tolist()
    for column in ("probability", "value", "expected_gain"):  # products of matrices differ in their last digit
        assert by_groups[column].to_numpy() == pytest.approx(whole[column].to_numpy(), rel=1e-12, abs=1e-12)
    assert by_groups["value"].tolist() == whole["value"].tolist()


def test_a_column_that_only_the_effect_reads_is_asked_for(measured, new, tmp_path):
    predictor = ChurnPredictor.open(measured.folder, ChurnSettings, WORDS)
    asked = set(predictor.learnt.columns)
    assert asked <= predictor.needs
    file = tmp_path / "short.csv"
    pd.read_csv(new, dtype=str, keep_default_na=False).drop(columns="tickets").to_csv(file, index=False)
    assert "tickets" in asked
    with pytest.raises(DataError, match="is needed and is not in the file"):
        predictor.predict(file)


def test_a_name_that_is_one_of_our_columns_stays_beside_it():
    assert _free("rank", pd.DataFrame({"row": [1]})) == "rank (file)"
    assert _free("row", pd.DataFrame({"row": [1]})) == "row (file)"
    assert _free("customer", pd.DataFrame({"row": [1]})) == "customer"


def test_nobody_listed_is_found_at_any_row():
    nobody = Shared(np.array([], dtype=int), np.array([], dtype=int), np.array([], dtype=bool), np.array([], dtype=int))
    at = nobody.at(np.array([3, 1]))
    assert at.offer.tolist() == [-1, -1]
    assert at.rank.tolist() == [0, 0]
    some = Shared(np.array([2, 5]), np.array([0, 1]), np.array([True, False]), np.array([2, 1])).at(
        np.array([5, 9, 2, 1])
    )
    assert some.offer.tolist() == [1, -1, 0, -1]
    assert some.control.tolist() == [False, False, True, False]
    assert some.rank.tolist() == [1, 0, 2, 0]
