import numpy as np
import pytest

from casestudies.errors import ConfigError
from casestudies.metrics import precision
from casestudies.metrics.predictive import npv, ppv

Y = np.repeat([1, 1, 0, 0], [9, 1, 10, 80])  # sensitivity 0.9, specificity 8 / 9
ACT = np.repeat([True, False, True, False], [9, 1, 10, 80])


def test_by_bayes_rule_at_a_stated_prevalence():
    found, left = 0.9, 80 / 90
    assert ppv(Y, ACT, prevalence=0.006) == pytest.approx(0.006 * found / (0.006 * found + 0.994 * (1 - left)))
    assert npv(Y, ACT, prevalence=0.006) == pytest.approx(0.994 * left / (0.994 * left + 0.006 * (1 - found)))


def test_without_one_they_are_shares_of_the_rows():
    assert ppv(Y, ACT) == pytest.approx(9 / 19) == precision(Y, ACT)
    assert npv(Y, ACT) == pytest.approx(80 / 81)
    assert ppv(Y, ACT, prevalence=0.1) == pytest.approx(ppv(Y, ACT))


def test_weights_make_the_population_too():
    weight = np.where(Y == 1, 0.006 / 0.1, 0.994 / 0.9)
    assert ppv(Y, ACT, weight) == pytest.approx(ppv(Y, ACT, prevalence=0.006))


def test_nobody_acted_on_has_no_positive_predictive_value():
    assert np.isnan(ppv(Y, np.zeros(100, bool)))
    assert np.isnan(npv(Y, np.ones(100, bool)))
    assert np.isnan(ppv(np.ones(3), np.ones(3), prevalence=0.1))


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1])
def test_impossible_prevalence_is_refused_by_name(prevalence):
    with pytest.raises(ConfigError, match="share of diseased"):
        ppv(Y, ACT, prevalence=prevalence)
