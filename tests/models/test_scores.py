"""Scores that are no probabilities are refused wherever a probability is asked for."""

import numpy as np
import pytest
from scipy.special import expit, logit

from casestudies.decisions import Costs, Rule
from casestudies.errors import ConfigError
from casestudies.models.scores import Scores


@pytest.fixture
def taught():
    margin = np.array([-1.0, 0.0, 2.0])
    return Scores(margin, np.full(3, -1.5), "balanced: 50.0 % of the training weight had the event, of the rows 18.2 %")


COSTS = Costs(np.full(3, 10.0), np.full(3, 2.0), np.zeros(3), np.zeros(3))
REFUSED = r"decide\.rule: probabilities of a model trained on other rows are not probabilities of these rows \(balanced"


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.probability,
        COSTS.act,
        COSTS.gain,
        lambda s: COSTS.expected(s, [1, 0, 1]),
        lambda s: Rule.parse("bmr").fit([0, 1, 1], s, COSTS),
        lambda s: Rule.parse("cut").fit([0, 1, 1], s, COSTS),
        lambda s: Rule.parse("capacity", capacity=2).fit([0, 1, 1], [0.1, 0.2, 0.3], COSTS).act(s, COSTS),
        np.asarray,
    ],
)
def test_uncorrected_scores_are_refused(use, taught):
    with pytest.raises(ConfigError, match=REFUSED):
        use(taught)


def test_corrected_scores_go_where_probabilities_go(taught):
    right = taught.corrected()
    assert right.probability == pytest.approx(expit(taught.margin - 1.5))
    assert np.array_equal(COSTS.act(right), COSTS.act(expit(taught.margin - 1.5)))
    assert right.corrected() is right
    assert "corrected" in right.taught


def test_scores_of_the_rows_as_they_are_need_no_correction():
    plain = Scores(logit(np.array([0.2, 0.7])))
    assert np.asarray(plain) == pytest.approx([0.2, 0.7])
    assert plain.corrected() is plain


def test_ranking_needs_no_correction(taught):
    assert np.array_equal(np.argsort(taught.raw), np.argsort(taught.corrected().raw))
