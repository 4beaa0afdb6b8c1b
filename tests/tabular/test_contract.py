"""The contract as words and as JSON, and what the check makes of columns, labels and cells."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casestudies.errors import ConfigError
from casestudies.tabular import Column, Contract, Roles
from casestudies.tabular.checked import check

LOANS = Contract(
    (
        Column("default", "category", "target", required=True, known="after outcome", sentence="Went bad."),
        Column("amount", "money", "money", unit="EUR", low=0, missing_allowed=False, required=True),
        Column("age", "whole", unit="years", low=18, high=120),
        Column("purpose", "category", allowed=("car", "home")),
        Column("opened", "date", "time"),
        Column("recovered", "money", known="after outcome"),
    )
)


def loans(rows=40, **changed):
    columns = {
        "default": ["no", "yes"] * (rows // 2),
        "amount": [str(1000 + row) for row in range(rows)],
        "age": [str(20 + row % 50) for row in range(rows)],
        "purpose": ["car", "home"] * (rows // 2),
    }
    return columns | changed


def codes(checked, severity=None):
    return [(p.code.value, p.column) for p in checked.problems.first() if severity in (None, p.severity)]


def only(checked, code):
    (found,) = [p for p in checked.problems.first() if p.code == code]
    return found


class TestContract:
    def test_reads_back_from_json_equal(self):
        assert Contract.from_dict(json.loads(json.dumps(LOANS.to_dict()))) == LOANS

    def test_rows_say_range_unit_and_meaning(self):
        rows = {row["column"]: row for row in LOANS.to_rows()}
        assert rows["age"]["values"] == "18 to 120 years"
        assert rows["amount"]["values"] == "at least 0 EUR"
        assert rows["purpose"]["values"] == "car or home"
        assert rows["default"]["meaning"] == "Went bad."
        assert rows["recovered"]["known"] == "after outcome"

    def test_an_unknown_kind_is_refused_with_the_nearest(self):
        with pytest.raises(ConfigError, match="did you mean 'number'"):
            Column("x", "numbr")

    def test_a_name_twice_is_refused(self):
        with pytest.raises(ConfigError, match="'x' twice"):
            Contract((Column("x", "number"), Column("x", "flag")))


class TestColumns:
    def test_kinds_become_dtypes(self, table_of):
        table = table_of(loans(opened=["2024-03-31"] * 40, note=["hello"] * 40))
        checked = check(table, LOANS, Roles(positive="yes"))
        assert checked.problems.errors == []
        assert checked.frame["amount"].dtype == np.float64
        assert checked.frame["opened"].dtype == "datetime64[us, UTC]"
        assert checked.frame["purpose"].cat.categories.tolist() == ["car", "home"]
        assert checked.roles["opened"] == "time"

    def test_only_features_known_at_the_decision_reach_a_model(self, table_of):
        table = table_of(loans(opened=["2024-03-31"] * 40, recovered=["0"] * 40, score=[str(i / 7) for i in range(40)]))
        checked = check(table, LOANS, Roles(positive="yes", protected=("purpose",)))
        assert checked.features == ["age", "score"]
        assert checked.without(["score"]).features == ["age"]
        assert "score" in checked.without(["score"]).frame

    def test_a_mapped_column_bears_the_contract_name(self, table_of):
        columns = loans()
        columns["Kredit Höhe"] = columns.pop("amount")
        checked = check(table_of(columns), LOANS, Roles(positive="yes", map={"amount": "Kredit Höhe"}))
        assert "Kredit Höhe" not in checked.frame
        assert checked.frame["amount"].iloc[3] == 1003
        assert checked.sources["amount"] == "Kredit Höhe"

    def test_messages_name_the_column_of_the_file(self, table_of):
        columns = loans()
        columns["Kredit Höhe"] = ["x", *columns.pop("amount")[1:]]
        checked = check(table_of(columns), LOANS, Roles(positive="yes", map={"amount": "Kredit Höhe"}))
        assert only(checked, "not_a_number").column == "Kredit Höhe"

    def test_a_needed_column_that_is_not_there_is_an_error_with_near_names(self, table_of):
        columns = loans()
        columns["amnt"] = columns.pop("amount")
        problem = only(check(table_of(columns), LOANS, Roles(positive="yes")), "column_missing")
        assert problem.column == "amount"
        assert "did you mean 'amnt'" in str(problem)

    def test_a_role_names_the_nearest_column(self, table_of):
        with pytest.raises(ConfigError, match=r"data\.protected.*'purpos'.*did you mean 'purpose'"):
            check(table_of(loans()), LOANS, Roles(positive="yes", protected=("purpos",)))

    def test_without_a_label_column_the_columns_are_listed(self, table_of):
        with pytest.raises(ConfigError, match=r"data\.target: is not given.* there are 'a', 'b'"):
            check(table_of({"a": ["1"], "b": ["2"]}), Contract(), Roles())

    def test_a_dropped_column_is_kept_for_costs_and_complains_of_nothing(self, table_of):
        table = table_of(loans(score=["?", "x1", *["1.5"] * 38]))
        checked = check(table, LOANS, Roles(positive="yes", drop=("score",)))
        assert "score" in checked.frame
        assert "score" not in checked.features
        assert ("score") not in [column for _, column in codes(checked)]

    def test_a_group_that_is_the_id_too_is_a_group(self, table_of):
        table = table_of(loans(customer=[f"c{row // 2}" for row in range(40)]))
        checked = check(table, LOANS, Roles(positive="yes", id="customer", group="customer"))
        assert checked.in_role("group") == ["customer"]

    def test_a_repeated_identifier_is_said_with_its_first_row(self, table_of):
        table = table_of(loans(nr=[str(row % 39) for row in range(40)]))
        problem = only(check(table, LOANS, Roles(positive="yes", id="nr")), "repeated_id")
        assert (problem.row, problem.line, problem.value, problem.count) == (40, 41, "0", 1)

    def test_a_further_column_that_bears_a_contract_name_is_kept_under_another(self, table_of):
        columns = loans(y=["a", "b"] * 20, default=["yes", "no"] * 20)
        checked = check(table_of(columns), LOANS, Roles("y", "b"))
        assert checked.y.tolist() == [0.0, 1.0] * 20
        assert checked.sources["default (file)"] == "default"
        assert checked.frame["default (file)"].tolist() == [1.0, 0.0] * 20
        assert codes(checked) == [("name_taken", "default")]
        new = check(table_of({"default": ["yes"], "amount": ["5"]}), checked.frozen(), Roles(), labelled=False)
        assert new.frame["default (file)"].tolist() == [1.0]

    def test_no_rows_and_too_many_columns_stop_before_anything_is_read(self, table_of):
        assert codes(check(table_of({"a": []}), Contract(), Roles(target="a"))) == [("no_rows", None)]
        wide = table_of({f"x{i}": ["1"] for i in range(501)})
        assert codes(check(wide, Contract(), Roles(target="x0"))) == [("too_wide", None)]

    def test_columns_not_in_the_contract_can_be_ignored(self, table_of):
        checked = check(table_of(loans(more=["1"] * 40)), Contract(LOANS.columns, "ignored"), Roles(positive="yes"))
        assert "more" not in checked.frame


class TestCells:
    def test_money_as_text_names_rows_count_and_what_to_write(self, table_of):
        amounts = ["1000"] * 40
        amounts[2], amounts[7] = "1,5", "2,25"
        problem = only(check(table_of(loans(amount=amounts)), LOANS, Roles(positive="yes")), "not_a_number")
        assert str(problem) == (
            "`amount` has 2 of 40 cells that are not numbers, first in row 3 (line 4): '1,5'; "
            "write data.read.decimal: ',' or clean the column"
        )

    def test_few_unreadable_cells_of_a_feature_become_missing_and_are_said(self, table_of):
        ages = ["30"] * 198 + ["31", "old"]
        checked = check(table_of(loans(200, age=ages)), LOANS, Roles(positive="yes"))
        problem = only(checked, "not_a_number")
        assert (problem.severity, problem.row) == ("warning", 200)
        assert np.isnan(checked.frame["age"].iloc[199])

    def test_many_unreadable_cells_are_an_error(self, table_of):
        checked = check(table_of(loans(age=["old", "older", *["30"] * 38])), LOANS, Roles(positive="yes"))
        assert codes(checked, "error") == [("not_a_number", "age")]

    def test_range_fraction_and_list_are_checked(self, table_of):
        ages = ["30"] * 296 + ["17", "121", "40.5", "120"]
        purposes = ["car"] * 299 + ["boat"]
        checked = check(table_of(loans(300, age=ages, purpose=purposes)), LOANS, Roles(positive="yes"))
        ranged = only(checked, "out_of_range")
        assert (ranged.rule, ranged.row) == ("has 2 cells outside 18 to 120 years", 297)
        assert only(checked, "not_whole").row == 299
        assert only(checked, "not_allowed").value == "boat"

    def test_a_missing_cell_where_none_may_be_is_an_error(self, table_of):
        amounts = ["1000", None, " ", *["1000"] * 37]
        checked = check(table_of(loans(amount=amounts)), LOANS, Roles(positive="yes"))
        assert (only(checked, "missing").count, only(checked, "missing").row) == (2, 2)
        assert only(checked, "blank").row == 3

    def test_a_sign_for_missing_is_missing_where_none_may_be(self, table_of):
        checked = check(table_of(loans(amount=["?", *["1000"] * 39])), LOANS, Roles(positive="yes"))
        assert codes(checked) == [("missing_mark", "amount"), ("missing", "amount")]

    def test_signs_for_missing_among_numbers_are_read_and_said(self, table_of):
        checked = check(table_of(loans(age=["?", "NA", *["30"] * 38])), LOANS, Roles(positive="yes"))
        problem = only(checked, "missing_mark")
        assert problem.count == 2
        assert "data.read.missing: ['" in problem.advice
        assert checked.frame["age"].isna().sum() == 2

    def test_na_among_words_is_a_level(self, table_of):
        table = table_of(loans(country=["NA", "DE"] * 20))
        assert set(check(table, LOANS, Roles(positive="yes")).frame["country"]) == {"NA", "DE"}

    def test_decimal_commas_are_read_when_the_file_has_them(self, table_of):
        table = table_of(loans(score=[f"{i},5" for i in range(40)]), decimal=",")
        assert check(table, LOANS, Roles(positive="yes")).frame["score"].iloc[3] == 3.5

    def test_infinities_of_a_typed_file_are_not_kept(self, table_of):
        table = table_of(loans(score=np.r_[np.inf, np.arange(199.0)], rows=200))
        checked = check(table, LOANS, Roles(positive="yes"))
        assert only(checked, "not_finite").row == 1
        assert np.isnan(checked.frame["score"].iloc[0])

    def test_rows_keep_their_numbers_after_rows_were_left_out(self, table_of):
        from casestudies.tabular.derive import keep_where

        kept, _ = keep_where(
            table_of(loans(age=["30", "31", "x"] + ["32"] * 37, amount=["0", *["5"] * 39])), "amount > 0"
        )
        problem = only(check(kept, LOANS, Roles(positive="yes")), "not_a_number")
        assert (problem.row, problem.line) == (3, 4)


class TestNewRows:
    def frozen(self, table_of):
        columns = loans(opened=[f"{i % 28 + 1:02d}/03/2024" for i in range(40)], shop=["1", "2"] * 20)
        columns["Sum (EUR)"] = columns.pop("amount")
        checked = check(table_of(columns), LOANS, Roles(positive="yes", map={"amount": "Sum (EUR)"}))
        return checked, Contract.from_dict(json.loads(json.dumps(checked.frozen().to_dict())))

    def test_kinds_and_names_stay_as_they_were_in_training(self, table_of):
        checked, contract = self.frozen(table_of)
        one = table_of(
            {"Sum (EUR)": ["7"], "age": ["50"], "purpose": ["car"], "shop": ["2.0"], "opened": ["03/04/2024"]}
        )
        row = check(one, contract, Roles(), labelled=False)
        assert row.problems.errors == []
        assert row.y is None
        assert {name: row.kinds[name] for name in row.frame} == {n: checked.kinds[n] for n in row.frame}
        assert (row.frame["amount"].iloc[0], row.frame["shop"].iloc[0]) == (7.0, "2")

    def test_the_date_format_of_training_reads_a_single_row(self, table_of):
        _, contract = self.frozen(table_of)
        one = table_of({"Sum (EUR)": ["7"], "age": ["50"], "opened": ["03/04/2024"]})
        row = check(one, contract, Roles(), labelled=False)
        assert row.frame["opened"].iloc[0] == pd.Timestamp("2024-04-03", tz="UTC")

    def test_the_roles_of_training_ask_for_no_label(self, table_of):
        _, contract = self.frozen(table_of)
        new = table_of({"Sum (EUR)": ["7"]})
        assert check(new, contract, Roles(target="default", positive="yes"), labelled=False).y is None

    def test_a_label_among_new_rows_is_no_feature(self, table_of):
        for roles in (Roles(), Roles(target="default"), Roles(target="default", map={"default": "bad"})):
            table = table_of(loans(bad=["1", "0"] * 20) if roles.map else loans())
            new = check(table, LOANS, roles, labelled=False)
            assert new.y is None
            assert not {"default", "bad", "default (file)"} & set(new.features)

    def test_labels_can_be_there_for_an_evaluation(self, table_of):
        _, contract = self.frozen(table_of)
        new = table_of({"Sum (EUR)": ["7", "8"], "default": ["yes", "no"]})
        assert check(new, contract, Roles(target="default", positive="yes")).y.tolist() == [1, 0]


CELLS = st.one_of(st.none(), st.text(max_size=8), st.floats().map(str), st.integers().map(str))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(cells=st.lists(CELLS, min_size=2))
def test_any_text_at_all_is_checked_without_a_fault(table_of, cells):
    table = table_of({"x": pd.Series(cells, dtype="str"), "y": (["a", "b"] * len(cells))[: len(cells)]})
    checked = check(table, Contract(), Roles(target="y", positive="b"))
    assert len(checked.frame) == len(cells)
    assert all(str(problem).isprintable() for problem in checked.problems)


class TestStatedKinds:
    def read(self, table_of, kinds, **changed):
        grades = [str(row % 5) for row in range(200)]
        shops = [str(1000 + row % 40) for row in range(200)]
        table = table_of(loans(200, **({"grade": grades, "shop": shops} | changed)))
        return check(table, LOANS, Roles(positive="yes"), kinds=kinds)

    def test_codes_are_categories_and_few_whole_numbers_are_numbers(self, table_of):
        told = self.read(table_of, {"category": ["shop"], "number": ["grade"]})
        assert (told.kinds["shop"], told.kinds["grade"]) == ("category", "number")
        assert told.frame["shop"].cat.categories.tolist() == [str(shop) for shop in range(1000, 1040)]
        assert told.frame["grade"].tolist() == [float(row % 5) for row in range(200)]
        assert not told.problems.errors
        guessed = self.read(table_of, {})
        assert (guessed.kinds["shop"], guessed.kinds["grade"]) == ("whole", "category")
        assert "data.numbers" in only(guessed, "kind_inferred").advice

    def test_new_rows_are_read_by_the_stated_kinds(self, table_of):
        contract = self.read(table_of, {"category": ["shop"], "number": ["grade"]}).frozen()
        told = check(table_of({"shop": ["7"], "grade": ["2.5"]}), contract, Roles(), labelled=False)
        assert told.frame["shop"].tolist() == ["7"]
        assert told.frame["grade"].tolist() == [2.5]

    def test_the_range_of_a_contract_is_not_asked_of_another_kind(self, table_of):
        told = self.read(table_of, {"category": ["age"]}, age=["7"] * 100 + ["300"] * 100)
        assert told.kinds["age"] == "category"
        assert not [p for p in told.problems.errors if p.column == "age"]

    @pytest.mark.parametrize(
        ("kinds", "part"),
        [
            ({"category": ["shopp"]}, "data.categories: the file has no column 'shopp'; did you mean 'shop'?"),
            ({"number": ["default"]}, "data.numbers: 'default' is the target"),
            ({"category": ["shop"], "number": ["shop"]}, "data.numbers: 'shop' is named under data.categories too"),
        ],
    )
    def test_what_cannot_be_stated_is_refused(self, kinds, part, table_of):
        with pytest.raises(ConfigError) as caught:
            self.read(table_of, kinds)
        assert part in str(caught.value)
