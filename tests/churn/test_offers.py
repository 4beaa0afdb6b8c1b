"""What a campaign's settings refuse, in one line each, and whom they leave alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from casestudies.churn.contract import CONTRACT
from casestudies.churn.economics import columns_read, offered
from casestudies.churn.offers import held_back
from casestudies.churn.study import STUDY
from casestudies.errors import CaseError, ConfigError, DataError
from casestudies.tabular import Roles
from casestudies.tabular.checked import check
from casestudies.tabular.derive import CellColumns
from casestudies.tabular.read import read_table
from casestudies.workflow.named import NamedColumns
from casestudies.workflow.resolve import resolve

ROWS = 40


@pytest.fixture
def checked(tmp_path: Path):
    table = pd.DataFrame(
        {
            "left": ["yes", "no"] * (ROWS // 2),
            "worth": np.linspace(100, 500, ROWS).round(2),
            "plan": ["basic", "family"] * (ROWS // 2),
            "opted_out": (["no", "yes", ""] * ROWS)[:ROWS],
            "consent": (["given", "refused"] * ROWS)[:ROWS],
            "calls": [0, 1, 2, 3] * (ROWS // 4),
        }
    )
    file = tmp_path / "customers.csv"
    table.to_csv(file, index=False)
    return check(read_table(file), CONTRACT, Roles(target="left", positive="yes"))


def settings(**campaign):
    cost = campaign.pop("cost", {"clv": "worth", "accept": 0.3, "offer": "0.1 * worth", "contact": 2})
    values = {"study": "churn", "data": {"target": "left", "positive": "yes"}, "cost": cost, "campaign": campaign}
    return resolve(STUDY.settings, values=values).config


def refused(checked, **campaign) -> str:
    asked = settings(**campaign)
    with pytest.raises(CaseError) as error:
        asked.campaign.check_columns(NamedColumns(checked, {}), asked.cost)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_campaign_without_further_keys_is_the_one_offer_of_the_costs(checked):
    asked = settings()
    asked.campaign.check_columns(NamedColumns(checked, {}), asked.cost)
    [one] = offered(asked.campaign, asked.cost, CellColumns.of_checked(checked), ROWS)
    clv, p = checked.frame["worth"].to_numpy(), np.linspace(0, 1, ROWS)
    kept, wasted = 0.3 * (clv - 0.1 * clv) - 2, 2 + 0.1 * clv
    assert one.costs.gain(p) == pytest.approx(p * kept - (1 - p) * wasted)
    assert one.costs.spend(p) == pytest.approx(2 + 0.1 * clv * (p * 0.3 + 1 - p))


def test_what_an_offer_leaves_out_is_that_of_the_costs(checked):
    asked = settings(offers={"call": {"offer": 0, "contact": 6}, "gift": {"accept": 0.5}})
    call, gift = offered(asked.campaign, asked.cost, CellColumns.of_checked(checked), ROWS)
    assert set(call.parts["accept"]) == {0.3}
    assert set(call.parts["offer"]) == {0.0}
    assert set(call.parts["contact"]) == {6.0}
    assert gift.parts["offer"] == pytest.approx(0.1 * checked.frame["worth"])
    assert columns_read(asked.campaign, asked.cost) == {"worth"}


@pytest.mark.parametrize(
    ("campaign", "said"),
    [
        ({"do_not_disturb": "opted_uot"}, "campaign.do_not_disturb: there is no column 'opted_uot'; did you mean 'opted_out'?"),
        ({"contacted": "call", "most_contacts": 2}, "campaign.contacted: there is no column 'call'"),
        ({"contacted": "plan", "most_contacts": 2}, "campaign.contacted: 'plan' is read as category, and counts are wanted"),
        ({"contacted": "calls"}, "campaign.contacted: means nothing without campaign.most_contacts; write both or neither"),
        ({"most_contacts": 2}, "campaign.most_contacts: means nothing without campaign.contacted; write both or neither"),
        ({"do_not_disturb_value": "x"}, "campaign.do_not_disturb_value: means nothing without campaign.do_not_disturb"),
        (
            {"do_not_disturb": "consent"},
            "campaign.do_not_disturb, column consent: has 'given', which is neither yes nor no (40 such cells); write "
            "campaign.do_not_disturb_value",
        ),
        (
            {"do_not_disturb": "consent", "do_not_disturb_value": "refuse"},
            "campaign.do_not_disturb_value: no row of 'consent' is 'refuse'; did you mean 'refused'?",
        ),
        ({"offers": {"Gift": {}, "gift ": {}}}, "campaign.offers: 'gift ' and 'Gift' are one name to a reader; rename one of them"),
        ({"offers": {"control": {}}}, "campaign.offers: 'control' cannot be the name of an offer"),
        ({"offers": {"gift": {"offer": -1}}}, "campaign.offers.gift.offer: -1 is below 0; write what it costs or is worth"),
        ({"offers": {"gift": {"accept": 1.2}}}, "campaign.offers.gift.accept: 1.2 is outside 0 to 1; write a probability"),
        (
            {"offers": {"gift": {"accept": "calls"}}},
            "campaign.offers.gift.accept: is outside 0 to 1 in 20 of 40 rows, first in row 3 (2)",
        ),
        ({"offers": {"gift": {"offer": "wroth / 2"}}}, "campaign.offers.gift.offer: there is no column 'wroth'; did you mean 'worth'?"),
        ({"offers": {"gift": {"offer": "print(1)"}}}, "campaign.offers.gift.offer: 'print(1)' is not allowed in a formula"),
        (
            {"offers": {"car": {"offer": "2 * worth"}}},
            "campaign.offers.car.offer: the offer 'car' costs as much as the customer is worth in every row; write a smaller",
        ),
        (
            {"offers": {"gift": {"contact": 400}}},
            "cost.offer: the offer 'gift' does not pay, even where the customer is sure to leave, in every row",
        ),
        (
            {"offers": {"gift": {}}, "cost": {"fn": "worth", "fp": 10}},
            "campaign.offers: several offers need the usual one beside them; write cost.accept and cost.offer",
        ),
    ],
)  # fmt: skip
def test_a_slip_is_one_line_before_anything_is_fitted(checked, campaign, said):
    assert said in refused(checked, **campaign)


@pytest.mark.parametrize(
    ("campaign", "said"),
    [
        ({"control": 0.8}, "campaign.control"),
        ({"control": "some"}, "campaign.control"),
        ({"most_contacts": 0, "contacted": "calls"}, "campaign.most_contacts: must be greater than or equal to 1"),
        ({"offers": {f"offer {n}": {} for n in range(11)}}, "campaign.offers"),
        ({"budget": 5}, "campaign.budget"),
    ],
)
def test_a_number_out_of_range_is_named_with_its_key(campaign, said):
    with pytest.raises(ConfigError) as error:
        settings(**campaign)
    assert said in str(error.value)


def test_whoever_asked_for_it_or_had_enough_contacts_is_left_alone(checked):
    asked = settings(do_not_disturb="opted_out", contacted="calls", most_contacts=3).campaign
    held = held_back(asked, checked)
    out = np.array([n % 3 == 1 for n in range(ROWS)])  # an empty cell is no objection
    assert held.do_not_disturb.tolist() == out.tolist()
    assert held.capped.tolist() == [n % 4 == 3 and not out[n] for n in range(ROWS)]
    assert held.rows.sum() == held.do_not_disturb.sum() + held.capped.sum()
    assert asked.set_aside() == {"campaign.do_not_disturb": ["opted_out"], "campaign.contacted": ["calls"]}


@pytest.mark.parametrize(("value", "expected"), [("refused", 1), ("Refused", 1), ("given", 0)])
def test_a_stated_value_says_who_must_not_be_contacted(checked, value, expected):
    held = held_back(settings(do_not_disturb="consent", do_not_disturb_value=value).campaign, checked)
    assert held.do_not_disturb.tolist() == [n % 2 == expected for n in range(ROWS)]


def test_a_flag_is_known_by_yes_and_no_in_any_spelling(checked):
    for value, expected in (("no", 0), ("0", 0), ("true", 1)):
        held = held_back(settings(do_not_disturb="opted_out", do_not_disturb_value=value).campaign, checked)
        assert held.do_not_disturb.tolist() == [n % 3 == expected for n in range(ROWS)]


def test_a_cell_that_is_neither_yes_nor_no_among_new_rows_is_an_error_and_no_consent(checked):
    frame = checked.frame.assign(plan=pd.Series(["yes", "maybe"] * (ROWS // 2), dtype="str"))
    with pytest.raises(DataError, match="has 'maybe', which is neither yes nor no"):
        held_back(settings(do_not_disturb="plan").campaign, replace(checked, frame=frame))
