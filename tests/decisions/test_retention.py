"""The money of keeping customers: the four costs, what is spent, words, refusals, and the break-even acceptance."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from casestudies.decisions import CostMatrix, Costs, campaign_break_even, complaints, row_break_even
from casestudies.errors import CaseError, ConfigError, DataError

FRAME = pd.DataFrame({"monthly": [10.0, 20.0, 50.0], "loyal": [0.1, 0.3, 0.5], "odd": [0.2, 1.2, -0.1]})
MATRIX = CostMatrix.retention("12 * monthly", accept="loyal", offer="0.1 * 12 * monthly", contact=2, currency="EUR")


def test_the_four_costs_are_those_of_the_convention() -> None:
    clv, a, offer = 12 * FRAME.monthly, FRAME.loyal, 1.2 * FRAME.monthly
    costs = MATRIX.on(FRAME, 3)
    assert costs.fn == pytest.approx(clv)
    assert costs.tp == pytest.approx(2 + a * offer + (1 - a) * clv)
    assert costs.fp == pytest.approx(2 + offer)
    assert (costs.tn == 0).all()
    p = np.array([0.1, 0.5, 0.9])
    assert costs.gain(p) == pytest.approx(p * (a * (clv - offer) - 2) - (1 - p) * (2 + offer))
    assert costs.spend(p) == pytest.approx(2 + offer * (p * a + 1 - p))


def test_what_is_spent_is_what_happens_on_average_when_the_offer_is_made() -> None:
    rng = np.random.default_rng(0)
    rows, p, a = 400_000, 0.4, 0.3
    costs = CostMatrix.retention(100, accept=a, offer=10, contact=2).on({}, 1)
    leaves, accepts = rng.random(rows) < p, rng.random(rows) < a
    paid = 2 + 10 * np.where(leaves, accepts, True)
    lost = paid + 100 * (leaves & ~accepts)
    assert costs.spend([p])[0] == pytest.approx(paid.mean(), abs=0.05)
    assert costs.expected([p], [True])[0] == pytest.approx(lost.mean(), abs=0.3)
    assert costs.spend([1.0])[0] == pytest.approx(5.0)
    assert costs.spend([0.0])[0] == pytest.approx(12.0)


def test_costs_without_terms_spend_the_price_of_a_false_alarm() -> None:
    costs = Costs(np.array([9.0, 9.0]), np.array([3.0, -2.0]), np.zeros(2), np.zeros(2))
    assert costs.spend([0.2, 0.9]).tolist() == [3.0, 0.0]
    assert list(costs.cells()) == ["fn", "fp", "tp", "tn"]


def test_rows_taken_joined_and_read_from_a_table_keep_what_is_spent() -> None:
    costs = MATRIX.on(FRAME, 3)
    p = np.array([0.1, 0.5, 0.9])
    whole = Costs.joined([costs.take([0]), costs.take([1, 2])])
    table = pd.DataFrame({"y": 0, **costs.cells()})
    for again in (whole, Costs.of_columns(table)):
        assert (again.spend(p) == costs.spend(p)).all()
        assert (again.gain(p) == costs.gain(p)).all()
    assert Costs.of_columns(table.drop(columns="spent")).spent is None


def test_it_is_stored_and_read_as_the_run_folder_does() -> None:
    stored = json.loads(json.dumps(asdict(MATRIX)))
    assert stored["fp"] == "contact + offer"
    assert stored["terms"]["clv"] == "12 * monthly"
    again = CostMatrix(**stored)
    assert again == MATRIX
    assert hash(again) == hash(MATRIX)
    assert again.names == ["monthly", "loyal"]
    old = {"fn": "a", "fp": 1, "tp": 0.0, "tn": 0.0, "currency": None}  # a folder from before there were terms
    assert CostMatrix(**old) == CostMatrix("a", 1)


def test_words_say_what_is_paid_and_believed_not_the_formulas_made_of_it() -> None:
    words = " ".join(MATRIX.in_words())
    assert "12 * monthly (EUR)" in words
    assert "A contact costs 2 EUR, and the offer 0.1 * 12 * monthly (EUR) when it is taken." in words
    assert "stays with the chance loyal" in words
    assert "(1 - accept)" not in words
    assert "with a chance of 0.3." in str(CostMatrix.retention(100, 0.3, 10, 0))
    assert "A contact costs nothing" in str(CostMatrix.retention(100, 0.3, 10, 0))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"accept": 1.3}, "cost.accept: 1.3 is outside 0 to 1; write a probability"),
        ({"accept": "-0.1"}, "cost.accept: -0.1 is outside 0 to 1"),
        ({"clv": -5}, "cost.clv: -5 is below 0"),
        ({"offer": -1.0}, "cost.offer: -1 is below 0"),
        ({"contact": -1.0}, "cost.contact: -1 is below 0"),
        ({"clv": float("nan")}, "cost.clv: nan is not a number to reckon with"),
        ({"offer": "__import__('os')"}, "cost.offer: "),
        ({"clv": "12 *"}, "cost.clv: '12 *' is not a formula"),
        ({"clv": 0, "offer": 0, "contact": 0}, "cost: every cost is 0"),
    ],
)
def test_a_number_that_no_offer_can_have_is_refused_before_any_data_is_read(given: dict, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        CostMatrix.retention(**({"clv": 100, "accept": 0.3, "offer": 10, "contact": 1} | given))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"accept": "odd"}, "cost.accept: is outside 0 to 1 in 2 of 3 rows, first in row 2 (1.2)"),
        ({"clv": "monthly - 15"}, "cost.clv: is below 0 in 1 of 3 rows, first in row 1 (-5)"),
        ({"offer": "odd"}, "cost.offer: is below 0 in 1 of 3 rows, first in row 3 (-0.1)"),
        ({"contact": "20 - monthly"}, "cost.contact: is below 0 in 1 of 3 rows, first in row 3"),
        ({"clv": "montly"}, "cost.clv: there is no column 'montly'; did you mean 'monthly'?"),
        ({"clv": "1 / (monthly - 20)"}, "cost.clv: '1 / (monthly - 20)' is not finite in 1 of 3 rows, first in row 2"),
    ],
)
def test_a_row_that_no_offer_can_have_names_its_own_key_not_fn_or_fp(given: dict, said: str) -> None:
    matrix = CostMatrix.retention(**({"clv": 100, "accept": 0.3, "offer": 10, "contact": 1} | given))
    with pytest.raises(CaseError) as error:
        matrix.on(FRAME, 3)
    assert said in str(error.value)
    assert "cost.f" not in str(error.value)


def test_terms_and_costs_of_ones_own_are_not_mixed() -> None:
    with pytest.raises(ConfigError, match=r"cost\.fn: a retention offer writes the four costs itself"):
        CostMatrix(fn=5, fp=1, terms=MATRIX.terms)


def test_a_customer_who_is_not_worth_the_offer_is_complained_about() -> None:
    costs = CostMatrix.retention("monthly", accept=0.5, offer=18, contact=1).on(FRAME, 3)
    said = complaints(costs)
    assert "Contact and offer together cost more than the customer is worth in row 1." in said
    assert not any("more than the customer" in one for one in complaints(MATRIX.on(FRAME, 3)))


def test_at_its_break_even_acceptance_a_contact_gains_nothing() -> None:
    p = np.array([0.05, 0.4, 0.9])
    clv, offer = 12 * FRAME.monthly.to_numpy(), FRAME.monthly.to_numpy()
    at = row_break_even(p, clv, offer, 2.0)
    assert (at[1:] < 1).all()
    costs = CostMatrix.retention("clv", "a", "o", 2).on({"clv": clv[1:], "a": at[1:], "o": offer[1:]}, 2)
    assert costs.gain(p[1:]) == pytest.approx(0.0, abs=1e-12)
    assert row_break_even([0.0, 0.5], [100, 10], 10, 1).tolist() == [np.inf, np.inf]


@pytest.mark.parametrize("weighted", [False, True])
def test_at_its_break_even_acceptance_a_list_gains_nothing_whatever_the_offer_costs(weighted: bool) -> None:
    rng = np.random.default_rng(1)
    p, clv = rng.beta(2, 3, 50), rng.lognormal(5, 0.5, 50)
    w = rng.random(50) if weighted else None
    scales = [0.0, 0.5, 1.0, 2.0]
    found = campaign_break_even(p, clv, 0.1 * clv, 2.0, w, scales)
    assert (np.diff(found) > 0).all()
    for accept, scale in zip(found, scales, strict=True):
        matrix = CostMatrix.retention("clv", float(accept), f"{scale} * 0.1 * clv", 2)
        assert (np.ones(50) if w is None else w) @ matrix.on({"clv": clv}, 50).gain(p) == pytest.approx(0.0, abs=1e-9)


def test_break_even_of_nobody_and_of_what_cannot_be_reckoned_with() -> None:
    assert np.isnan(campaign_break_even([], [], [], [])).all()
    assert campaign_break_even([0.0], 100, 10, 1).tolist() == [np.inf]
    with pytest.raises(DataError, match="clv: 1 of 2 values are not finite, first in row 2"):
        row_break_even([0.5, 0.5], [1.0, np.nan], 1, 1)
    with pytest.raises(DataError, match="outside 0 to 1"):
        row_break_even([1.5], 100, 1, 1)
