"""What the demos name as planted is so, in that order, by Shapley values of the log-odds that the outcomes are drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from casestudies.churn import demo as churn
from casestudies.credit import demo as credit
from casestudies.explain import explain_any
from casestudies.fraud import demo as fraud


def sizes(score, table, planted, others):
    """{what: mean absolute Shapley value of its columns together}, and of each other column."""
    columns = [column for of_one in planted.values() for column in of_one] + list(others)
    rows, background = table[columns].iloc[:150], table[columns].iloc[150:300]
    told = explain_any(score, rows, background, calls=1200).explanation
    shows = {column: what for what, of_one in planted.items() for column in of_one}
    grouped = told.grouped([shows.get(name, name) for name in told.names])
    return dict(zip(grouped.names, np.abs(grouped.values).mean(axis=0), strict=True))


def test_credit():
    table = credit.applications(0).sample(300, random_state=1)

    def score(rows):
        return credit._log_odds(rows.astype({"housing": "str", "purpose": "str"}))

    told = sizes(score, table, credit.PLANTED, ("age", "sex"))
    assert told["age"] == told["sex"] == 0
    found = [told[what] for what in credit.PLANTED]
    assert min(found) > 0.1
    assert np.argsort(np.argsort(found))[::-1] == pytest.approx(range(7), abs=1)  # neighbours may change places


def test_churn():
    table = churn.reviews(0).sample(300, random_state=1)
    table["month"] = (table["as_of"].dt.year - 2022) * 12 + table["as_of"].dt.month - 1

    def score(rows):
        return churn._log_odds(rows.astype({"contract": "str"}))

    told = sizes(score, table, churn.PLANTED, ("month", "plan", "monthly_price", "usage_hours"))
    assert told["plan"] == told["monthly_price"] == told["usage_hours"] == 0
    found = [told[what] for what in churn.PLANTED]
    assert min(found) > 0.1
    assert np.argsort(np.argsort(found))[::-1] == pytest.approx(range(8), abs=1)


def test_fraud_names_its_patterns_by_the_frauds_that_they_explain():
    counts = fraud.payments(0)["scenario"].value_counts()
    order = {
        fraud.COMPROMISED: "compromised terminals",
        fraud.STOLEN: "stolen card numbers",
        fraud.TESTED: "cards tried at night",
    }
    assert [order[pattern] for pattern in counts.index if pattern] == list(fraud.PLANTED)
