"""Who was contacted is read, never guessed: every way a column can be unclear has its sentence."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from casestudies.churn.arms import column_of, numbers_of, read_arms
from casestudies.errors import ConfigError, DataError

KEY = "uplift"


def checked(values, kind="category", name="sent"):
    cells = pd.Series(values)
    if kind == "category":
        cells = cells.astype("category")
    return SimpleNamespace(
        frame=pd.DataFrame({name: cells}), kinds={name: kind}, columns={name: None}, sources={name: "Sent out"}
    )


def test_a_flag_says_itself_who_was_contacted_and_gaps_were_not_in_the_campaign():
    arms = read_arms(checked([1.0, 0.0, np.nan, 1.0], "flag"), "sent", KEY)
    assert arms.treated.tolist() == [True, False, False, True]
    assert arms.inside.tolist() == [True, True, False, True]
    assert read_arms(checked(["1", "0", None]), "sent", KEY).treated.tolist() == [True, False, False]
    assert read_arms(checked(["Yes", "No", None]), "sent", KEY).treated.tolist() == [True, False, False]
    assert read_arms(checked(["t", "f"]), "sent", KEY, False).treated.tolist() == [False, True]


@pytest.mark.parametrize(("value", "expected"), [("no", [False, True]), (0, [False, True]), ("Yes", [True, False])])
def test_a_flag_can_be_turned_round_by_name_in_the_words_of_the_file(value, expected):
    assert read_arms(checked([1.0, 0.0], "flag"), "sent", KEY, value).treated.tolist() == expected


def test_of_other_values_the_contacted_one_is_named():
    table = checked(["letter", "letter", "nothing"])
    with pytest.raises(ConfigError) as error:
        read_arms(table, "sent", KEY)
    assert str(error.value) == (
        "uplift.contacted: 'sent' holds 'letter' (2), 'nothing' (1), and which of them was contacted is not said; write the "
        "value of those who were contacted, e.g. 'nothing'"
    )
    assert read_arms(table, "sent", KEY, "letter").treated.tolist() == [True, True, False]


def test_of_three_values_the_control_group_is_named_too_and_the_third_is_left_out():
    table = checked(["letter", "nothing", "asked off", "letter"])
    with pytest.raises(ConfigError, match="uplift.control: .* which of them is the control group is not said"):
        read_arms(table, "sent", KEY, "letter")
    arms = read_arms(table, "sent", KEY, "letter", "nothing")
    assert arms.inside.tolist() == [True, True, False, True]
    assert arms.treated.tolist() == [True, False, False, True]


def test_a_named_value_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match=r"uplift.contacted: 'mail' is no value of it: 'sent' holds 'letter' \(1\)"):
        read_arms(checked(["letter", "nothing"]), "sent", KEY, "mail")


@pytest.mark.parametrize(("values", "lacking"), [([1.0, 1.0, np.nan], "left alone"), ([0.0, 0.0], "contacted")])
def test_one_arm_alone_compares_nothing(values, lacking):
    with pytest.raises(DataError, match=f"column sent: .* nobody was {lacking}, so there is nothing to compare"):
        read_arms(checked(values, "flag"), "sent", KEY)


def test_a_column_is_found_by_the_tables_name_or_the_analysts_and_a_slip_gets_the_nearest():
    table = checked([1.0, 0.0], "flag")
    assert column_of(table, "sent", "campaign.last.contacted") == "sent"
    assert column_of(table, "Sent out", "campaign.last.contacted") == "sent"
    with pytest.raises(ConfigError, match="campaign.last.contacted: there is no column 'sentt'; did you mean 'sent'"):
        column_of(table, "sentt", "campaign.last.contacted")


def test_numbers_are_asked_for_where_categories_stand():
    table = checked(["a", "b"])
    with pytest.raises(ConfigError, match="uplift.propensity: 'sent' is read as category, and numbers are wanted"):
        numbers_of(table, "sent", "uplift.propensity")
    assert numbers_of(checked([0.5, 0.25], "number"), "sent", KEY).tolist() == [0.5, 0.25]
