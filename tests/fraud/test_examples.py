"""The examples on public files of payments: rows, features and costs."""

from pathlib import Path

import numpy as np
import pytest

from casestudies.api import check_data

ROOT = Path(__file__).resolve().parents[2]


# where the folder has a sample of the publisher's file
SAMPLES = {"ulb_creditcard": "ulb_creditcard_sample/creditcard_sample.csv.gz"}


def checked(name, real_data, *overrides):
    found = check_data(
        "fraud",
        real_data / SAMPLES[name] if name in SAMPLES else None,
        config=ROOT / "examples" / f"{name}.yaml",
        overrides=overrides,
        variables={"CASESTUDIES_DATA": str(real_data)},
    )
    assert not found.loaded.checked.problems.errors
    return found.loaded


def test_ulb_costs_what_was_paid_and_learns_from_all_but_the_weight(real_data):
    loaded = checked("ulb_creditcard", real_data)
    assert (len(loaded.y), loaded.y.sum()) == (18_872, 492)
    assert loaded.costs.fn[loaded.y == 1].sum() == pytest.approx(60_127.97)
    assert (loaded.costs.fp == 10).all()
    published = {f"V{number}" for number in range(1, 29)} | {"amount"}
    assert set(loaded.checked.features) == published | {"hour", "night"}  # no card and no terminal, so no past
    assert (loaded.weight == 1).all()


def test_ulb_weighs_each_other_row_as_many_when_asked(real_data):
    loaded = checked("ulb_creditcard", real_data, "data.weight=weight", "data.drop=[]")
    assert np.unique(loaded.weight[loaded.y == 1]) == 1
    assert np.unique(loaded.weight[loaded.y == 0]) == pytest.approx(15.4687, abs=1e-4)
    assert np.average(loaded.y, weights=loaded.weight) == pytest.approx(492 / 284_807)
    assert "weight" not in loaded.checked.features


@pytest.mark.slow
def test_the_handbooks_scenario_and_clock_are_no_features(real_data):
    loaded = checked("fraud_handbook", real_data)
    assert (len(loaded.y), loaded.y.sum()) == (651_520, 5786)
    assert loaded.costs.fn == pytest.approx(loaded.checked.frame["amount"].to_numpy())
    assert not {"TX_FRAUD_SCENARIO", "TX_TIME_SECONDS", "TX_TIME_DAYS", "card", "terminal"} & set(
        loaded.checked.features
    )
    assert loaded.checked.kinds["time"] == "date"
