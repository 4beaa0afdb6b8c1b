"""Which column is which: what is stated wins, guesses need evidence, and everything is said."""

import pytest

from casestudies.errors import ConfigError
from casestudies.tabular import Column, Contract, Roles
from casestudies.tabular.checked import check
from casestudies.tabular.mapping import guess, resolve, words

CONTRACT = Contract(
    (
        Column("credit_amount", "money", synonyms=("loan sum", "Kreditbetrag")),
        Column("age", "whole"),
        Column("opened", "date"),
        Column("purpose", "category"),
        Column("default", "category", "target"),
    )
)


def guessed(table, **options):
    return {name: (told.column, told.reason) for name, told in guess(CONTRACT, table.frame, **options).items()}


@pytest.mark.parametrize(
    "name", ["creditAmount_EUR", "Credit amount (EUR)", "CREDIT-AMOUNT eur", " crédit  Amount.EUR"]
)
def test_names_are_compared_as_words(name):
    assert words(name) == ("credit", "amount", "eur")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("credit_amount", "the same name"),
        ("Credit Amount", "the same words"),
        ("Kreditbetrag", "a synonym"),
        ("LOAN_SUM", "words of a synonym"),
        ("Credit amount (EUR)", "it holds the words"),
    ],
)
def test_evidence_from_the_surest_on(table_of, name, reason):
    assert guessed(table_of({name: ["12", "13.5"], "other": ["1", "2"]})) == {"credit_amount": (name, reason)}


def test_cells_that_do_not_fit_the_kind_speak_against_a_guess(table_of):
    assert guessed(table_of({"Credit Amount": ["low", "high"]})) == {}
    assert guessed(table_of({"Opened": ["31.12.2024", "01.02.2025"]})) == {"opened": ("Opened", "the same words")}
    assert guessed(table_of({"Opened": ["yes", "no"]})) == {}


def test_two_candidates_are_no_guess(table_of):
    assert guessed(table_of({"Credit Amount": ["1"], "credit amount": ["2"]})) == {}


def test_a_surer_match_is_not_taken_by_a_weaker_one(table_of):
    table = table_of({"loan sum": ["1"], "credit_amount": ["2"]})
    assert guessed(table) == {"credit_amount": ("credit_amount", "the same name")}


def test_data_map_wins_over_every_guess(table_of):
    table = table_of({"credit_amount": ["1"], "sum": ["2"]})
    found = resolve(CONTRACT, Roles(map={"credit_amount": "sum"}), table.frame)
    assert found["credit_amount"].column == "sum"


def test_a_role_ties_the_contract_column_of_that_role(table_of):
    table = table_of({"bad": ["0", "1"]})
    assert resolve(CONTRACT, Roles(target="bad"), table.frame)["default"].column == "bad"


def test_a_column_with_a_role_is_not_guessed_for_another(table_of):
    table = table_of({"Age": ["30", "31"], "bad": ["0", "1"]})
    assert "age" not in resolve(CONTRACT, Roles(target="bad", group="Age"), table.frame)


def test_a_role_changes_what_a_contract_column_is_for_and_not_its_kind(table_of):
    table = table_of({"age": ["30", "31"], "credit_amount": ["5", "6"], "bad": ["0", "1"]})
    checked = check(table, CONTRACT, Roles(target="bad", positive=1, group="age", drop=("credit_amount",)))
    assert (checked.kinds["age"], checked.roles["age"]) == ("whole", "group")
    assert (checked.kinds["credit_amount"], checked.roles["credit_amount"]) == ("money", "dropped")


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        (
            Roles(map={"credit_amont": "sum"}),
            r"data\.map: the contract has no column 'credit_amont'; .*'credit_amount'",
        ),
        (Roles(map={"age": "Agee"}), r"data\.map\.age: the file has no column 'Agee'; did you mean 'Age'"),
        (
            Roles(map={"age": "sum", "credit_amount": "sum"}),
            r"'sum' is given to 'age' and to 'credit_amount'; .*derive",
        ),
        (Roles(target="sum", map={"default": "Age"}), r"data\.target: says 'sum', and data\.map says 'Age'"),
        (Roles(target="sun"), r"data\.target: the file has no column 'sun'; did you mean 'sum'"),
    ],
)
def test_contradictions_and_misspellings_are_config_errors(table_of, roles, message):
    with pytest.raises(ConfigError, match=message):
        resolve(CONTRACT, roles, table_of({"sum": ["1"], "Age": ["2"]}).frame)


def test_a_guess_is_said_with_the_way_to_change_it(table_of):
    table = table_of({"Credit Amount": ["1", "2"], "bad": ["0", "1"]})
    checked = check(table, CONTRACT, Roles(target="bad", positive=1))
    (note,) = [p for p in checked.problems if p.code == "column_guessed"]
    assert str(note) == (
        "`Credit Amount` is taken for credit_amount: the same words; "
        "to choose another write data.map: {credit_amount: <your column>}"
    )
    assert checked.frame["credit_amount"].tolist() == [1, 2]
