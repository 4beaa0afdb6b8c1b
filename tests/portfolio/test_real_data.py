"""The files as they are published: read, solved, certified; what they say is not asserted beyond that."""

import numpy as np
import pytest

from casestudies.portfolio import Wishes, estimate, frontier, optimised, read_market

FILES = {
    "sp500_prices_20/sp500_dataset.csv.gz": (20, 252, 8312),
    "fama_french/49_Industry_Portfolios.CSV": (49, 12, 626),
    "fama_french/10_Industry_Portfolios.CSV": (10, 12, 1142),
}


@pytest.mark.parametrize("file", FILES)
def test_a_published_file_is_read_and_its_portfolios_are_certified(file, real_data):
    market = read_market(real_data / file)
    assert (market.assets, market.per_year, market.periods) == FILES[file]
    assert np.abs(market.returns).max() < 2
    known = estimate(market.returns[-500:], market.per_year)
    half = float(np.quantile(known.mean, 0.6))
    for wishes in (Wishes(cap=0.2), Wishes(cap=0.2, turnover=0.4, target=half), Wishes(aversion=5.0)):
        chosen = optimised(wishes, known, market.names)
        assert chosen.residual <= 1e-8
        assert ((chosen.weights == 0) | (chosen.weights > 1e-9)).all()
    assert frontier(Wishes(cap=0.3), known, market.names).residual <= 1e-8
