"""The profile is plain JSON that gives figures and no person away."""

import json

import numpy as np
import pytest

from casestudies.tabular import Roles
from casestudies.tabular.checked import check
from casestudies.tabular.contract import Column, Contract
from casestudies.tabular.profile import profile

ROWS = 200


@pytest.fixture
def told(table_of):
    columns = {
        "who": [f"Erika Mustermann {i}" for i in range(ROWS)],
        "story": [f"secret words of person {i} here" for i in range(ROWS)],
        "street": [f"Secret street {i // 20}" for i in range(ROWS)],
        "income": [f"{i * 7.5:.1f}" for i in range(ROWS)],
        "city": ["Bonn"] * 150 + ["Köln"] * 41 + ["Secretville"] * 9,
        "when": [f"2024-{i % 12 + 1:02d}-28" for i in range(ROWS)],
        "y": ["bad", "good", "good", "good"] * 50,
    }
    roles = Roles(target="y", positive="bad", id="who", group="street")
    contract = Contract((Column("street", "category"),))
    return profile(check(table_of(columns), contract, roles))


def test_it_is_json_and_counts(told):
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["rows"] == ROWS
    assert told["label"] == {"events": 50, "others": 150}
    assert told["columns"]["story"]["distinct"] == ROWS


def test_numbers_have_quantiles_and_no_extremes(told):
    income = told["columns"]["income"]
    values = np.arange(ROWS) * 7.5
    assert income["mean"] == pytest.approx(values.mean())
    assert income["quantiles"]["0.95"] == pytest.approx(np.quantile(values, 0.95))
    assert str(values.max()) not in json.dumps(income)


def test_names_texts_groups_and_rare_levels_do_not_appear(told):
    text = json.dumps(told)
    assert "Mustermann" not in text
    assert "ecret" not in text
    assert told["columns"]["city"]["levels"] == {"Bonn": 150, "Köln": 41}


def test_dates_give_the_first_and_last_day(told):
    assert (told["columns"]["when"]["first"], told["columns"]["when"]["last"]) == ("2024-01-28", "2024-12-28")
