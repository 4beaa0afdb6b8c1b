"""From histories to values: against formulas and draws, the holdout of CDNOW, and what is stored."""

import json

import numpy as np
import pytest

from casestudies.models.customers import PurchaseModel, Terms, holdout
from casestudies.models.customers.buying import Buying, Cells
from casestudies.tabular.events import days, read_events
from casestudies.tabular.histories import Histories, histories
from casestudies.tabular.read import ReadOptions, read_table

TERMS = Terms(365.25, 0.1)


@pytest.fixture(scope="module")
def events(real_data):
    names = ("master", "id", "date", "cds", "amount")
    table = read_table(real_data / "cdnow" / "CDNOW_sample.txt", ReadOptions(header=False, names=names))
    return read_events(table, "id", "date", "amount")


@pytest.fixture(scope="module")
def known(events):
    return histories(events, days("1997-09-30", "until"))


@pytest.fixture(scope="module")
def model(known):
    return PurchaseModel.fitted(known)


def test_frequency_and_amount_of_cdnow_hardly_go_together(model):
    assert model.correlation == pytest.approx(0.11, abs=0.01)  # Fader and Hardie 2013 print 0.11
    assert model.left_out == 0


def test_a_value_is_purchases_times_amount_times_share(model, known):
    half = Terms(365.25, 0.1, share=0.5)
    np.testing.assert_allclose(model.value(known, half), model.value(known, TERMS) / 2)
    no_interest = Terms(70.0)
    cells = Cells.of_customers(known.frequency, known.recency / 7, known.age / 7)
    count = Buying.of(model.buying).expected(cells, 10.0)[cells.of]
    np.testing.assert_allclose(model.value(known, no_interest), count * model.amount(known))


def test_today_s_value_is_that_of_a_living_customer_times_the_chance_to_be_one(model, known):
    today = model.value(known, Terms(365.25, 0.1, alive=False))
    np.testing.assert_allclose(today, model.value(known, TERMS) * model.alive(known))


def test_interest_and_a_shorter_horizon_lower_every_value(model, known):
    value = model.value(known, TERMS)
    assert (model.value(known, Terms(365.25, 0.3)) < value).all()
    assert (model.value(known, Terms(180.0, 0.1)) < value).all()


def test_the_slopes_tell_what_other_parameters_would_say(model, known):
    some = Histories(*(getattr(known, name)[::40] for name in ("customer", "frequency", "recency", "age", "mean")))
    slopes, value = model.slopes(some, TERMS), model.value(some, TERMS)
    drawn = model.draws(np.random.default_rng(0), 20)
    told = value * np.exp(drawn @ slopes.T)
    for row, shift in zip(told, drawn, strict=True):
        cells = Cells.of_customers(some.frequency, some.recency / 7, some.age / 7)
        rate = np.log1p(0.1) / 365.25 * 7
        exact = Buying.of(model.buying, shift[:4]).discounted(cells, 365.25 / 7, rate)[cells.of]
        exact *= model.amount(some, shift[4:])
        np.testing.assert_allclose(row, exact, rtol=0.12)


def test_draws_have_the_covariance_of_the_estimate(model):
    drawn = model.draws(np.random.default_rng(0), 20_000)
    for block, estimate in ((drawn[:, :4], model.buying), (drawn[:, 4:], model.spending)):
        np.testing.assert_allclose(np.cov(block.T), estimate.covariance, rtol=0.1, atol=1e-3)


def test_plain_values_give_the_same_model_back(model, known):
    again = PurchaseModel.from_dict(json.loads(json.dumps(model.to_dict(), allow_nan=False)))
    np.testing.assert_array_equal(again.value(known, TERMS), model.value(known, TERMS))
    np.testing.assert_array_equal(again.slopes(known, TERMS), model.slopes(known, TERMS))


def test_the_holdout_of_cdnow(events):
    told = holdout(events, days("1997-09-30", "split"), days("1998-06-30", "until"))
    came, said = told.totals
    assert (came, told.customers.sum()) == (1882, 2357)  # published: 1,882 repeat purchases in weeks 40 to 78
    assert said == pytest.approx(0.88 * came, rel=0.01)
    # Fader, Hardie and Lee 2005, figure 4: customers without a repeat purchase made .24, predicted .23
    assert (told.actual[0], told.predicted[0]) == (pytest.approx(0.237, abs=1e-3), pytest.approx(0.225, abs=2e-3))
    np.testing.assert_array_equal(told.classes, range(8))


def test_the_weekly_line_ends_at_what_the_classes_add_up_to(events, known):
    until = days("1998-06-30", "until")
    told = holdout(events, days("1997-09-30", "split"), until)
    before = known.frequency.sum()
    at = int(np.floor(told.at)) - 1  # the last whole week before the split
    assert told.seen[at] <= before <= told.seen[at + 1]
    assert told.seen[-1] == pytest.approx(before + told.totals[0], rel=0.01)  # the last days make no whole week
    assert told.told[at] == pytest.approx(before, rel=0.03)
    assert (np.diff(told.told) > 0).all()
