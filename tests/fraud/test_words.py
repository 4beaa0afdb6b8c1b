"""Columns of a transaction's past in words."""

import math

import numpy as np
import pandas as pd
import pytest

from casestudies.explain import Explanation
from casestudies.fraud.rolling import Asked
from casestudies.fraud.words import merged, worded
from casestudies.workflow.reasons import reasons


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("terminal_frauds_7d", 6.0, "this terminal had 6 known frauds in 7 days"),
        ("terminal_frauds_1d", 1.0, "this terminal had 1 known fraud in 1 day"),
        ("terminal_frauds_7d", 0.0, "this terminal had no known fraud in 7 days"),
        ("terminal_risk_30d", 0.123, "12 % of this terminal's payments of 30 days were known frauds"),
        ("terminal_risk_30d", 0.004, "0.4 % of this terminal's payments of 30 days were known frauds"),
        ("terminal_known_30d", 1240.0, "this terminal had 1,240 payments in 30 days whose outcome is known"),
        ("card_payments_1d", 14.0, "this card paid 14 times in 1 day"),
        ("card_payments_1d", 1.0, "this card paid once in 1 day"),
        ("card_spent_7d", 1250.4, "this card spent 1,250 in 7 days"),
        ("card_mean_7d", 12.5, "this card's payments of 7 days average 12.50"),
        ("card_amount_ratio", 5.23, "the amount is 5.2 times what this card usually spends"),
        ("card_amount_ratio", 120.0, "the amount is 120 times what this card usually spends"),
        ("card_amount_ratio", 1.01, "the amount is about what this card usually spends"),
        ("card_amount_ratio", 0.25, "the amount is 25 % of what this card usually spends"),
        ("card_amount_ratio", math.nan, "nothing is known of what this card usually spends"),
        ("card_seconds_since_last", 40.0, "this card's last payment was 40 seconds ago"),
        ("card_seconds_since_last", 200_000.0, "this card's last payment was 2 days ago"),
        ("card_seconds_since_last", None, "this card has not paid before, as far as is known"),
        ("card_new_terminal", 1.0, "this card is new at this terminal"),
        ("night", np.float64(1), "it was night"),
        ("weekend", 0.0, "it was a working day"),
        ("hour", 3.0, "the hour is 3:00 to 3:59"),
    ],
)
def test_a_value_is_told_as_a_reason(column, value, words):
    assert worded(column, value) == words


@pytest.mark.parametrize(
    ("column", "value"), [("income", 3.0), ("channel", "online"), ("terminal_frauds_7d", math.nan)]
)
def test_what_the_past_does_not_say_is_left_to_others(column, value):
    assert worded(column, value) is None


def test_every_made_column_has_words():
    asked = Asked((1, 7, 30), 7, (0, 7), (5, 6), True, True, True)
    assert all(worded(column.name, 1.0) for column in asked.columns())


def test_columns_of_one_concept_are_one_reason():
    names = ("terminal_frauds_7d", "terminal_risk_7d", "amount", "card_payments_1d", "hour", "night")
    values = np.array([[1.0, 2.0, 0.5, 0.3, -0.2, 0.1], [-1.0, -2.0, -0.5, -3.0, -0.2, -0.1]])
    found = merged(Explanation(values, 0.0, names, "by hand"))
    frame = pd.DataFrame([[6.0, 0.5, 30.0, 4.0, 3.0, 1.0]] * 2, columns=names)
    told = reasons(found, frame, 6)
    assert told[0] == "terminal_risk_7d 0.5 (+3.00); amount 30 (+0.50); card_payments_1d 4 (+0.30)"
    assert told[1].startswith("night 1 (-0.30)")  # whoever is alerted is told something, however little it is
    assert found.values[0, 4] < values[0].min()
    np.testing.assert_array_equal(values[0, :2], [1.0, 2.0])
