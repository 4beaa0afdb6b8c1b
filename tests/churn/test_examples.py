"""The examples on public files of customers: rows, features and costs are those that were published."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from casestudies.api import check_data

ROOT = Path(__file__).resolve().parents[2]


def checked(name, real_data):
    found = check_data(
        "churn", config=ROOT / "examples" / f"{name}.yaml", variables={"CASESTUDIES_DATA": str(real_data)}
    )
    assert not found.loaded.checked.problems.errors
    return found.loaded


def test_telco_is_priced_by_a_year_of_charges_and_its_blanks_are_nothing_charged_yet(real_data):
    loaded = checked("telco_churn", real_data)
    assert (len(loaded.y), loaded.y.sum()) == (7043, 1869)
    raw = pd.read_csv(real_data / "telco_churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv")
    clv = 12 * raw["MonthlyCharges"].to_numpy()
    assert loaded.costs.fn == pytest.approx(clv)
    assert loaded.costs.fp == pytest.approx(2 + 0.1 * clv)
    assert loaded.costs.tp == pytest.approx(2 + 0.3 * 0.1 * clv + 0.7 * clv)
    assert not loaded.costs.tn.any()
    blank = (raw["TotalCharges"].str.strip() == "").to_numpy()
    charged = loaded.checked.frame["charged_so_far"].to_numpy()
    assert blank.sum() == 11
    assert (charged[blank] == 0).all()
    assert charged[~blank] == pytest.approx(raw["TotalCharges"][~blank].astype(float).to_numpy())
    assert "TotalCharges" not in loaded.checked.features
    assert "customer" not in loaded.checked.features


def test_tv_churn_takes_the_four_costs_of_the_file_and_learns_from_none(real_data):
    loaded = checked("tv_churn", real_data)
    assert (len(loaded.y), loaded.y.sum()) == (9379, 449)
    assert [round(float(cost.mean()), 2) for cost in (loaded.costs.fn, loaded.costs.fp, loaded.costs.tp)] == [
        1327.11,
        81.30,
        132.27,
    ]
    assert not loaded.costs.tn.any()
    assert set(loaded.checked.features) <= {f"x{number}" for number in range(1, 47)}
    assert len(loaded.checked.features) == 46


def test_bank_telemarketing_knows_only_what_was_known_before_the_call(real_data):
    loaded = checked("bank_telemarketing", real_data)
    assert len(loaded.y) == 37_931
    assert loaded.y.mean() == pytest.approx(0.1262, abs=5e-5)
    before = "age balance previous job marital education default housing loan poutcome"
    assert set(loaded.checked.features) == set(before.split())
    balance = loaded.checked.frame["balance"].to_numpy()
    assert loaded.costs.fn == pytest.approx(np.maximum(1, 0.25 * 0.02463333 * balance))
    assert (loaded.costs.fp == 1).all()
    assert (loaded.costs.tp == 1).all()
